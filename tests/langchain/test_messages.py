"""What goes on the wire: every form a message may have, and nothing the API does not know."""

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    InvalidToolCall,
    RemoveMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from langchain_telnyx._chat.messages import to_wire

PIXEL = "aGk="


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessageChunk(content="Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessage("Hi", name="ada"), {"role": "user", "content": "Hi", "name": "ada"}),
        (SystemMessage("Be kind."), {"role": "system", "content": "Be kind."}),
        (ChatMessage(content="Hi", role="critic"), {"role": "critic", "content": "Hi"}),
        (AIMessage("Hello"), {"role": "assistant", "content": "Hello"}),
        (AIMessageChunk(content="Hello"), {"role": "assistant", "content": "Hello"}),
        (AIMessage([]), {"role": "assistant", "content": ""}),
        (HumanMessage([]), {"role": "user", "content": ""}),
        (HumanMessage(["Hi"]), {"role": "user", "content": "Hi"}),
        (SystemMessage([{"type": "text", "text": "a"}]), {"role": "system", "content": "a"}),
        (
            HumanMessage(["Hi", {"type": "text", "text": "you"}]),
            {
                "role": "user",
                "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "you"}],
            },
        ),
        (
            ToolMessage("12 C", tool_call_id="call_1", status="error", artifact=object()),
            {"role": "tool", "tool_call_id": "call_1", "content": "12 C"},
        ),
        (
            ToolMessage([{"type": "text", "text": "12 C"}], tool_call_id="c", name="weather"),
            {"role": "tool", "tool_call_id": "c", "content": "12 C", "name": "weather"},
        ),
    ],
)
def test_a_message_has_this_form(message: BaseMessage, wire: dict[str, Any]) -> None:
    assert to_wire([message]) == [wire]


def test_the_order_of_messages_stays_and_systems_may_stand_anywhere() -> None:
    messages = [SystemMessage("a"), HumanMessage("b"), SystemMessage("c"), AIMessage("d")]
    assert [(m["role"], m["content"]) for m in to_wire(messages)] == [
        ("system", "a"),
        ("user", "b"),
        ("system", "c"),
        ("assistant", "d"),
    ]


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "a"}, {"type": "text", "text": "a"}),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "a"},
        ),
        (
            {"type": "text-plain", "text": "a", "mime_type": "text/plain"},
            {"type": "text", "text": "a"},
        ),
        (
            {"type": "image_url", "image_url": "https://x/a.png"},
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
        ),
        (
            {"type": "image", "url": "https://x/a.png"},
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        ),
        (
            {"type": "image", "base64": PIXEL, "mime_type": "image/png"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ),
        (
            {
                "type": "image",
                "source_type": "base64",
                "data": PIXEL,
                "mime_type": "image/png",
            },
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ),
        (
            {"type": "image", "source_type": "url", "url": "https://x/a.png"},
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        ),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
            },
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        ),
        (
            {"type": "audio", "url": "https://x/a.ogg"},
            {"type": "audio_url", "audio_url": {"url": "https://x/a.ogg"}},
        ),
        (
            {"type": "audio", "base64": PIXEL, "mime_type": "audio/ogg"},
            {"type": "audio_url", "audio_url": {"url": f"data:audio/ogg;base64,{PIXEL}"}},
        ),
        (
            {"type": "audio", "source_type": "base64", "data": PIXEL, "mime_type": "audio/ogg"},
            {"type": "audio_url", "audio_url": {"url": f"data:audio/ogg;base64,{PIXEL}"}},
        ),
        (
            {"type": "audio_url", "audio_url": "https://x/a.ogg"},
            {"type": "audio_url", "audio_url": {"url": "https://x/a.ogg"}},
        ),
    ],
)
def test_a_content_block_becomes_this_part(block: dict[str, Any], part: dict[str, Any]) -> None:
    [wire] = to_wire([HumanMessage(["Look:", block])])
    assert wire["content"] == [{"type": "text", "text": "Look:"}, part]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video", "url": "https://x/a.mp4"},
        {"type": "file", "base64": PIXEL, "mime_type": "application/pdf"},
        {"type": "tool_result", "tool_use_id": "t", "content": "12"},
        {"type": "hologram"},
    ],
)
def test_a_block_the_api_has_no_form_for_is_refused_by_its_type(block: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"content block of type '{block['type']}'"):
        to_wire([HumanMessage([block])])


def test_audio_without_its_media_type_is_refused() -> None:
    with pytest.raises(ValueError, match="`mime_type`"):
        to_wire([HumanMessage([{"type": "audio", "base64": PIXEL}])])


@pytest.mark.parametrize(
    "message",
    [FunctionMessage(content="12", name="weather"), RemoveMessage(id="1")],
)
def test_a_message_the_api_has_no_role_for_is_refused_by_its_class(message: BaseMessage) -> None:
    with pytest.raises(ValueError, match=f"A {type(message).__name__} has no form"):
        to_wire([message])


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
        {"type": "tool_use", "id": "t", "name": "weather", "input": {}},
        {"type": "tool_call", "id": "t", "name": "weather", "args": {}},
        {"type": "server_tool_call", "id": "t", "name": "search", "args": {}},
        {"type": "non_standard", "value": {}},
    ],
)
def test_what_other_providers_left_in_a_turn_stays_behind(foreign: dict[str, Any]) -> None:
    turn = AIMessage(
        [foreign, {"type": "text", "text": "Hello"}, " again"],
        additional_kwargs={"reasoning_content": "hm", "function_call": {}, "audio": {}},
        response_metadata={"model_provider": "anthropic", "stop_reason": "end_turn"},
    )
    assert to_wire([turn]) == [{"role": "assistant", "content": "Hello again"}]


def test_a_refusal_is_repeated_as_text() -> None:
    turn = AIMessage([{"type": "refusal", "refusal": "I will not."}])
    assert to_wire([turn]) == [{"role": "assistant", "content": "I will not."}]


def test_an_assistant_turn_with_an_image_is_refused() -> None:
    turn = AIMessage([{"type": "image", "url": "https://x/a.png"}])
    with pytest.raises(ValueError, match="'image': move it to a HumanMessage"):
        to_wire([turn])
