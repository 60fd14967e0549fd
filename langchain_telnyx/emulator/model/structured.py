"""Answers in a requested format: a JSON schema, a regular expression, or a list of choices."""

import datetime as dt
import json
from typing import Any

import regex

from langchain_telnyx.emulator.model import options, pattern_strings, patterns
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
_MENTIONS_SCHEMA = regex.compile(r"\bschema\b", regex.IGNORECASE)


def requires_format(request: ChatRequest, quirks: Quirks) -> bool:
    """Return whether the request sets the format of its answer."""
    guided = quirks.guided_decoding and (
        request.guided_json is not None
        or request.guided_regex is not None
        or request.guided_choice is not None
    )
    form = request.response_format
    return guided or (form is not None and form.type != "text")


def write(request: ChatRequest, text: str, quirks: Quirks, today: dt.date) -> str:
    """Write the answer in the format that the request sets.

    Args:
        request: A request for which `requires_format` is true.
        text: The text from which the answer is filled.
        quirks: Whether `guided_*` are supported.
        today: The date that "tomorrow" is relative to.

    Raises:
        Refusal: If the format is invalid, or no text fits it.
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
    prompt = "\n".join(message.text for message in request.messages)
    return json.dumps(_object(prompt, text, today), ensure_ascii=False)


def schema_in_prompt(prompt: str) -> tuple[dict[str, Any], str] | None:
    """Find a JSON schema in the text of a prompt, where output parsers put it.

    Returns:
        The last such schema and the rest of the prompt, or None.
    """
    found: tuple[dict[str, Any], str] | None = None
    decoder = json.JSONDecoder()
    start = prompt.find("{") if _MENTIONS_SCHEMA.search(prompt) else -1
    opening = start
    while start >= 0:
        try:
            value, end = decoder.raw_decode(prompt, start)
        except (ValueError, RecursionError):
            value, end = None, start + 1
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            # The text follows the schema; otherwise it precedes the instructions.
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
    """Wrap JSON in Markdown fences if the quirks require it."""
    return f"```json\n{written}\n```" if quirks.fenced_json else written


def _match(pattern: str, text: str) -> str:
    try:
        found = next(pattern_strings.matching(pattern, text, whole=True), None)
    except patterns.PatternError as error:
        raise Refusal(f"`guided_regex` is not a regular expression: {error}.") from error
    if found is None:
        raise Refusal(f"No text was found that matches `guided_regex` {pattern!r}.")
    return found


def _choice(choices: list[str], text: str) -> str:
    if not choices:
        raise Refusal("`guided_choice` must not be empty.")
    return choices[options.choose(choices, text)[0]]


def _object(prompt: str, text: str, today: dt.date) -> dict[str, Any]:
    """Build a JSON object with the keys that the prompt names, or that the text names."""
    keys = [
        name for match in _KEYS.finditer(prompt) for name in _NAME.findall(match[1] or match[2])
    ]
    keys = [key for key in keys if key != "and"] or _EXAMPLE_KEY.findall(prompt)
    if keys:
        named = {key: {"type": ["string", "number"]} for key in dict.fromkeys(keys)}
        schema = {"type": "object", "properties": named, "required": list(named)}
        filled: dict[str, Any] = fill(schema, text, today=today)
        return filled
    stated: dict[str, Any] = fill({"type": "object"}, text, today=today)
    return stated or {"answer": text}
