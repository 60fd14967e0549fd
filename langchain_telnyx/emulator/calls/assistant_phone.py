"""Plays an assistant of Telnyx, whose language model is the application, and a caller."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp

from langchain_telnyx.emulator.calls.asgi import post
from langchain_telnyx.emulator.calls.phone import Phone
from langchain_telnyx.emulator.calls.result import CallError, CallTurn
from langchain_telnyx.emulator.calls.script import HangUp, Interrupt, Press, Say, Step, Wait
from langchain_telnyx.emulator.serving.exchange import Disconnected

HANG_UP = {
    "type": "function",
    "function": {
        "name": "hangup",
        "description": "End the call.",
        "parameters": {"type": "object", "properties": {}},
    },
}
TRANSFER = {
    "type": "function",
    "function": {
        "name": "transfer",
        "description": "Transfer the call to another number.",
        "parameters": {
            "type": "object",
            "properties": {"to": {"type": "string"}},
            "required": ["to"],
        },
    },
}
ASSISTANT_TOOLS: Sequence[Mapping[str, Any]] = (HANG_UP, TRANSFER)
"""The tools that the assistant offers to its model, and executes."""
_ENDS = ("hangup", "transfer")


class AssistantPhone(Phone):
    """A call to an assistant with a custom LLM: see `Phone`."""

    async def run(self, app: ASGIApp, steps: list[Step]) -> None:
        """Call, follow the script, and hang up.

        Raises:
            CallError: The application refuses, or does not answer in time.
        """
        self._messages: list[dict[str, Any]] = []
        for place, step in enumerate(steps):
            follower = steps[place + 1] if place + 1 < len(steps) else None
            words = follower.after_words if isinstance(follower, Interrupt) else None
            if not await self._play(app, step, words):
                break

    async def _play(self, app: ASGIApp, step: Step, words: int | None) -> bool:
        match step:
            case Say() | Interrupt():
                text = step.text
            case Press():
                text = step.digits
            case Wait():
                return True
            case HangUp():
                return False
        if not text:
            return True
        turn = (
            CallTurn("caller", digits=text) if isinstance(step, Press) else CallTurn("caller", text)
        )
        self.result.turns.append(turn)
        self._messages.append({"role": "user", "content": text})
        while (goes_on := await self._answer(app, words)) is None:
            pass
        return goes_on

    async def _answer(self, app: ASGIApp, words: int | None) -> bool | None:
        """Request an answer; return whether the call goes on, None if tools were called."""
        body = {
            "model": "agent",
            "messages": self._messages,
            "stream": True,
            "tools": list(ASSISTANT_TOOLS),
            "extra_metadata": self._metadata(),
        }
        turn = CallTurn("agent")
        calls: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(self.timeout):
                await self._stream(app, body, turn, calls, words)
        except TimeoutError:
            message = f"The agent did not answer in {self.timeout:g} seconds."
            raise CallError(message, self.result) from None
        except Disconnected:
            raise CallError("The agent ended in the middle of its answer.", self.result) from None
        if turn.barge_in is None:
            turn.heard = turn.text
        if turn.text:
            self.result.turns.append(turn)
        return self._note(turn, calls)

    async def _stream(
        self,
        app: ASGIApp,
        body: dict[str, Any],
        turn: CallTurn,
        calls: list[dict[str, Any]],
        words: int | None,
    ) -> None:
        """Read an answer until its end, or until so many words are heard."""
        since = perf_counter()
        path = f"{self.prefix}/v1/chat/completions"
        async with post(app, path, json.dumps(body).encode(), "application/json") as answer:
            if answer.status != 200:  # noqa: PLR2004 - HTTP
                raise CallError(f"The agent answers with {answer.status}.", self.result)
            async for line in answer:
                if not line.startswith(b"data: {"):
                    continue
                self._read(json.loads(line[6:]), turn, calls, since)
                if words is not None and len(turn.text.split()) > words:
                    turn.heard = " ".join(turn.text.split()[:words])
                    turn.barge_in = 0.0
                    return

    def _read(
        self, chunk: dict[str, Any], turn: CallTurn, calls: list[dict[str, Any]], since: float
    ) -> None:
        if "error" in chunk:
            raise CallError(f"The agent fails: {chunk['error'].get('message')}", self.result)
        for choice in chunk.get("choices", ()):
            delta = choice.get("delta", {})
            if content := delta.get("content"):
                if turn.first_token is None:
                    turn.first_token = perf_counter() - since
                turn.text += content
                if turn.first_word is None and " " in turn.text.strip():
                    turn.first_word = perf_counter() - since
            calls += [
                {key: value for key, value in call.items() if key != "index"}
                for call in delta.get("tool_calls", ())
            ]

    def _note(self, turn: CallTurn, calls: list[dict[str, Any]]) -> bool | None:
        """Add an answer to the history; execute its tools."""
        message: dict[str, Any] = {"role": "assistant", "content": turn.heard}
        if calls and turn.barge_in is None:
            message["tool_calls"] = calls
        self._messages.append(message)
        goes_on: bool | None = True
        for call in message.get("tool_calls", ()):
            name = call["function"]["name"]
            self.result.actions.append({"type": name, "arguments": call["function"]["arguments"]})
            known = any(tool["function"]["name"] == name for tool in ASSISTANT_TOOLS)
            if not known:
                self.result.errors.append(f"The assistant has no tool {name!r}.")
            if name in _ENDS:
                self.result.ended_by = "agent"
                goes_on = False
            elif goes_on:
                goes_on = None
            content = "ok" if known else "unknown tool"
            self._messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
        return goes_on

    def _metadata(self) -> dict[str, Any]:
        return {
            "telnyx_conversation_channel": "phone_call",
            "telnyx_conversation_id": self.result.conversation_id,
            "telnyx_agent_target": self.number,
            "telnyx_end_user_target": self.caller,
            **self.variables,
        }
