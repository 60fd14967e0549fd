"""Earlier turns: how calls, results and reasoning are sent."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    InvalidToolCall,
    RemoveMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.history_adapter.messages import to_wire
from tests.chat_models.history_adapter.test_messages import Point


def test_anthropics_calls_and_results_become_turns_of_their_own() -> None:
    wires = to_wire(
        [
            AIMessage([{"type": "tool_use", "id": "t", "name": "weather", "input": {"city": "x"}}]),
            HumanMessage(
                [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t",
                        "content": [{"type": "text", "text": "12 C"}],
                    },
                    {"type": "tool_result", "tool_use_id": "u", "is_error": True},
                    {"type": "text", "text": "And now?"},
                ]
            ),
        ]
    )
    assert wires == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "t",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "x"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "t", "content": "12 C"},
        {
            "role": "tool",
            "tool_call_id": "u",
            "content": "Error: the tool failed and gave no reason.",
        },
        {"role": "user", "content": "And now?"},
    ]


def test_a_call_in_content_and_tool_calls_is_sent_once() -> None:
    turn = AIMessage(
        [{"type": "tool_use", "id": "t", "name": "weather", "input": {}}],
        tool_calls=[ToolCall(name="weather", args={}, id="t")],
    )
    assert len(to_wire([turn])[0]["tool_calls"]) == 1


OWN = {"model_provider": "telnyx"}


@pytest.mark.parametrize(
    ("turn", "thought"),
    [
        (
            AIMessage("Hi", additional_kwargs={"reasoning_content": "hm"}, response_metadata=OWN),
            {"reasoning_content": "hm"},
        ),
        (
            AIMessage(
                [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Hi"}],
                response_metadata={**OWN, "reasoning_field": "reasoning"},
            ),
            {"reasoning": "hm"},
        ),
        (AIMessage("Hi", response_metadata=OWN), {}),
        (
            AIMessage(
                "Hi",
                additional_kwargs={"reasoning_content": "hm"},
                response_metadata={"model_provider": "deepseek"},
            ),
            {},
        ),
    ],
    ids=["as documented", "as observed", "none", "another provider's"],
)
def test_reasoning_of_telnyx_models_is_replayed_on_request(
    turn: AIMessage, thought: dict[str, str]
) -> None:
    plain = {"role": "assistant", "content": "Hi"}
    assert to_wire([turn]) == [plain]
    assert to_wire([turn], Form(replay_reasoning=True)) == [{**plain, **thought}]


def test_a_developer_message_is_sent_as_system() -> None:
    message = ChatMessage(content="Be kind.", role="developer")
    assert to_wire([message]) == [{"role": "system", "content": "Be kind."}]


def test_a_function_call_and_its_result_are_sent_in_todays_form() -> None:
    turn = AIMessage(
        "", additional_kwargs={"function_call": {"name": "f", "arguments": '{"a": 1}'}}
    )
    wires = to_wire([HumanMessage("Hi"), turn, FunctionMessage(content="12", name="f")])
    function = {"name": "f", "arguments": '{"a": 1}'}
    assert wires[1:] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "call_1_0", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1_0", "content": "12", "name": "f"},
    ]


def test_a_function_result_without_a_call_becomes_a_user_message() -> None:
    wires = to_wire([FunctionMessage(content="12", name="f"), RemoveMessage(id="1")])
    assert wires == [{"role": "user", "content": "The function 'f' returned: 12"}]


@pytest.mark.parametrize(
    "message",
    [FunctionMessage(content="12", name="weather"), RemoveMessage(id="1")],
)
def test_training_data_with_lossy_blocks_is_an_error(message: BaseMessage) -> None:
    with pytest.raises(ValueError, match=type(message).__name__):
        to_wire([message], refusing="everything")


def test_tool_calls_are_repeated_with_their_arguments_as_json() -> None:
    turn = AIMessage(
        "I look.",
        tool_calls=[ToolCall(name="weather", args={"city": "Tromsø"}, id="call_1")],
    )
    assert to_wire([turn]) == [
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Tromsø"}'},
                }
            ],
        }
    ]


def test_invalid_tool_calls_are_repeated_as_valid_json() -> None:
    turn = AIMessage(
        "",
        invalid_tool_calls=[
            InvalidToolCall(
                name="weather", args='{"city": ', id="call_1", error="?", type="invalid_tool_call"
            )
        ],
    )
    assert to_wire([turn]) == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {
                        "name": "weather",
                        "arguments": '{"invalid_arguments": "{\\"city\\": "}',
                    },
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "reasoning", "reasoning": "hm"},
        {"type": "server_tool_call", "id": "t", "name": "search", "args": {}},
        {"type": "non_standard", "value": {}},
    ],
)
def test_foreign_blocks_of_a_turn_are_not_sent(foreign: dict[str, Any]) -> None:
    turn = AIMessage(
        [foreign, {"type": "text", "text": "Hello"}, " again"],
        additional_kwargs={"reasoning_content": "hm", "function_call": {}, "audio": {}},
        response_metadata={"model_provider": "anthropic", "stop_reason": "end_turn"},
    )
    assert to_wire([turn]) == [{"role": "assistant", "content": "Hello again"}]


def test_a_refusal_is_repeated_as_text() -> None:
    turn = AIMessage([{"type": "refusal", "refusal": "I will not."}])
    assert to_wire([turn]) == [{"role": "assistant", "content": "I will not."}]


def test_an_image_in_an_assistants_turn_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    turn = AIMessage(["Look.", {"type": "image", "url": "https://x/a.png"}])
    assert to_wire([turn], refusing="nothing") == [{"role": "assistant", "content": "Look."}]
    assert not caplog.text
    assert to_wire([turn]) == [{"role": "assistant", "content": "Look."}]
    assert "A block of message 0 is left out. A content block of type 'image'" in caplog.text
    with pytest.raises(ValueError, match=r"'image' .*move it to a HumanMessage"):
        to_wire([turn], refusing="everything")


@pytest.mark.parametrize(
    ("block", "call"),
    [
        ({"type": "tool_call", "id": "t", "name": "f", "args": {"a": 1}}, ("t", "f", {"a": 1})),
        (
            {
                "type": "function_call",
                "id": "fc",
                "call_id": "t",
                "name": "f",
                "arguments": '{"a":1}',
            },
            ("t", "f", {"a": 1}),
        ),
        ({"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}, ("t", "f", {"a": 1})),
        ({"function_call": {"name": "f", "args": {"a": 1}}}, ("call_0_0", "f", {"a": 1})),
        (
            {"type": "custom_tool_call", "call_id": "t", "name": "f", "input": "x"},
            ("t", "f", {"input": "x"}),
        ),
        (
            {"type": "shell_call", "id": "i", "call_id": "t", "action": {"commands": ["ls"]}},
            ("t", "shell", {"action": {"commands": ["ls"]}}),
        ),
        (
            {"type": "non_standard", "value": {"type": "tool_use", "id": "t", "name": "f"}},
            ("t", "f", {}),
        ),
        (
            {"type": "function_call", "call_id": "t", "name": "f", "arguments": "{"},
            ("t", "f", {"invalid_arguments": "{"}),
        ),
        ({"type": "tool_use", "id": "t", "name": ""}, ("t", "unnamed_tool", {})),
    ],
)
def test_a_call_in_content_only_is_sent(
    block: dict[str, Any], call: tuple[str, str, dict[str, Any]]
) -> None:
    [wire] = to_wire([AIMessage([block])])
    [sent] = wire["tool_calls"]
    function = sent["function"]
    assert (sent["id"], function["name"], json.loads(function["arguments"])) == call


def test_duplicate_ids_in_a_turn_are_replaced_with_their_results() -> None:
    calls = [ToolCall(name="f", args={"n": n}, id=i) for n, i in enumerate(("a", "a", None))]
    turn = AIMessage("", tool_calls=calls)
    results = [ToolMessage(text, tool_call_id=i) for text, i in (("0", "a"), ("1", "a"), ("2", ""))]
    wires = to_wire([turn, *results])
    ids = [call["id"] for call in wires[0]["tool_calls"]]
    assert len(set(ids)) == 3
    assert [(wire["tool_call_id"], wire["content"]) for wire in wires[1:]] == [
        *zip(ids, "012", strict=True)
    ]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (b"hi", "aGk="),
        (Decimal("1.20"), "1.20"),
        (date(2026, 1, 2), "2026-01-02"),
        ({"a"}, ["a"]),
        (Path("a/b"), "a/b"),
        (Form(model="m"), ["m", False, False]),
        (Point(x=1, y=float("nan")), {"x": 1.0, "y": None}),
    ],
)
def test_arguments_of_any_type_are_sent_as_json(value: Any, sent: Any) -> None:
    call = ToolCall(name="f", args={"value": value}, id="t")
    [wire] = to_wire([AIMessage("", tool_calls=[call])])
    assert json.loads(wire["tool_calls"][0]["function"]["arguments"]) == {"value": sent}


def test_a_refusal_or_a_transcript_is_sent_without_content() -> None:
    for extra in ({"refusal": "No."}, {"audio": {"id": "a", "transcript": "No."}}):
        [wire] = to_wire([AIMessage("", additional_kwargs=extra)])
        assert wire["content"] == "No."
