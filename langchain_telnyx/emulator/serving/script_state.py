"""What a script has for the next requests: its items, its delay, and its random faults."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_telnyx.emulator.runtime.random_faults import RandomFaults
from langchain_telnyx.emulator.serving.script_items import Fault, error_fault, error_object
from langchain_telnyx.emulator.serving.scripted_queue import Pending, Taken


@dataclass(frozen=True)
class ScriptState:
    """The state of a script at one moment.

    Attributes:
        pending: The faults, the answers and the faults of streams that wait for requests.
        latency: Seconds by which every response is delayed.
        random_faults: The random faults, if any.
    """

    pending: Sequence[Pending[Any]]
    latency: float
    random_faults: RandomFaults | None


def random_fault(faults: RandomFaults, taken: Taken[Fault], method: str, path: str) -> Taken[Fault]:
    """Return what a request gets that no other fault is for."""
    kind = faults.next(method, path)
    if kind is None:
        return taken
    if kind == "drop":
        fault = Fault(drop=True)
    else:
        fault = error_fault(kind, error_object(kind), faults.retry_after)
    return replace(taken, item=fault, script=f"flaky({faults.share:g})")
