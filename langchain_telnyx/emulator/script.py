"""What a test has scripted: the next replies, the next faults, the fate of the next stream.

```python
script.say("Paris.")  # the next chat request is answered so
script.call_tool("weather", {"city": "Oslo"})  # and the one after it with a tool call
script.say("Hello, Ann!", when="Ann")  # the next whose last user message holds "Ann"
script.fail(429, times=2, retry_after=1)  # but first, two requests are turned away
```

Of the replies that a request matches the one that was scripted first is used, once; one without
matchers is for any request. When none is left, the deterministic model answers again. Faults and
stream faults likewise. A script may be written from any thread while the server runs in another.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from langchain_telnyx.emulator.runtime.chance import Dice, Mishap
from langchain_telnyx.emulator.serving.script_items import (
    Fault,
    FinishReason,
    ScriptedCall,
    ScriptedReply,
    StreamFault,
    checked,
    error_object,
    failure,
)
from langchain_telnyx.emulator.serving.script_matching import Matcher, RequestView, When
from langchain_telnyx.emulator.serving.scripted_queue import Pending, Queue


class Script:
    """The scripted part of an emulated account; empty until a test writes to it."""

    def __init__(self) -> None:
        # A matcher is a test's own function, and may script something itself.
        self._lock = RLock()
        self._faults: Queue[Fault] = Queue()
        self._replies: Queue[ScriptedReply] = Queue()
        self._streams: Queue[StreamFault] = Queue()
        self._latency = 0.0
        self._dice: Dice | None = None

    def say(
        self,
        text: str,
        *,
        reasoning: str | None = None,
        finish_reason: FinishReason = "stop",
        chunks: Sequence[str] | None = None,
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
        optional: bool = False,
    ) -> None:
        """Answer the next chat request, or the next that matches, with `text`.

        Args:
            text: The content of the answer.
            reasoning: The thinking that goes with it.
            finish_reason: Why the answer ended. `abort` is vLLM's word for an answer that it gave
                up, `error` the one of gateways.
            chunks: The pieces in which a stream delivers `text`; by default word by word.
            when: Only a request whose last user message contains this text, or for whose JSON body
                this function returns something true.
            model: Only a request to this model.
            tool: Only a request that offers a tool of this name.
            after_tool: Only a request that ends with a result of the tool of this name.
            optional: Whether `assert_all_used` lets it pass that no such request came.

        Raises:
            ValueError: If `chunks` do not add up to `text`.
            TypeError: If a matcher is empty, or of a type that cannot match.
        """
        if chunks is not None and "".join(chunks) != text:
            raise ValueError(f"`chunks` must add up to the text {text!r}, not {''.join(chunks)!r}.")
        reply = ScriptedReply(
            text=text,
            reasoning=reasoning,
            finish_reason=finish_reason,
            chunks=None if chunks is None else tuple(chunks),
        )
        matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
        self._reply(Pending(reply, f"say({text!r})", matcher=matcher, optional=optional))

    def call_tool(
        self,
        name: str,
        arguments: Mapping[str, Any] | str | None = None,
        *,
        text: str = "",
        id: str | None = None,  # noqa: A002 - the wire's own word
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
        optional: bool = False,
    ) -> None:
        """Answer the next chat request, or the next that matches, with one tool call.

        Args:
            name: The function to call; it need not be among the request's tools.
            arguments: Its arguments. A string goes on the wire as it is, valid JSON or not.
            text: Content beside the call.
            id: The call's id; minted by default.
            when: As of `say`.
            model: As of `say`.
            tool: As of `say`.
            after_tool: As of `say`.
            optional: As of `say`.
        """
        self.call_tools(
            (name, arguments),
            text=text,
            ids=None if id is None else [id],
            when=when,
            model=model,
            tool=tool,
            after_tool=after_tool,
            optional=optional,
        )

    def call_tools(
        self,
        *calls: tuple[str, Mapping[str, Any] | str | None],
        text: str = "",
        ids: Sequence[str] | None = None,
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
        optional: bool = False,
    ) -> None:
        """Answer the next chat request, or the next that matches, with several tool calls at once.

        Args:
            calls: Pairs of a function's name and its arguments, as for `call_tool`.
            text: Content beside the calls.
            ids: The calls' ids, one each; minted by default.
            when: As of `say`.
            model: As of `say`.
            tool: As of `say`.
            after_tool: As of `say`.
            optional: As of `say`.

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
        named = ", ".join(repr(call.name) for call in scripted)
        call = f"{'call_tool' if len(scripted) == 1 else 'call_tools'}({named})"
        reply = ScriptedReply(text=text, finish_reason="tool_calls", tool_calls=scripted)
        matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
        self._reply(Pending(reply, call, matcher=matcher, optional=optional))

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
        when: When | None = None,
        model: str | None = None,
        tool: str | None = None,
        after_tool: str | None = None,
        optional: bool = False,
    ) -> None:
        """Answer the next requests, or the next that match, with an error in the Telnyx envelope.

        With a matcher only requests with a JSON body meet it: `when` reads the texts of a request
        for embeddings as well, and `model` any `model` in a body.

        Args:
            status: The HTTP status, 400 to 599.
            times: How many requests meet the error.
            code: The Telnyx error code; by default the one usual for the status.
            title: The error's title, likewise.
            detail: The error's detail, likewise.
            retry_after: Seconds for a `retry-after` header.
            path: Only requests whose path contains this text meet the error.
            when: As of `say`.
            model: As of `say`.
            tool: As of `say`.
            after_tool: As of `say`.
            optional: As of `say`; otherwise at least one request must come.

        Raises:
            ValueError: If `status` is not an error's.
        """
        error = error_object(checked(status), code=code, title=title, detail=detail)
        fault = failure(status, error, retry_after)
        matcher = Matcher(when=when, model=model, tool=tool, after_tool=after_tool)
        call = f"fail({status})"
        self._fault(Pending(fault, call, matcher=matcher, path=path, left=times, optional=optional))

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
        mishaps: list[Mishap] = [checked(status) for status in statuses]
        if drops:
            mishaps.append("drop")
        dice = Dice(share, seed, tuple(mishaps), path, retry_after)
        with self._lock:
            self._dice = dice

    def drop_connection(self, times: int = 1, *, path: str | None = None) -> None:
        """Close the connection of the next requests without an answer."""
        self._fault(Pending(Fault(drop=True), "drop_connection()", path=path, left=times))

    def latency(self, seconds: float) -> None:
        """Let every answer wait `seconds`, until told otherwise."""
        with self._lock:
            self._latency = seconds

    def cut_stream(self, after: int = 3) -> None:
        """End the next stream after `after` chunks, with neither `finish_reason` nor `[DONE]`."""
        self._stream(StreamFault(kind="cut", after=after), f"cut_stream(after={after})")

    def stall_stream(self, after: int = 3, seconds: float = 60.0) -> None:
        """Let the next stream fall silent for `seconds` after `after` chunks, then go on."""
        self._stream(
            StreamFault(kind="stall", after=after, seconds=seconds), f"stall_stream(after={after})"
        )

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
        error = error_object(status, code=code, title=title, detail=detail)
        self._stream(
            StreamFault(kind="error", after=after, error={"errors": [error]}),
            f"stream_error(after={after}, status={status})",
        )

    def raw_stream(self, pieces: str | bytes | Iterable[str | bytes]) -> None:
        """Send exactly these bytes as the body of the next stream, piece by piece.

        Nothing is added: not a newline, not `[DONE]`. Text goes out as UTF-8.
        """
        parts = [pieces] if isinstance(pieces, str | bytes) else pieces
        self._stream(
            StreamFault(
                kind="raw",
                pieces=tuple(part.encode() if isinstance(part, str) else part for part in parts),
            ),
            "raw_stream()",
        )

    def reset(self) -> None:
        """Forget everything scripted."""
        with self._lock:
            self._faults.clear()
            self._replies.clear()
            self._streams.clear()
            self._latency = 0.0
            self._dice = None

    def unused(self) -> list[str]:
        """Return what was scripted and never used, as it was written; optional answers aside.

        A fault for several requests is used when one has met it. `flaky` and `latency` are
        settings, and never unused.
        """
        with self._lock:
            return [
                label
                for queue in (self._faults, self._replies, self._streams)
                for label in queue.unused()
            ]

    def needs_body(self, path: str) -> bool:
        """Whether the fault of a request to this path depends on its body."""
        with self._lock:
            return self._faults.needs_body(path)

    def next_fault(
        self, method: str, path: str, request: RequestView | None = None
    ) -> Fault | None:
        """Take the fault that this request meets, or None when it meets none.

        A preflight (`OPTIONS`) meets nothing, so that it cannot eat a fault meant for its request.

        Args:
            method: The HTTP method.
            path: The path.
            request: What is known of the body.

        Raises:
            MatcherError: The function of a matcher raised.
        """
        if method == "OPTIONS":
            return None
        with self._lock:
            fault = self._faults.take(request, path=path) or self._thrown(method, path)
            if fault is not None:
                return replace(fault, delay=self._latency)
            return Fault(delay=self._latency) if self._latency else None

    def next_reply(self, request: RequestView | None = None) -> ScriptedReply | None:
        """Take the reply scripted for this chat request, if there is one.

        Args:
            request: What is known of the request.

        Raises:
            MatcherError: The function of a matcher raised.
        """
        with self._lock:
            return self._replies.take(request)

    def next_stream(self) -> StreamFault | None:
        """Take the fault that this stream meets, if any."""
        with self._lock:
            return self._streams.take()

    def _thrown(self, method: str, path: str) -> Fault | None:
        mishap = None if self._dice is None else self._dice.throw(method, path)
        if self._dice is None or mishap is None:
            return None
        if mishap == "drop":
            return Fault(drop=True)
        return failure(mishap, error_object(mishap), self._dice.retry_after)

    def _fault(self, pending: Pending[Fault]) -> None:
        if pending.left < 1:
            raise ValueError(f"`times` must be at least 1, not {pending.left}.")
        with self._lock:
            self._faults.add(pending)

    def _reply(self, pending: Pending[ScriptedReply]) -> None:
        with self._lock:
            self._replies.add(pending)

    def _stream(self, fault: StreamFault, call: str) -> None:
        with self._lock:
            self._streams.add(Pending(fault, call))
