"""Messages of every format are converted, without fields that the API does not support."""

import base64
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    ToolMessage,
)
from pydantic import BaseModel

from langchain_telnyx.chat_models.history_adapter.content_parts import Form
from langchain_telnyx.chat_models.history_adapter.messages import to_wire

PIXEL = "aGk="


class Point(BaseModel):
    """A value of a pydantic class."""

    x: float
    y: float


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessageChunk(content="Hi"), {"role": "user", "content": "Hi"}),
        (HumanMessage("Hi", name="ada"), {"role": "user", "content": "Hi", "name": "ada"}),
        (SystemMessage("Be kind."), {"role": "system", "content": "Be kind."}),
        (
            ChatMessage(content="Hi", role="film critic"),
            {"role": "user", "content": "Hi", "name": "film_critic"},
        ),
        (ChatMessage(content="Hi", role="human"), {"role": "user", "content": "Hi"}),
        (
            ChatMessage(content=["Hi", " you"], role="ai"),
            {"role": "assistant", "content": "Hi you"},
        ),
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
        (
            {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}},
            {"type": "audio_url", "audio_url": {"url": f"data:audio/mpeg;base64,{PIXEL}"}},
        ),
        (
            {"type": "file", "base64": PIXEL, "mime_type": "audio/wav"},
            {"type": "audio_url", "audio_url": {"url": f"data:audio/wav;base64,{PIXEL}"}},
        ),
        (
            {"type": "image", "url": "https://x/a.png", "extras": {"detail": "high"}},
            {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "high"}},
        ),
        (
            {"type": "text-plain", "text": "a", "title": "T", "context": "C"},
            {"type": "text", "text": "T\n\nC\n\na"},
        ),
        ({"type": "text-plain", "base64": PIXEL}, {"type": "text", "text": "hi"}),
        (
            {"type": "file", "base64": PIXEL, "mime_type": "text/markdown"},
            {"type": "text", "text": "hi"},
        ),
        ({"type": "file", "source_type": "text", "text": "a"}, {"type": "text", "text": "a"}),
        (
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "a"},
            },
            {"type": "text", "text": "a"},
        ),
        ({"type": "input_text", "text": "a"}, {"type": "text", "text": "a"}),
    ],
)
def test_a_content_block_becomes_this_part(block: dict[str, Any], part: dict[str, Any]) -> None:
    [wire] = to_wire([HumanMessage(["Look:", block])])
    assert wire["content"] == [{"type": "text", "text": "Look:"}, part]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video", "url": "https://x/a.mp4"},
        {"type": "file", "base64": PIXEL, "mime_type": "application/zip"},
        {"type": "image", "file_id": "file-1"},
        {"type": "image", "source_type": "id", "id": "file-1"},
        {"type": "image"},
        {"type": "image_url", "image_url": {}},
        {"type": "audio_url"},
        {"type": "input_audio", "input_audio": {}},
        {"type": "text"},
        {"type": "hologram"},
    ],
)
def test_a_block_the_api_has_no_form_for_is_refused_by_its_type(block: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"content block of type '{block['type']}' .*'acme/ear'"):
        to_wire([HumanMessage([block])], Form(model="acme/ear"))


def test_audio_without_a_media_type_is_refused() -> None:
    with pytest.raises(ValueError, match="`mime_type`"):
        to_wire([HumanMessage([{"type": "audio", "base64": PIXEL}])])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xffrest", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_bytes_are_sent_with_their_detected_media_type(
    tmp_path: Path, data: bytes, kind: str
) -> None:
    file = tmp_path / "picture"
    file.write_bytes(data)
    encoded = base64.b64encode(data).decode()
    for block in (
        {"type": "image", "data": data},
        {"type": "image", "base64": bytearray(data)},
        {"type": "image", "base64": encoded},
        {"type": "image", "path": file},
        {"type": "image", "url": file},
        {"type": "file", "data": data},
    ):
        [wire] = to_wire([HumanMessage([block])])
        [part] = wire["content"]
        assert part["image_url"]["url"] == f"data:{kind};base64,{encoded}"


@pytest.mark.parametrize("data", [b"OggS\0", b"fLaC\0", b"ID3\4", b"RIFF\0\0\0\0WAVEfmt "])
def test_the_media_type_of_audio_is_detected(data: bytes) -> None:
    [wire] = to_wire([HumanMessage([{"type": "audio", "data": data}])])
    assert wire["content"][0]["audio_url"]["url"].startswith("data:audio/")


def test_a_string_is_never_a_local_path(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    with pytest.raises(ValueError, match="pass `url`"):
        to_wire([HumanMessage([{"type": "file", "path": str(secret)}])])
    with pytest.raises(ValueError, match="does not fetch files"):
        to_wire([HumanMessage([{"type": "file", "url": f"file://{secret}"}])])


def pdf(text: str) -> bytes:
    """Return a PDF of one page with a text on it."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=12)
    if text:
        document.cell(text=text)
    return bytes(document.output())


def test_of_a_pdf_the_text_is_sent() -> None:
    encoded = base64.b64encode(pdf("Saturn has rings.")).decode()
    for block in (
        {"type": "file", "base64": encoded, "mime_type": "application/pdf"},
        {"type": "file", "data": pdf("Saturn has rings.")},
        {
            "type": "file",
            "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{encoded}"},
        },
        {"type": "file", "file": {"filename": "a.pdf", "file_data": encoded}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": encoded},
        },
    ):
        assert to_wire([HumanMessage([block])])[0]["content"] == "Saturn has rings."


def test_a_pdf_without_text_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="send its pages as images"):
        to_wire([HumanMessage([{"type": "file", "data": pdf("")}])])
    with pytest.raises(ValueError, match="cannot be read"):
        to_wire([HumanMessage([{"type": "file", "data": b"%PDF-1.4 broken"}])])


def test_image_urls_may_be_sent_as_in_the_specification() -> None:
    form = Form(image_url_as_string=True)
    for block in (
        {"type": "image_url", "image_url": {"url": "https://x/a.png", "detail": "low"}},
        {"type": "image", "url": "https://x/a.png"},
    ):
        [wire] = to_wire([HumanMessage([block])], form)
        assert wire["content"] == [{"type": "image_url", "image_url": "https://x/a.png"}]


def test_images_of_tool_results_follow_in_a_users_turn_after_all_results() -> None:
    image = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}
    wires = to_wire(
        [
            ToolMessage([{"type": "text", "text": "A plot."}, image], tool_call_id="call_1"),
            ToolMessage([image], tool_call_id="call_2", name="plot"),
            AIMessage("I see."),
            ToolMessage([image], tool_call_id="call_3"),
        ]
    )
    shown = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    assert wires == [
        {"role": "tool", "tool_call_id": "call_1", "content": "A plot."},
        {
            "role": "tool",
            "tool_call_id": "call_2",
            "content": "The result is in the next message.",
            "name": "plot",
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Result of the tool call call_1:"},
                shown,
                {"type": "text", "text": "Result of the tool call call_2:"},
                shown,
            ],
        },
        {"role": "assistant", "content": "I see."},
        {
            "role": "tool",
            "tool_call_id": "call_3",
            "content": "The result is in the next message.",
        },
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Result of the tool call call_3:"},
                shown,
            ],
        },
    ]


def test_an_empty_error_result_is_sent_as_an_error() -> None:
    [wire] = to_wire([ToolMessage("", tool_call_id="c", status="error")])
    assert wire["content"] == "Error: the tool failed and gave no reason."
    [wire] = to_wire([ToolMessage("No such city.", tool_call_id="c", status="error")])
    assert wire["content"] == "No such city."
