"""`TelnyxChatMessageHistory`: round trips of messages, order, and sessions."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_telnyx import (
    Telnyx,
    TelnyxChatMessageHistory,
)
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

PICTURE = base64.b64encode(random.Random(0).randbytes(3000)).decode()  # nothing to compress
CALLS: list[Any] = [
    {"name": "weather", "args": {"city": "Ōsaka", "days": [1, 2]}, "id": "c1", "type": "tool_call"},
    {"name": "time", "args": {}, "id": "c2", "type": "tool_call"},
]
CHAT: list[BaseMessage] = [
    SystemMessage("Be brief.", id="s-1"),
    HumanMessage("Weather and time in Ōsaka?", name="ann", id="h-1"),
    AIMessage(
        "I look.",
        id="a-1",
        tool_calls=CALLS,
        usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
        response_metadata={"model_name": "moonshotai/Kimi-K2.6", "finish_reason": "tool_calls"},
        additional_kwargs={"reasoning_content": "Two tools will do."},
    ),
    ToolMessage("No such city.", tool_call_id="c2", name="time", status="error", id="t-2"),
    ToolMessage("Sunny.", tool_call_id="c1", name="weather", artifact={"degrees": 21}),
    AIMessage([{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Sunny."}]),
    HumanMessage(
        [
            {"type": "text", "text": "And this?"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
        ]
    ),
    AIMessage(
        "",
        invalid_tool_calls=[
            {
                "name": "look",
                "args": "{",
                "id": "c3",
                "error": "no JSON",
                "type": "invalid_tool_call",
            }
        ],
    ),
    ChatMessage(role="developer", content="Be kind."),
    ChatMessage(role="user", content=""),
]


class History:
    """A history that is used sync or async, each time on a new event loop."""

    def __init__(self, history: TelnyxChatMessageHistory, *, awaited: bool) -> None:
        self.history = history
        self.awaited = awaited

    def add(self, *messages: BaseMessage) -> None:
        if self.awaited:
            asyncio.run(self.history.aadd_messages(messages))
        else:
            self.history.add_messages(messages)

    def read(self) -> list[BaseMessage]:
        return asyncio.run(self.history.aget_messages()) if self.awaited else self.history.messages

    def clear(self) -> None:
        if self.awaited:
            asyncio.run(self.history.aclear())
        else:
            self.history.clear()


@pytest.fixture
def open_history(emulator: TelnyxEmulator, mode: Mode) -> Callable[..., History]:
    def history(session: str | None = "ann", **options: Any) -> History:
        opened = TelnyxChatMessageHistory(session, **{**emulator.options(), **options})
        return History(opened, awaited=mode.awaited)

    return history


@pytest.fixture
def telnyx(emulator: TelnyxEmulator) -> Telnyx:
    return Telnyx(**emulator.options())


# Round trips.


def test_every_kind_of_message_survives_a_round_trip(open_history: Callable[..., History]) -> None:
    open_history().add(*CHAT)
    assert open_history().read() == CHAT


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(TEXTS, JSONS, max_size=3)
CONTENTS = TEXTS | st.lists(
    TEXTS | TEXTS.map(lambda text: {"type": "text", "text": text}), max_size=3
)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENTS, name=st.none() | TEXTS, id=st.none() | TEXTS),
    st.builds(SystemMessage, CONTENTS),
    st.builds(ToolMessage, CONTENTS, tool_call_id=TEXTS, artifact=JSONS),
    st.builds(
        AIMessage,
        CONTENTS,
        additional_kwargs=OBJECTS,
        response_metadata=OBJECTS,
        tool_calls=st.lists(
            st.builds(
                lambda name, args, id_: {"name": name, "args": args, "id": id_},
                TEXTS,
                OBJECTS,
                TEXTS,
            ),
            max_size=2,
        ),
    ),
)


@given(messages=st.lists(MESSAGES, min_size=1, max_size=6), session=TEXTS.filter(str.strip))
@settings(
    max_examples=examples(15),
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_all_json_values_survive_in_any_session(
    open_history: Callable[..., History], messages: list[BaseMessage], session: str
) -> None:
    history = open_history(session)
    history.clear()
    history.add(*messages)
    assert history.read() == messages


def test_other_values_raise_in_the_content_and_are_omitted_elsewhere(
    open_history: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    history = open_history()
    answer = AIMessage("Hi", response_metadata={"at": object(), "model_name": "m"})
    history.add(answer, ToolMessage("Done.", tool_call_id="c1", artifact=object()))
    first, second = history.read()
    assert first.response_metadata == {"model_name": "m"}
    assert isinstance(second, ToolMessage)
    assert second.artifact is None
    emulator.requests.clear()
    with pytest.raises(ValueError, match="Its content and the arguments of its calls must be JSON"):
        history.add(HumanMessage("Fine."), HumanMessage([{"type": "x", "data": b"\x00"}]))
    with pytest.raises(ValueError, match="A RemoveMessage cannot be added"):
        history.add(RemoveMessage(id="a-1"))
    assert not emulator.requests


def test_chunks_of_a_stream_are_stored_as_a_message(open_history: Callable[..., History]) -> None:
    history = open_history()
    history.add(AIMessageChunk(content="Hel") + AIMessageChunk(content="lo"))
    [message] = history.read()
    assert type(message) is AIMessage
    assert message.content == "Hello"


def test_no_string_of_the_metadata_is_longer_than_500_characters(
    open_history: Callable[..., History], emulator: TelnyxEmulator
) -> None:
    open_history().add(*CHAT)
    bodies = [json.loads(one.body) for one in emulator.requests if one.path.endswith("/message")]
    pieces = [piece for body in bodies for piece in body["metadata"]["langchain"]]
    assert len(pieces) > len(CHAT)
    assert max(map(len, pieces)) <= 500


# Order.


def test_messages_stay_in_order_over_many_additions(open_history: Callable[..., History]) -> None:
    texts = [f"{number}" for number in range(45)]  # three pages of the API, in no order
    open_history().add(*map(HumanMessage, texts[:30]))
    for text in texts[30:]:
        open_history().add(AIMessage(text))
    assert [message.content for message in open_history().read()] == texts


def test_sessions_with_special_characters_are_separate(
    open_history: Callable[..., History],
) -> None:
    names = ["ann", "eq.ann", "ann,bob", 'a"n(n)', "+1312 555", "ä"]
    for name in names:
        open_history(name).add(HumanMessage(name))
    assert [[one.content for one in open_history(name).read()] for name in names] == [
        [n] for n in names
    ]


# What others see, and what of others is understood.
