"""The log of the calls of `TelnyxEmulator.call`, also of running ones."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from langchain_telnyx.emulator.calls.result import CallResult

MAX_CALLS = 200


@dataclass(slots=True, eq=False)
class CallRecord:
    """One call.

    Attributes:
        number: Its number in the log, from 1.
        started_at: When it began.
        door: `relay` or `assistant`.
        caller: The caller's number.
        callee: The agent's number.
        result: What happened so far.
        ended_at: When it ended; `None` while it runs.
        error: Why it could not go on; empty if it could.
    """

    number: int
    started_at: str
    door: str
    caller: str
    callee: str
    result: CallResult
    ended_at: str | None = None
    error: str = ""


class CallLog:
    """The latest 200 calls."""

    def __init__(self) -> None:
        self._records: deque[CallRecord] = deque(maxlen=MAX_CALLS)
        self._numbers = 0
        self._lock = Lock()

    def begin(
        self, started_at: str, result: CallResult, *, door: str, caller: str, callee: str
    ) -> CallRecord:
        """Add a call that begins."""
        with self._lock:
            self._numbers += 1
            record = CallRecord(self._numbers, started_at, door, caller, callee, result)
            self._records.append(record)
        return record

    def clear(self) -> None:
        """Delete all calls."""
        with self._lock:
            self._records.clear()

    def all(self) -> Sequence[CallRecord]:
        """Return the calls, oldest first."""
        with self._lock:
            return tuple(self._records)
