"""Conversion of content blocks to parts of the API's messages: text, images, audio.

Supports LangChain's standard blocks (v1, and v0 with `source_type`), OpenAI's and Anthropic's. The
API has three kinds of parts. Blocks that fit none of them raise an error.
"""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from langchain_telnyx.chat_models.history_adapter.documents import (
    is_textual,
    media_type_of,
    pdf_text,
)
from langchain_telnyx.client.call import JSON

_SAMPLE_TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}


class Form(NamedTuple):
    """Options of a request's format.

    Attributes:
        model: The model, for error messages.
        image_url_as_string: Whether `image_url` is the URL itself, as in the official schema, and
            not the object that engines and clients use.
        replay_reasoning: Whether to send the reasoning of earlier turns.
    """

    model: str = ""
    image_url_as_string: bool = False
    replay_reasoning: bool = False


def part(block: str | JSON, form: Form) -> JSON:
    """Convert a content block to a part.

    Raises:
        ValueError: The API has no part for the block, or a required field is missing.
    """
    if isinstance(block, str):
        return _text(block)
    read = _READERS.get(block.get("type", ""))
    if read is None:
        _refuse(block, form, "use text, image, audio or file blocks")
    return read(block, form)


def _text(text: str) -> JSON:
    return {"type": "text", "text": text}


def _plain(block: JSON, form: Form) -> JSON:
    text = block.get("text")
    if not isinstance(text, str):
        _refuse(block, form, "it has no `text`")
    return _text(text)


def _text_document(block: JSON, form: Form) -> JSON:
    if isinstance(block.get("text"), str):
        text: str = block["text"]
    else:
        text = _content(block, form).data.decode("utf-8", "replace")
    about = [str(block[name]) for name in ("title", "context") if block.get(name)]
    return _text("\n\n".join([*about, text]))


def _image_url(block: JSON, form: Form) -> JSON:
    held = block.get("image_url")
    if isinstance(held, str):
        return _image(held, None, form)
    if not isinstance(held, Mapping) or not held.get("url"):
        _refuse(block, form, "`image_url` has no `url`")
    return _image(str(held["url"]), held.get("detail"), form)


def _image_block(block: JSON, form: Form) -> JSON:
    detail = block.get("detail") or (block.get("extras") or {}).get("detail")
    return _image(_address(block, form), detail, form)


def _image(url: str, detail: Any, form: Form) -> JSON:
    if form.image_url_as_string:
        return {"type": "image_url", "image_url": url}
    shown = {"url": url, "detail": detail} if detail else {"url": url}
    return {"type": "image_url", "image_url": shown}


def _audio_url(block: JSON, form: Form) -> JSON:
    held = block.get("audio_url")
    url = held.get("url") if isinstance(held, Mapping) else held
    if not url:
        _refuse(block, form, "`audio_url` has no `url`")
    return _audio(str(url))


def _input_audio(block: JSON, form: Form) -> JSON:
    held = block.get("input_audio") or {}
    if "data" not in held:
        _refuse(block, form, "`input_audio` has no `data`")
    kind = str(held.get("format") or "wav")
    return _audio(f"data:{_SAMPLE_TYPES.get(kind, f'audio/{kind}')};base64,{held['data']}")


def _audio_block(block: JSON, form: Form) -> JSON:
    return _audio(_address(block, form))


def _audio(url: str) -> JSON:
    return {"type": "audio_url", "audio_url": {"url": url}}


def _file(block: JSON, form: Form) -> JSON:
    """Convert a file by its content: text, images and audio are sent, PDFs as their text."""
    held = block.get("file")
    if isinstance(held, Mapping):  # OpenAI's format
        data = str(held.get("file_data") or "")
        block = {"type": "file", **held, "url" if data.startswith("data:") else "base64": data}
    if block.get("source_type") == "text":
        return _text(str(block.get("text") or block.get("url") or ""))
    content = _content(block, form)
    family = content.kind.partition("/")[0]
    if family == "image":
        return _image(content.url, None, form)
    if family == "audio":
        return _audio(content.url)
    if content.kind == "application/pdf":
        return _text(pdf_text(content.data))
    if not is_textual(content.kind):
        _refuse(block, form, f"{content.kind or 'its media type'} is not supported")
    return _text(content.data.decode("utf-8", "replace"))


class _Content:
    """The content of a block: bytes or base64, with the media type."""

    def __init__(self, held: bytes | str, kind: str) -> None:
        self._held = held
        self.kind = kind

    @property
    def data(self) -> bytes:
        """The bytes."""
        return self._held if isinstance(self._held, bytes) else base64.b64decode(self._held)

    @property
    def url(self) -> str:
        """The content as a `data:` URL."""
        held = self._held
        text = held if isinstance(held, str) else base64.b64encode(held).decode("ascii")
        return f"data:{self.kind};base64,{text}"


def _address(block: JSON, form: Form) -> str:
    """Return the URL of an image or of audio, or the content as a `data:` URL."""
    source = block.get("source")
    url = (source if isinstance(source, Mapping) else block).get("url")
    if isinstance(url, str) and url:
        return url
    content = _content(block, form)
    if not content.kind:
        _refuse(block, form, "its media type cannot be detected: pass `mime_type`")
    return content.url


def _content(block: JSON, form: Form) -> _Content:
    """Return the inline content of a block.

    Files are read from a `pathlib.Path` only. A string is never a path, because messages may come
    from untrusted users.
    """
    source = block.get("source")
    holder = source if isinstance(source, Mapping) else block
    kind = holder.get("mime_type") or holder.get("media_type") or ""
    given = (holder.get(name) for name in ("base64", "data", "path", "url"))
    for held in given:
        if isinstance(held, Path):
            held = held.read_bytes()  # noqa: PLW2901 - the same thing, read
        if isinstance(held, bytes | bytearray | memoryview):
            return _Content(bytes(held), kind or media_type_of(bytes(held[:16])))
        if isinstance(held, str) and held.startswith("data:"):
            head, _, encoded = held.removeprefix("data:").partition(",")
            return _Content(encoded, kind or head.partition(";")[0])
    text = holder.get("base64") or holder.get("data")
    if text and holder.get("type") == "text":  # Anthropic's plain text document
        return _Content(str(text).encode(), kind or "text/plain")
    if not text:
        _refuse(block, form, _missing_content(holder))
    return _Content(str(text), kind or media_type_of(base64.b64decode(str(text)[:64])))


def _missing_content(holder: Mapping[str, Any]) -> str:
    if url := holder.get("url"):
        return f"the API does not fetch files: download {url!r} and pass its bytes"
    if holder.get("file_id") or holder.get("id"):
        return "the API does not store files, so the id is unknown: pass the bytes"
    return "pass `url`, or `base64` with `mime_type`, or bytes, or a `Path`"


def _refuse(block: JSON, form: Form, why: str) -> NoReturn:
    to_model = f" to {form.model!r}" if form.model else ""
    raise ValueError(
        f"A content block of type {block.get('type')!r} cannot be sent{to_model}: {why}."
    )


_READERS: dict[str, Callable[[JSON, Form], JSON]] = {
    "text": _plain,
    "input_text": _plain,
    "output_text": _plain,
    "text-plain": _text_document,
    "image_url": _image_url,
    "image": _image_block,
    "audio_url": _audio_url,
    "audio": _audio_block,
    "input_audio": _input_audio,
    "file": _file,
    "document": _file,
}
