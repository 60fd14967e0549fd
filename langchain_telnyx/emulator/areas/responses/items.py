"""The input items of a response, and the chat messages that they amount to."""

from collections.abc import Iterable
from typing import Any, Literal

from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]


class TextContent(RequestBody):
    """A piece of text, of the user's or the assistant's."""

    type: Literal["input_text", "output_text", "text"]
    text: str


class Refused(RequestBody):
    """What an assistant said when it declined."""

    type: Literal["refusal"]
    refusal: str

    @property
    def text(self) -> str:
        """What it said."""
        return self.refusal


class ImageContent(RequestBody):
    """An image by URL, also a `data:` URL."""

    type: Literal["input_image"]
    image_url: str


class Recording(RequestBody):
    """A recording in base64."""

    data: str
    format: str


class RecordedContent(RequestBody):
    """A recording, for models that listen."""

    type: Literal["input_audio"]
    input_audio: Recording


class AudioUrl(RequestBody):
    """A recording by URL."""

    url: str


class AudioContent(RequestBody):
    """A recording by URL, in the form of chat: OpenAI's responses have none."""

    type: Literal["audio_url"]
    audio_url: AudioUrl


Media = ImageContent | RecordedContent | AudioContent
Content = str | list[TextContent | Refused | Media]


class MessageItem(RequestBody):
    """A message, with or without its type."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content


class CallItem(RequestBody):
    """A call that the model made."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class OutputItem(RequestBody):
    """What a call returned."""

    type: Literal["function_call_output"]
    call_id: str
    output: Content


class ReasoningItem(RequestBody):
    """What the model thought before; it is not told again."""

    type: Literal["reasoning"]


Item = CallItem | OutputItem | ReasoningItem | MessageItem


def messages(items: Iterable[Item]) -> list[JSON]:
    """Return chat messages that say what items say."""
    told: list[JSON] = []
    for item in items:
        match item:
            case MessageItem():
                role = "system" if item.role == "developer" else item.role
                told.append({"role": role, "content": _content(item.content)})
            case CallItem():
                # A turn's calls, and what was said before them, are one message of chat.
                if not told or told[-1]["role"] != "assistant":
                    told.append({"role": "assistant", "content": None})
                told[-1].setdefault("tool_calls", []).append(_call(item))
            case OutputItem():
                output = text_of(item.output)
                told.append({"role": "tool", "tool_call_id": item.call_id, "content": output})
            case ReasoningItem():
                pass
    return told


def text_of(content: Content) -> str:
    """Return the text in content, images and recordings left out."""
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content if not isinstance(part, Media))


def _content(content: Content) -> str | list[JSON]:
    if isinstance(content, str) or not any(isinstance(part, Media) for part in content):
        return text_of(content)
    return [_part(part) for part in content]


def _part(part: TextContent | Refused | Media) -> JSON:
    match part:
        case ImageContent():
            return {"type": "image_url", "image_url": {"url": part.image_url}}
        case RecordedContent(input_audio=held):
            url = f"data:audio/{held.format};base64,{held.data}"
            return {"type": "audio_url", "audio_url": {"url": url}}
        case AudioContent():
            return {"type": "audio_url", "audio_url": {"url": part.audio_url.url}}
    return {"type": "text", "text": part.text}


def _call(item: CallItem) -> JSON:
    return {
        "id": item.call_id,
        "type": "function",
        "function": {"name": item.name, "arguments": item.arguments},
    }
