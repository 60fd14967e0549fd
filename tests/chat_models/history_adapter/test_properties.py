"""Histories from hypothesis: none raises, and results stay in their turn."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx import ChatTelnyx, check_history
from langchain_telnyx.chat_models.history_adapter.block_table import BLOCKS
from langchain_telnyx.chat_models.history_adapter.messages import to_wire

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode
from tests.chat_models.history_adapter.test_block_table import (
    ALL,
    HEARING,
    PLACES,
    SEEING,
    as_valid_json,
    message,
)

ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.text(),
        st.binary(),
        st.sampled_from(["https://x/a.png", "data:,", "file:///a", "https://x", "text/plain"]),
        st.just(Decimal("NaN")),
        st.dates(),
        st.builds(object),
        st.frozensets(st.integers(), max_size=2),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["type", "text", "url", "data", "content", "source", "value"]),
                st.text(max_size=3),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
FIELDS = sorted({name for each in ALL for name in each} | {"extras", "detail", "data", "mimeType"})
ODD_BLOCKS = st.one_of(
    st.text(),
    st.builds(
        lambda kind, fields: {**fields, "type": kind},
        st.sampled_from([*BLOCKS, "hologram"]),
        st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=4),
    ),
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=3),
)
CONTENT = st.one_of(st.text(), st.lists(ODD_BLOCKS, max_size=3))
IDS = st.sampled_from(["", "a", "b", None])
CALLS = st.builds(
    lambda name, args, identity: ToolCall(name=name, args=args, id=identity),
    st.sampled_from(["", "f", "g"]),
    st.dictionaries(st.text(max_size=3), ODD, max_size=2),
    IDS,
)
KWARGS = st.dictionaries(
    st.sampled_from(["function_call", "refusal", "audio", "reasoning_content"]), ODD, max_size=2
)
MESSAGES = st.one_of(
    st.builds(HumanMessage, CONTENT),
    st.builds(SystemMessage, CONTENT),
    st.builds(
        lambda content, calls, extra, own: AIMessage(content, response_metadata=own).model_copy(
            update={"tool_calls": calls, "additional_kwargs": extra}
        ),
        CONTENT,
        st.lists(CALLS, max_size=3),
        KWARGS,
        st.sampled_from([{}, {"model_provider": "telnyx"}]),
    ),
    st.builds(lambda content, i: ToolMessage(content, tool_call_id=i or ""), CONTENT, IDS),
    st.builds(lambda content: FunctionMessage(content=content, name="f"), CONTENT),
    st.builds(
        lambda content, role: ChatMessage(content=content, role=role), CONTENT, st.text(max_size=4)
    ),
    st.just(RemoveMessage(id="1")),
)


@given(st.lists(MESSAGES, max_size=6))
def test_no_history_raises_except_for_the_latest_user_turn(history: list[BaseMessage]) -> None:
    report = check_history(history)
    as_valid_json(to_wire([*history, HumanMessage("And?")]))
    as_valid_json(to_wire(history, refusing="nothing"))
    refusal = ""
    try:
        to_wire(history)
    except ValueError as error:
        refusal = str(error)
    users = [position for position, each in enumerate(history) if is_users(each)]
    found = [each.remedy for each in report.findings if each.position in users[-1:]]
    assert not refusal or any(refusal in remedy for remedy in found)
    again = check_history(report.messages)
    assert again.ok, str(again)
    as_valid_json(to_wire(report.messages))


def is_users(each: BaseMessage) -> bool:
    if isinstance(each, ChatMessage):
        return each.role.lower() in {"user", "human"}
    return isinstance(each, HumanMessage)


@given(st.lists(st.lists(st.booleans(), max_size=3), max_size=4))
def test_no_result_goes_to_a_call_of_another_turn(turns: list[list[bool]]) -> None:
    # Every turn uses the same ids, like Kimi's; some calls are interrupted.
    history: list[BaseMessage] = []
    for number, results in enumerate(turns):
        names = [(f"functions.f:{index}", f"{number}.{index}") for index in range(len(results))]
        calls = [ToolCall(name="f", args={"is": name}, id=identity) for identity, name in names]
        history += [HumanMessage("Go on."), AIMessage("Yes.", tool_calls=calls)]
        history += [
            ToolMessage(name, tool_call_id=identity)
            for (identity, name), comes in zip(names, results, strict=True)
            if comes
        ]
    report = check_history(history)
    waiting: dict[str, str] = {}
    answered: list[str] = []
    for each in report.messages:
        if isinstance(each, AIMessage):
            assert not waiting
            waiting = {str(call["id"]): call["args"]["is"] for call in each.tool_calls}
        elif isinstance(each, ToolMessage):
            name = waiting.pop(each.tool_call_id)
            assert each.content == name or each.status == "error"
            answered += [name] if each.status == "success" else []
    assert not waiting
    assert len(answered) == sum(map(sum, turns))


@pytest.mark.parametrize("block", ALL, ids=lambda block: re.sub(r"\W+", "-", str(block))[:40])
def test_counting_never_raises(block: dict[str, Any]) -> None:
    model = ChatTelnyx(api_key="KEY0_x")
    for place in PLACES:
        assert model.get_num_tokens_from_messages([message(place, [block])]) > 0


@pytest.mark.default_quirks("Images are sent as objects.", "image_url")
@pytest.mark.parametrize("block", ALL, ids=lambda block: re.sub(r"\W+", "-", str(block))[:40])
def test_every_block_of_the_past_goes_through_a_model(
    emulator: TelnyxEmulator, mode: Mode, block: dict[str, Any]
) -> None:
    # No model of the service supports both images and audio.
    name = HEARING if "audio" in block.get("type", "") else SEEING
    model = ChatTelnyx(model=name, **emulator.options())
    for place in PLACES:
        emulator.say("Well.")
        assert mode.invoke(model, [message(place, [block]), HumanMessage("And?")]).text == "Well."


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "source_type": "url"},
        {"type": "file", "source_type": "base64"},
        {"type": "audio", "source_type": "id"},
        {"type": {"a": 1}, "text": "Hi"},
        {"type": "image", "source_type": []},
    ],
)
def test_a_block_that_lacks_a_field_is_refused_with_a_remedy_or_left_out(
    emulator: TelnyxEmulator, mode: Mode, block: dict[str, Any]
) -> None:
    model = ChatTelnyx(**emulator.options())
    with pytest.raises(ValueError, match=r"content block of type .* cannot be sent"):
        mode.invoke(model, [HumanMessage([block])])
    emulator.say("Well.")
    assert mode.invoke(model, [HumanMessage([block]), HumanMessage("And?")]).text == "Well."
    emulator.say("Well.")
    assert mode.whole(model, [HumanMessage([block]), HumanMessage("And?")]).text == "Well."


def test_a_file_of_text_in_langchains_first_form_is_sent(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say("Well.")
    block = {"type": "file", "source_type": "text", "text": "Saturn has rings."}
    mode.invoke(ChatTelnyx(**emulator.options()), [HumanMessage([block])])
    [wire] = json.loads(emulator.requests[-1].body)["messages"]
    assert wire["content"] == "Saturn has rings."


def test_counts_are_of_what_is_sent() -> None:
    model = ChatTelnyx(api_key="KEY0_x")
    plain = model.get_num_tokens_from_messages([AIMessage("Hi")])
    search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}}
    assert model.get_num_tokens_from_messages([AIMessage([search, "Hi"])]) == plain


@pytest.mark.parametrize(
    ("value", "name"), [(date(2026, 1, 2), "date"), (float("nan"), "NaN"), (b"\xff", "bytes")]
)
def test_arguments_that_json_does_not_support_are_findings(value: Any, name: str) -> None:
    call = ToolCall(name=name, args={"a": value}, id="t")
    history = [AIMessage("", tool_calls=[call]), ToolMessage("x", tool_call_id="t")]
    report = check_history(history)
    what = f"the arguments of '{name}' contain values that JSON does not support; converted."
    assert [str(each) for each in report.findings] == [f"message 0: invalid arguments: {what}"]
    assert to_wire(report.messages) == to_wire(history)
