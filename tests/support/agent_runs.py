"""Runs of agents on every sample of an engine's answer.

Without pytest and other test requirements, because other environments run it, too.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx
from langchain_core import exceptions
from langchain_core.tools import StructuredTool

from langchain_telnyx import ChatTelnyx, TelnyxError
from tests.support.engine_answers import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

Make: TypeAlias = "Callable[[ChatTelnyx, list[Any]], Any]"
FOLDER = Path(__file__).parents[1] / "chat_models" / "samples"
_CORES = getattr(exceptions, "ModelError", TelnyxError)  # part of langchain-core since 1.7
TYPED: tuple[type[Exception], ...] = (TelnyxError, _CORES, exceptions.OutputParserException)
DONE = "It is done."
GIVEN = {"messages": [("user", "Hi")]}


@dataclass(frozen=True)
class Answer:
    """An answer of an engine, and the expected calls.

    Attributes:
        name: Its name.
        whole: The answer as JSON; `None` if there is only a stream.
        streamed: The answer as events.
        tools: The schemas of the agent's tools.
        calls: The expected calls; `None` if not specified.
        options: Options of the model.
    """

    name: str
    whole: bytes | None
    streamed: bytes
    tools: list[dict[str, Any]]
    calls: list[tuple[str, dict[str, Any]]] | None
    options: dict[str, Any] = field(default_factory=dict)


def sse(*events: dict[str, Any]) -> bytes:
    """Return events as a complete stream."""
    lines = [b"data: %s\n\n" % json.dumps(each).encode() for each in events]
    return b"".join(lines) + b"data: [DONE]\n\n"


def _choice(kind: str, content: dict[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, kind: content, "finish_reason": finish}
    return {"id": "c", "model": "m", "choices": [choice]}


def _written() -> list[Answer]:
    """Return the texts of engines, complete and in pieces."""
    made = []
    for sample in SAMPLES:
        fields = {"reasoning_content": sample.reasoning_content, "content": sample.content}
        message = {name: text for name, text in fields.items() if text}
        pieces = [
            {name: text[at : at + 7]}
            for name, text in message.items()
            for at in range(0, len(text), 7)
        ]
        events = [_choice("delta", piece, None) for piece in pieces]
        made.append(
            Answer(
                sample.name,
                json.dumps(_choice("message", message, sample.finish)).encode(),
                sse(*events, _choice("delta", {}, sample.finish)),
                sample.tools or [],
                sample.calls if sample.tools else None,
                {"model": sample.model},
            )
        )
    return made


def _recorded() -> list[Answer]:
    """Return the streams of servers."""
    names = ("size", "mass", "list_moons", "roll", "delete")
    tools = [{"function": {"name": name, "parameters": {"type": "object"}}} for name in names]
    made = []
    for path in sorted(FOLDER.glob("*.sse")):
        record = json.loads(path.with_suffix(".json").read_text("utf-8"))
        calls = [(call["name"], call["args"]) for call in record.get("tool_calls", ())]
        ended = None if "error" in record else calls
        options = record.get("options", {})
        made.append(Answer(path.stem, None, path.read_bytes(), tools, ended, options))
    return made


ANSWERS = _written() + _recorded()
"""All samples."""

_DONE_STREAMED = sse(_choice("delta", {"content": DONE}, None), _choice("delta", {}, "stop"))
_DONE_WHOLE = json.dumps(_choice("message", {"content": DONE}, "stop")).encode()


class Stage:
    """An agent, its model and its tools, shared by answers with the same requirements.

    Args:
        make: Builds an agent from a model and tools.
        answer: One of the answers.
        streams: Whether the model streams.

    Attributes:
        ran: The calls that the agent executed.
    """

    def __init__(self, make: Make, answer: Answer, *, streams: bool) -> None:
        self.streams = streams
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self._content, self._rest = b"", b""
        transport = httpx.MockTransport(self._respond)
        model = ChatTelnyx(
            api_key="KEY1",
            max_retries=0,
            streaming=streams,
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
            **answer.options,
        )
        self._agent = make(model, [self._tool(each["function"]) for each in answer.tools])

    def _respond(self, _: httpx.Request) -> httpx.Response:
        kind = "text/event-stream" if self.streams else "application/json"
        content, self._content = self._content, self._rest
        return httpx.Response(200, headers={"content-type": kind}, content=content)

    def _tool(self, function: dict[str, Any]) -> StructuredTool:
        def run(**arguments: Any) -> str:
            self.ran.append((function["name"], arguments))
            return "done"

        return StructuredTool.from_function(
            run,
            name=function["name"],
            description="Do it.",
            args_schema={"properties": {}, **function["parameters"]},
        )

    def run(self, answer: Answer, way: str, *, lasts: bool) -> str:
        """Return the end of a run: the last text, or the name of a typed error.

        Args:
            answer: The first answer of the model; its second ends the run.
            way: The method to run it with.
            lasts: Whether the model repeats the answer.
        """
        self.ran = []
        first = answer.streamed if self.streams else answer.whole
        done = _DONE_STREAMED if self.streams else _DONE_WHOLE
        self._content = first or b""
        self._rest = self._content if lasts else done
        try:
            state = WAYS[way](self._agent)
        except TYPED as error:
            return type(error).__name__
        last = state["messages"][-1]
        spoken = last.text or last.additional_kwargs.get("refusal") or ""
        return "" if last.type != "ai" else str(spoken).strip()


class Stages:
    """Stages of one kind of agent, each built once.

    Args:
        make: Builds an agent from a model and tools.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._built: dict[str, Stage] = {}

    def run(self, answer: Answer, way: str, *, lasts: bool = False) -> tuple[str, list[Any]]:
        """Return how a run ends, and the calls that the agent carried out.

        Args:
            answer: The first answer of the model; its second ends the run.
            way: `invoke`, `ainvoke`, `stream` or `astream`.
            lasts: Whether the model repeats the answer.
        """
        streams = way.endswith("stream") or answer.whole is None
        key = json.dumps([streams, answer.options, answer.tools])
        if key not in self._built:
            self._built[key] = Stage(self._make, answer, streams=streams)
        stage = self._built[key]
        return stage.run(answer, way, lasts=lasts), stage.ran


async def _astream(agent: Any) -> Any:
    state: Any = None
    async for mode, payload in agent.astream(GIVEN, stream_mode=["messages", "values"]):
        if mode == "values":
            state = payload
    return state


def _stream(agent: Any) -> Any:
    events = agent.stream(GIVEN, stream_mode=["messages", "values"])
    return [payload for mode, payload in events if mode == "values"][-1]


WAYS: dict[str, Callable[[Any], Any]] = {
    "invoke": lambda agent: agent.invoke(GIVEN),
    "ainvoke": lambda agent: asyncio.run(agent.ainvoke(GIVEN)),
    "stream": _stream,
    "astream": lambda agent: asyncio.run(_astream(agent)),
}
"""How to run an agent."""
