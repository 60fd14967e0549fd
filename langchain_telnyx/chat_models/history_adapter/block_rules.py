"""Rules that send a single block, convert it to text, or leave it out."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from langchain_telnyx.chat_models.history_adapter.content_parts import Form, part
from langchain_telnyx.chat_models.history_adapter.json_text import json_text, jsonable
from langchain_telnyx.client.call import JSON

Place: TypeAlias = Literal["user", "assistant", "result"]

_ADDRESSES = ("http://", "https://", "data:")
# Longer base64 text is a file: useless to a model, and charged in full.
_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{1000,}")
# The names that `part` uses.
_READ_AS = {
    "input_image": "image",
    "computer_screenshot": "image",
    "input_file": "file",
    "media": "file",
}


class AdaptedBlock(NamedTuple):
    """The result of adapting one block.

    Attributes:
        parts: The parts of the API's message.
        finding: What is lost, and why; empty if nothing is.
        foreign: Whether the block is useful to its provider only, such as reasoning and calls of
            server-side tools: the conversation can continue without it.
    """

    parts: tuple[JSON, ...] = ()
    finding: str = ""
    foreign: bool = False


Rule: TypeAlias = Callable[[JSON, Form, Place], AdaptedBlock]


def text_of(text: str) -> AdaptedBlock:
    """Send text; nothing if it is empty, because some servers refuse an empty part."""
    return AdaptedBlock(({"type": "text", "text": text},) if text else ())


def lost(block: JSON, form: Form, why: str) -> AdaptedBlock:
    """Leave a block out, with a finding."""
    to_model = f" to {form.model!r}" if form.model else ""
    kind = block.get("type") or next(iter(block), "")
    return AdaptedBlock(
        finding=f"A content block of type {kind!r} cannot be sent{to_model}: {why}."
    )


def media(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Send text, an image, audio, or the text of a file."""
    made = _part(block, form)
    if made["type"] == "text":
        return text_of(made["text"])
    if place == "assistant":
        return lost(block, form, "assistant messages contain text only: move it to a HumanMessage")
    held = made[made["type"]]
    address = held["url"] if isinstance(held, Mapping) else held
    if not str(address).lower().startswith(_ADDRESSES):
        return lost(
            block, form, f"the API supports http and https URLs only, not {address[:200]!r}"
        )
    if isinstance(held, Mapping) and not isinstance(held.get("detail", ""), str):
        made = {**made, made["type"]: {"url": address}}
    return AdaptedBlock((made,))


def _part(block: JSON, form: Form) -> JSON:
    kind = block["type"]
    read_as = _READ_AS.get(kind, kind)
    try:
        return part({**block, "type": read_as}, form)
    except ValueError as error:
        # The error names the block as the caller does.
        raise ValueError(str(error).replace(repr(read_as), repr(kind), 1)) from error


def result_media(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Send media, or the URL as text if it cannot be sent."""
    try:
        sent = media(block, form, place)
    except ValueError as error:
        sent = AdaptedBlock(finding=str(error))
    address = _address(block)
    if not sent.finding or not address:
        return sent
    return link({**block, "uri": address}, form, place)._replace(finding=sent.finding)


def _address(block: JSON) -> str:
    source = block.get("source")
    held = [source.get("url")] if isinstance(source, Mapping) else []
    held += [block.get("url"), block.get(block["type"])]
    held = [each.get("url") if isinstance(each, Mapping) else each for each in held]
    found = next((each for each in held if isinstance(each, str) and each), "")
    return "" if found.startswith("data:") else found


def plain(block: JSON, form: Form, place: Place) -> AdaptedBlock:
    """Send a block of text."""
    if block.get("text") == "":
        return AdaptedBlock()
    return media(block, form, place)


def text_at(*names: str) -> Rule:
    """Convert to the text of the first of these fields that has one."""

    def rule(block: JSON, form: Form, _: Place) -> AdaptedBlock:
        for name in names:
            held = block.get(name)
            held = held.get("text") if isinstance(held, Mapping) else held
            if isinstance(held, str):
                return text_of(held)
        return lost(block, form, f"it has no `{names[0]}`")

    return rule


def as_json(*names: str) -> Rule:
    """Convert the first of these fields to JSON; the whole block if it has none."""

    def rule(block: JSON, _: Form, __: Place) -> AdaptedBlock:
        name = next((name for name in names if name in block), None)
        held = block if name is None else block[name]
        return text_of(held if isinstance(held, str) else json_text(held))

    return rule


def any_json(block: JSON, form: Form, _: Place) -> AdaptedBlock:
    """Convert an unknown block of a tool's result to JSON, without encoded files."""
    held = {name: value for name, value in block.items() if name != "type" or value}
    shown, cut = _without_files(jsonable(held))
    why = "its data is left out, and the rest is sent as text"
    return AdaptedBlock(
        text_of(json_text(shown)).parts, lost(block, form, why).finding if cut else ""
    )


def _without_files(value: Any) -> tuple[Any, bool]:
    if isinstance(value, dict):
        made = {name: _without_files(held) for name, held in value.items()}
        shown = {name: held for name, (held, _) in made.items()}
        return shown, any(cut for _, cut in made.values())
    if isinstance(value, list):
        items = [_without_files(held) for held in value]
        return [held for held, _ in items], any(cut for _, cut in items)
    if isinstance(value, str) and _ENCODED.fullmatch(value):
        return f"<{len(value)} characters>", True
    return value, False


def link(block: JSON, form: Form, _: Place) -> AdaptedBlock:
    """Convert an MCP link to text with its URI, which only the MCP tools can open."""
    uri = block.get("uri")
    if not uri:
        return lost(block, form, "it has no `uri`")
    names = [str(block[name]) for name in ("title", "name", "description") if block.get(name)]
    kind = block.get("mime_type")
    return text_of(": ".join([*names[:2], f"{uri} ({kind})" if kind else str(uri)]))


def in_other_field(_: JSON, __: Form, ___: Place) -> AdaptedBlock:
    """Skip the block: another field of the message contains it."""
    return AdaptedBlock()


def left_out(why: str, *, foreign: bool = False) -> Rule:
    """Leave a block out for a reason; see `AdaptedBlock.foreign`."""
    return lambda block, form, _: lost(block, form, why)._replace(foreign=foreign)
