"""Citations, images and audio of an answer, as LangChain's standard blocks."""

from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.call import JSON

FIELDS = ("annotations", "audio", "images")
_CITATION = ("url", "title", "start_index", "end_index", "cited_text")
_SOUNDS = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm16": "audio/pcm"}
_IMAGES = frozenset({"image_url", "image", "output_image"})
_TEXTS = frozenset({"text", "output_text", "input_text", "thinking", "reasoning", "refusal"})


def collect(whole: JSON, message: JSON) -> None:
    """Add the citations and media of a message, or of a delta, to those before.

    Args:
        whole: The message's `additional_kwargs`, which are changed.
        message: The message or the delta.
    """
    content = message.get("content")
    if isinstance(content, list):
        for part in content:
            if isinstance(part, dict):
                _collect_part(whole, part)
    for name in ("annotations", "images"):
        if found := message.get(name):
            whole.setdefault(name, []).extend(found if isinstance(found, list) else [found])
    if audio := message.get("audio"):
        held = whole.setdefault("audio", {})
        for name, value in (audio if isinstance(audio, dict) else {"data": audio}).items():
            joins = name in {"data", "transcript"} and isinstance(value, str)
            held[name] = held.get(name, "") + value if joins else value


def _collect_part(whole: JSON, part: JSON) -> None:
    kind = part.get("type")
    if found := part.get("annotations"):
        whole.setdefault("annotations", []).extend(found)
    if kind in _IMAGES:
        whole.setdefault("images", []).append(part)
    elif kind not in _TEXTS and not any(isinstance(part.get(n), str) for n in ("text", "content")):
        whole.setdefault("parts", []).append(part)


def annotations(extra: JSON) -> list[JSON]:
    """Return the citations of a message as standard annotations."""
    return [_annotation(each) for each in extra.get("annotations") or ()]


def blocks(extra: JSON) -> list[JSON]:
    """Return the images, audio and other parts of a message as standard blocks."""
    made = [_image(each) for each in extra.get("images") or ()]
    if audio := extra.get("audio"):
        made.append(_audio(audio))
    made += [{"type": "non_standard", "value": part} for part in extra.get("parts") or ()]
    return made


def _annotation(given: Any) -> JSON:
    if not isinstance(given, Mapping):
        return {"type": "non_standard_annotation", "value": {"value": given}}
    kind = given.get("type")
    held = given.get(kind) if isinstance(kind, str) else None
    about: JSON = dict(held) if isinstance(held, Mapping) else dict(given)
    about.pop("type", None)
    if kind not in {"url_citation", "citation"} and "url" not in about:
        return {"type": "non_standard_annotation", "value": dict(given)}
    made: JSON = {"type": "citation"}
    made |= {name: about.pop(name) for name in _CITATION if about.get(name) is not None}
    rest = {name: value for name, value in about.items() if value is not None}
    return {**made, "extras": rest} if rest else made


def _image(given: Any) -> JSON:
    held = given.get("image_url", given) if isinstance(given, Mapping) else given
    url = held.get("url") if isinstance(held, Mapping) else held
    base64 = None
    if isinstance(held, Mapping):
        base64 = held.get("b64_json") or held.get("base64") or held.get("result")
    if isinstance(url, str) and url.startswith("data:"):
        head, _, base64 = url.removeprefix("data:").partition(",")
        return {"type": "image", "base64": base64, "mime_type": head.partition(";")[0]}
    if isinstance(url, str) and url:
        return {"type": "image", "url": url}
    if isinstance(base64, str) and base64:
        kind = str(held.get("mime_type") or held.get("media_type") or "image/png")
        return {"type": "image", "base64": base64, "mime_type": kind}
    return {"type": "non_standard", "value": given if isinstance(given, dict) else {"image": given}}


def _audio(given: JSON) -> JSON:
    block: JSON = {"type": "audio"}
    rest = {name: value for name, value in given.items() if value is not None}
    if data := rest.pop("data", None):
        form = str(rest.pop("format", "wav"))
        block |= {"base64": data, "mime_type": _SOUNDS.get(form, f"audio/{form}")}
    if identity := rest.pop("id", None):
        block["file_id"] = identity
    return {**block, "extras": rest} if rest else block
