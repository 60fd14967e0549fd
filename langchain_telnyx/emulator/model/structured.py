"""Answers in a prescribed form: after a JSON schema, a regular expression, or a list of choices."""

import datetime as dt
import json
from typing import Any

import regex

from langchain_telnyx.emulator.model import options, patterns, regexes
from langchain_telnyx.emulator.model.fill import fill
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import ChatRequest
from langchain_telnyx.emulator.quirks import Quirks

_KEYS = regex.compile(
    r"(?:((?:[\"'`][\w-]+[\"'`](?:,\s*(?:and\s+)?|\s+and\s+)?)+)\s*(?:as\s+)?(?:keys?|fields?|properties))"
    r"|(?:keys?|fields?|properties)\b[^\"'`\n]{0,20}((?:[\"'`][\w-]+[\"'`](?:,\s*(?:and\s+)?|\s+and\s+)?)+)",
    regex.IGNORECASE,
)
_EXAMPLE_KEY = regex.compile(r"[{,]\s*\"([\w-]+)\"\s*:")
_NAME = regex.compile(r"[\w-]+")
_SCHEMA_AHEAD = regex.compile(r"\bschema\b", regex.IGNORECASE)


def prescribed(request: ChatRequest, quirks: Quirks) -> bool:
    """Tell whether the request prescribes the form of its answer."""
    guided = quirks.guided_decoding and (
        request.guided_json is not None
        or request.guided_regex is not None
        or request.guided_choice is not None
    )
    form = request.response_format
    return guided or (form is not None and form.type != "text")


def write(request: ChatRequest, text: str, quirks: Quirks, today: dt.date) -> str:
    """Write the answer in the form that the request prescribes.

    Args:
        request: A request for which `prescribed` holds.
        text: What the answer is filled from.
        quirks: Whether `guided_*` are honoured.
        today: What "tomorrow" is counted from.

    Raises:
        Refusal: If the form is invalid, or nothing of that form was found.
    """
    if quirks.guided_decoding:
        if request.guided_json is not None:
            return write_json(request.guided_json, text, today)
        if request.guided_regex is not None:
            return _match(request.guided_regex, text)
        if request.guided_choice is not None:
            return _choice(request.guided_choice, text)
    form = request.response_format
    if form and form.json_schema and form.json_schema.schema_ is not None:
        return write_json(form.json_schema.schema_, text, today)
    asked = "\n".join(message.text for message in request.messages)
    return json.dumps(_object(asked, text, today), ensure_ascii=False)


def spelt_out(prompt: str) -> tuple[dict[str, Any], str] | None:
    """Find a JSON schema in the words of a prompt, where output parsers put it.

    Returns:
        The last such schema, and the text that the prompt has beside it; or None.
    """
    found: tuple[dict[str, Any], str] | None = None
    decoder = json.JSONDecoder()
    start = prompt.find("{") if _SCHEMA_AHEAD.search(prompt) else -1
    opening = start
    while start >= 0:
        try:
            value, end = decoder.raw_decode(prompt, start)
        except (ValueError, RecursionError):
            value, end = None, start + 1
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            # What follows the schema is the text; else what stood before the instructions.
            after = prompt[end:].strip("` \n")
            found = {"type": "object", **value}, after or prompt[:opening].strip()
        start = prompt.find("{", end)
    return found


def write_json(schema: dict[str, Any], text: str, today: dt.date) -> str:
    """Write the JSON value that fills a schema from a text.

    Raises:
        Refusal: If the schema is invalid, or no value was found that it accepts.
    """
    return json.dumps(fill(schema, text, today=today), ensure_ascii=False)


def fenced(written: str, quirks: Quirks) -> str:
    """Wrap JSON in Markdown fences where the quirks say so."""
    return f"```json\n{written}\n```" if quirks.fenced_json else written


def _match(pattern: str, text: str) -> str:
    try:
        found = next(regexes.matching(pattern, text, whole=True), None)
    except patterns.PatternError as error:
        raise Refusal(f"`guided_regex` is not a regular expression: {error}.") from error
    if found is None:
        raise Refusal(f"No text was found that matches `guided_regex` {pattern!r}.")
    return found


def _choice(choices: list[str], text: str) -> str:
    if not choices:
        raise Refusal("`guided_choice` must not be empty.")
    return choices[options.choose(choices, text)[0]]


def _object(asked: str, text: str, today: dt.date) -> dict[str, Any]:
    """Make a JSON object of the keys that the prompt names, else of what the text states."""
    keys = [name for match in _KEYS.finditer(asked) for name in _NAME.findall(match[1] or match[2])]
    keys = [key for key in keys if key != "and"] or _EXAMPLE_KEY.findall(asked)
    if keys:
        named = {key: {"type": ["string", "number"]} for key in dict.fromkeys(keys)}
        schema = {"type": "object", "properties": named, "required": list(named)}
        filled: dict[str, Any] = fill(schema, text, today=today)
        return filled
    stated: dict[str, Any] = fill({"type": "object"}, text, today=today)
    return stated or {"answer": text}
