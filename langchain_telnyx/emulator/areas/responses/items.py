"""The input items of a response, and their conversion to chat messages."""

from collections.abc import Iterable
from typing import Any, Literal

from langchain_telnyx.emulator.serving.request_body import RequestBody

JSON = dict[str, Any]


class TextContent(RequestBody):
    """A text block of the user or the assistant."""

    type: Literal["input_text", "output_text", "text"]
    text: str


class RefusalContent(RequestBody):
    """A refusal of the assistant."""

    type: Literal["refusal"]
    refusal: str

    @property
    def text(self) -> str:
        """The text of the refusal."""
        return self.refusal


class ImageContent(RequestBody):
    """An image by URL, also a `data:` URL."""

    type: Literal["input_image"]
    image_url: str


class Recording(RequestBody):
    """A recording in base64."""

    data: str
    format: str


class InputAudioContent(RequestBody):
    """A recording as input of audio models."""

    type: Literal["input_audio"]
    input_audio: Recording


class AudioUrl(RequestBody):
    """A recording by URL."""

    url: str


class AudioContent(RequestBody):
    """A recording by URL, in the form of chat completions; OpenAI's Responses lack it."""

    type: Literal["audio_url"]
    audio_url: AudioUrl


Media = ImageContent | InputAudioContent | AudioContent
Content = str | list[TextContent | RefusalContent | Media]


class MessageItem(RequestBody):
    """A message, with or without its type."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content


class CallItem(RequestBody):
    """A function call of the model."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str


class OutputItem(RequestBody):
    """The output of a function call."""

    type: Literal["function_call_output"]
    call_id: str
    output: Content


class ReasoningItem(RequestBody):
    """Earlier reasoning of the model, which is not sent again."""

    type: Literal["reasoning"]


Item = CallItem | OutputItem | ReasoningItem | MessageItem


def messages(items: Iterable[Item]) -> list[JSON]:
    """Convert items to chat messages."""
    converted: list[JSON] = []
    for item in items:
        match item:
            case MessageItem():
                role = "system" if item.role == "developer" else item.role
                converted.append({"role": role, "content": _content(item.content)})
            case CallItem():
                # In chat, a turn's text and its calls are one message.
                if not converted or converted[-1]["role"] != "assistant":
                    converted.append({"role": "assistant", "content": None})
                converted[-1].setdefault("tool_calls", []).append(_call(item))
            case OutputItem():
                output = text_of(item.output)
                converted.append({"role": "tool", "tool_call_id": item.call_id, "content": output})
            case ReasoningItem():
                pass
    return converted


def text_of(content: Content) -> str:
    """Return the text in content, without images and recordings."""
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content if not isinstance(part, Media))


def _content(content: Content) -> str | list[JSON]:
    if isinstance(content, str) or not any(isinstance(part, Media) for part in content):
        return text_of(content)
    return [_part(part) for part in content]


def _part(part: TextContent | RefusalContent | Media) -> JSON:
    match part:
        case ImageContent():
            return {"type": "image_url", "image_url": {"url": part.image_url}}
        case InputAudioContent(input_audio=held):
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
