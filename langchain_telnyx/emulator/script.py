"""What a test has scripted: the next replies, the next faults, the fate of the next stream.

```python
script.say("Paris.")  # the next chat request is answered so
script.call_tool("weather", {"city": "Oslo"})  # and the one after it with a tool call
script.fail(429, times=2, retry_after=1)  # but first, two requests are turned away
```

Replies and stream faults are first in, first out, each used once; then the deterministic model
answers again. A script may be written from any thread while the server runs in another.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Literal

from langchain_telnyx.emulator.chance import Dice, Mishap

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]

# The usual titles and codes, for a fault that names only its status.
_ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("10015", "Bad Request", "The request failed because it was not well-formed."),
    401: (
        "10009",
        "Authentication failed",
        "Could not find any usable credentials in the request.",
    ),
    403: ("10010", "Authorization failed", "You do not have permission to perform this action."),
    404: ("10005", "Resource not found", "The requested resource or URL could not be found."),
    408: ("10008", "Request timeout", "The request took too long."),
    409: ("10012", "Duplicate resource", "The resource exists already."),
    422: ("10027", "Unprocessable Entity", "The request could not be processed."),
    429: (
        "10011",
        "Too many requests",
        "You have exceeded the maximum number of allowed requests.",
    ),
    500: ("10007", "Unexpected error", "An unexpected error occurred."),
    503: ("10037", "Service unavailable", "The service is temporarily unavailable."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What befalls one request before it is routed.

    Attributes:
        status: Answer with this status and `body`; None lets the request pass.
        delay: Seconds to wait first.
        drop: Close the connection without an answer.
        headers: Extra headers of the answer.
        body: JSON body of the answer.
    """

    status: int | None = None
    delay: float = 0.0
    drop: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCall:
    """One tool call of a scripted reply; `arguments` is the JSON text as it goes on the wire."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedReply:
    """One chat reply, given back as written: neither `stop` nor an output cap shortens it."""

    text: str = ""
    reasoning: str | None = None
    finish_reason: FinishReason = "stop"
    chunks: tuple[str, ...] | None = None
    tool_calls: tuple[ScriptedCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFault:
    """What befalls one stream, after `after` of its chunks went out.

    Attributes:
        after: How many chunks (`data:` events) go out untouched.
        kind: `cut` ends the body there, `stall` waits `seconds` and goes on, `error` sends `error`
            as an event and ends, `raw` replaces the whole body by `pieces`.
        seconds: How long a stall lasts.
        error: The error object of an `error`.
        pieces: The exact bytes of a `raw` body, sent piece by piece.
    """

    kind: Literal["cut", "stall", "error", "raw"]
    after: int = 0
    seconds: float = 0.0
    error: Mapping[str, Any] | None = None
    pieces: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Pending:
    """A fault still to be met, `left` times, by requests whose path holds `path`."""

    fault: Fault
    left: int
    path: str | None


class Script:
    """The scripted part of an emulated account; empty until a test writes to it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[_Pending] = []
        self._replies: list[ScriptedReply] = []
        self._streams: list[StreamFault] = []
        self._latency = 0.0
        self._dice: Dice | None = None

    def say(
        self,
        text: str,
        *,
        reasoning: str | None = None,
        finish_reason: FinishReason = "stop",
        chunks: Sequence[str] | None = None,
    ) -> None:
        """Answer the next chat request with `text`.

        Args:
            text: The content of the answer.
            reasoning: The thinking that goes with it.
            finish_reason: Why the answer ended.
            chunks: The pieces in which a stream delivers `text`; by default word by word.

        Raises:
            ValueError: If `chunks` do not add up to `text`.
        """
        if chunks is not None and "".join(chunks) != text:
            raise ValueError(f"`chunks` must add up to the text {text!r}, not {''.join(chunks)!r}.")
        self._reply(
            ScriptedReply(
                text=text,
                reasoning=reasoning,
                finish_reason=finish_reason,
                chunks=None if chunks is None else tuple(chunks),
            )
        )

    def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | str | None = None,
        *,
        text: str = "",
        id: str | None = None,  # noqa: A002 - the wire's own word
    ) -> None:
        """Answer the next chat request with one tool call.

        Args:
            name: The function to call; it need not be among the request's tools.
            arguments: Its arguments. A string goes on the wire as it is, valid JSON or not.
            text: Content beside the call.
            id: The call's id; minted by default.
        """
        self.call_tools((name, arguments), text=text, ids=None if id is None else [id])

    def call_tools(
        self,
        *calls: tuple[str, Mapping[str, Any] | str | None],
        text: str = "",
        ids: Sequence[str] | None = None,
    ) -> None:
        """Answer the next chat request with several tool calls at once.

        Args:
            calls: Pairs of a function's name and its arguments, as for `call_tool`.
            text: Content beside the calls.
            ids: The calls' ids, one each; minted by default.

        Raises:
            ValueError: If there are not as many `ids` as calls.
        """
        if ids is not None and len(ids) != len(calls):
            raise ValueError(f"{len(calls)} calls need as many ids, not {len(ids)}.")
        scripted = tuple(
            ScriptedCall(
                name=name,
                arguments=arguments if isinstance(arguments, str) else json.dumps(arguments or {}),
                id=None if ids is None else ids[index],
            )
            for index, (name, arguments) in enumerate(calls)
        )
        self._reply(ScriptedReply(text=text, finish_reason="tool_calls", tool_calls=scripted))

    def fail(
        self,
        status: int,
        *,
        times: int = 1,
        code: str | None = None,
        title: str | None = None,
        detail: str | None = None,
        retry_after: float | None = None,
        path: str | None = None,
    ) -> None:
        """Answer the next requests with an error in the Telnyx envelope.

        Args:
            status: The HTTP status, 400 to 599.
            times: How many requests meet the error.
            code: The Telnyx error code; by default the one usual for the status.
            title: The error's title, likewise.
            detail: The error's detail, likewise.
            retry_after: Seconds for a `retry-after` header.
            path: Only requests whose path contains this text meet the error.

        Raises:
            ValueError: If `status` is not an error's.
        """
        error = _error(_checked(status), code=code, title=title, detail=detail)
        self._fault(_failure(status, error, retry_after), times=times, path=path)

    def flaky(
        self,
        share: float,
        *,
        seed: int = 0,
        statuses: Iterable[int] = (429, 500, 503),
        drops: bool = True,
        retry_after: float | None = None,
        path: str | None = None,
    ) -> None:
        """Let a share of all requests fail at random, until told otherwise.

        What is scripted by `fail` and `drop_connection` comes first. Same seed, same fates: that of
        a request depends on its method, its path and how often the same was asked before.

        Args:
            share: How many of them fail, from 0 (none any more) to 1.
            seed: The seed.
            statuses: What they may be answered with, each as often as the others.
            drops: Whether their connection may be closed without an answer, as often as that.
            retry_after: Seconds for a `retry-after` header.
            path: Only requests whose path contains this text are at risk.

        Raises:
            ValueError: If `share` is none, a status is not an error's, or nothing could happen.
        """
        mishaps: list[Mishap] = [_checked(status) for status in statuses]
        if drops:
            mishaps.append("drop")
        dice = Dice(share, seed, tuple(mishaps), path, retry_after)
        with self._lock:
            self._dice = dice

    def drop_connection(self, times: int = 1, *, path: str | None = None) -> None:
        """Close the connection of the next requests without an answer."""
        self._fault(Fault(drop=True), times=times, path=path)

    def latency(self, seconds: float) -> None:
        """Let every answer wait `seconds`, until told otherwise."""
        with self._lock:
            self._latency = seconds

    def cut_stream(self, after: int = 3) -> None:
        """End the next stream after `after` chunks, with neither `finish_reason` nor `[DONE]`."""
        self._stream(StreamFault(kind="cut", after=after))

    def stall_stream(self, after: int = 3, seconds: float = 60.0) -> None:
        """Let the next stream fall silent for `seconds` after `after` chunks, then go on."""
        self._stream(StreamFault(kind="stall", after=after, seconds=seconds))

    def stream_error(
        self,
        after: int = 3,
        status: int = 500,
        *,
        code: str | None = None,
        title: str | None = None,
        detail: str | None = None,
    ) -> None:
        """End the next stream after `after` chunks with an error object."""
        error = _error(status, code=code, title=title, detail=detail)
        self._stream(StreamFault(kind="error", after=after, error={"errors": [error]}))

    def raw_stream(self, pieces: str | bytes | Iterable[str | bytes]) -> None:
        """Send exactly these bytes as the body of the next stream, piece by piece.

        Nothing is added: not a newline, not `[DONE]`. Text goes out as UTF-8.
        """
        parts = [pieces] if isinstance(pieces, str | bytes) else pieces
        self._stream(
            StreamFault(
                kind="raw",
                pieces=tuple(part.encode() if isinstance(part, str) else part for part in parts),
            )
        )

    def reset(self) -> None:
        """Forget everything scripted."""
        with self._lock:
            self._faults.clear()
            self._replies.clear()
            self._streams.clear()
            self._latency = 0.0
            self._dice = None

    def next_fault(self, method: str, path: str) -> Fault | None:
        """Take what shall befall this request, or None when nothing shall.

        A preflight (`OPTIONS`) meets nothing, so that it cannot eat a fault meant for its request.
        """
        if method == "OPTIONS":
            return None
        with self._lock:
            fault = self._scripted(path) or self._thrown(method, path)
            if fault is not None:
                return replace(fault, delay=self._latency)
            return Fault(delay=self._latency) if self._latency else None

    def next_reply(self) -> ScriptedReply | None:
        """Take the reply scripted for this chat request, if there is one."""
        with self._lock:
            return self._replies.pop(0) if self._replies else None

    def next_stream(self) -> StreamFault | None:
        """Take what shall befall this stream, if anything."""
        with self._lock:
            return self._streams.pop(0) if self._streams else None

    def _scripted(self, path: str) -> Fault | None:
        for index, pending in enumerate(self._faults):
            if pending.path is None or pending.path in path:
                pending.left -= 1
                if pending.left == 0:
                    del self._faults[index]
                return pending.fault
        return None

    def _thrown(self, method: str, path: str) -> Fault | None:
        mishap = None if self._dice is None else self._dice.throw(method, path)
        if self._dice is None or mishap is None:
            return None
        if mishap == "drop":
            return Fault(drop=True)
        return _failure(mishap, _error(mishap), self._dice.retry_after)

    def _fault(self, fault: Fault, *, times: int, path: str | None) -> None:
        if times < 1:
            raise ValueError(f"`times` must be at least 1, not {times}.")
        with self._lock:
            self._faults.append(_Pending(fault, times, path))

    def _reply(self, reply: ScriptedReply) -> None:
        with self._lock:
            self._replies.append(reply)

    def _stream(self, fault: StreamFault) -> None:
        with self._lock:
            self._streams.append(fault)


def _checked(status: int) -> int:
    if not 400 <= status <= 599:  # noqa: PLR2004 - the range of HTTP's error statuses
        raise ValueError(f"{status} is not the status of an error.")
    return status


def _failure(status: int, error: Mapping[str, Any], retry_after: float | None) -> Fault:
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return Fault(status=status, headers=headers, body={"errors": [error]})


def _error(
    status: int, *, code: str | None = None, title: str | None = None, detail: str | None = None
) -> dict[str, str]:
    usual_code, usual_title, usual_detail = _ERRORS.get(status, _ERRORS[500])
    return {
        "code": code or usual_code,
        "title": title or usual_title,
        "detail": detail or usual_detail,
    }
