"""Fallbacks for earlier turns that Moonshot's servers refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from langchain_telnyx import BadRequestError, ChatTelnyx
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fixtures import Mode

KIMI = "moonshotai/Kimi-K2.6"
OWN = {"model_provider": "telnyx"}
CALL = ToolCall(name="weather", args={"city": "Oslo"}, id="functions.weather:0")
RESULT = ToolMessage("12 C", tool_call_id="functions.weather:0")
THOUGHT_ONLY = AIMessage(
    "", additional_kwargs={"reasoning_content": "hm"}, response_metadata={**OWN}
)


@pytest.fixture
def strict() -> Iterator[TelnyxEmulator]:
    quirks = Quirks(strict_histories=True)
    with TelnyxEmulator(sockets=False, quirks=quirks) as running:
        yield running


def sent(emulator: TelnyxEmulator) -> list[list[dict[str, Any]]]:
    return [json.loads(request.body)["messages"] for request in emulator.requests]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_turn_with_reasoning_only_is_dropped_after_a_refusal(
    strict: TelnyxEmulator, mode: Mode, *, streamed: bool
) -> None:
    model = ChatTelnyx(model=KIMI, **strict.options())
    history = [HumanMessage("Hi"), THOUGHT_ONLY, HumanMessage("Well?")]
    call = mode.whole if streamed else mode.invoke
    for _ in range(2):
        strict.say("Titan.")
        assert call(model, history).text == "Titan."
    assert [len(messages) for messages in sent(strict)] == [3, 2, 2]


@pytest.mark.parametrize(
    ("extra", "metadata", "replayed"),
    [
        ({"reasoning_content": "Look it up."}, OWN, "Look it up."),
        (
            {"reasoning_content": "Look it up."},
            {**OWN, "reasoning_field": "reasoning"},
            "Look it up.",
        ),
        ({}, OWN, " "),
        ({"reasoning_content": "Another's."}, {"model_provider": "deepseek"}, " "),
    ],
    ids=["its own", "as observed", "none", "another provider's"],
)
def test_calls_are_sent_with_reasoning_after_a_refusal(
    strict: TelnyxEmulator,
    mode: Mode,
    extra: dict[str, Any],
    metadata: dict[str, Any],
    replayed: str,
) -> None:
    model = ChatTelnyx(model=KIMI, **strict.options())
    turn = AIMessage(
        "", tool_calls=[CALL], additional_kwargs=extra, response_metadata=dict(metadata)
    )
    history = [HumanMessage("Weather?"), turn, RESULT]
    for _ in range(2):
        strict.say("Mild.")
        assert mode.invoke(model, history).text == "Mild."
    thoughts = [messages[1].get("reasoning_content") for messages in sent(strict)]
    assert thoughts == [None, " ", replayed]


def test_a_history_with_both_is_adapted_at_once(strict: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(model=KIMI, **strict.options())
    turn = AIMessage("", tool_calls=[CALL])
    strict.say("Mild.")
    history = [HumanMessage("Hi"), THOUGHT_ONLY, HumanMessage("Weather?"), turn, RESULT]
    assert mode.invoke(model, history).text == "Mild."
    assert len(sent(strict)) == 3
    roles = [message["role"] for message in sent(strict)[-1]]
    assert roles == ["user", "user", "assistant", "tool"]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
@pytest.mark.parametrize(
    "detail",
    [
        "The reasoning_content in the thinking mode must be passed back to the API.",
        "The request failed.",
    ],
    ids=["DeepSeek's words", "vague"],
)
def test_other_messages_of_missing_reasoning_are_recognized(
    emulator: TelnyxEmulator, mode: Mode, detail: str
) -> None:
    emulator.fail(400, code="10015", detail=detail)
    emulator.say("Mild.")
    turn = AIMessage("", tool_calls=[CALL])
    model = ChatTelnyx(model=KIMI, **emulator.options())
    assert mode.invoke(model, [HumanMessage("Weather?"), turn, RESULT]).text == "Mild."
    assert [messages[1].get("reasoning_content") for messages in sent(emulator)] == [None, " "]


@pytest.mark.default_quirks("The server accepts all histories.", "strict_histories")
def test_histories_are_sent_unchanged_to_other_servers(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(model=KIMI, **emulator.options())
    turn = AIMessage("", tool_calls=[CALL])
    mode.invoke(model, [HumanMessage("Hi"), THOUGHT_ONLY, HumanMessage("Weather?"), turn, RESULT])
    [messages] = sent(emulator)
    assert [message["role"] for message in messages] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "tool",
    ]
    assert "reasoning_content" not in messages[3]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_refusal_without_a_fallback_is_raised_unchanged(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    detail = "the message at position 1 with role 'assistant' must not be empty"
    emulator.fail(400, code="10015", detail=detail, times=2)
    model = ChatTelnyx(model=KIMI, **emulator.options())
    with pytest.raises(BadRequestError, match="must not be empty"):
        mode.invoke(model, [HumanMessage("Hi"), THOUGHT_ONLY, HumanMessage("Well?")])
    assert len(emulator.requests) == 2
