"""The tools of a request, and the lookup of names in an answer."""

import re
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.chat_models.repair.markup_parsing import Raw
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

_PREFIX = re.compile(r"^(?:to=)?(?:functions?[./:])?")
_NUMBER = re.compile(r":\d+$")
# Harmony's text after a name, if the engine drops special tokens.
_HARMONY = re.compile(r"(?: ?(?:analysis|commentary|final))?(?: ?(?:json|code))?$")


class OfferedTools:
    """The tools that a request offers to the model.

    Args:
        schemas: The schemas of the functions' parameters, by name; `None` if the request has no
            tools. Then only calls in special tokens count, because models do not use these in
            ordinary text.
        answer: The function whose arguments are the answer, if a schema is sent as a function.
    """

    def __init__(self, schemas: Mapping[str, Any] | None = None, answer: str | None = None) -> None:
        self._schemas = schemas
        self.answer = answer if answer not in (schemas or {}) else None

    @classmethod
    def from_request(cls, request: JSON) -> "OfferedTools":
        """Return the tools of a request."""
        answer = ((request.get("response_format") or {}).get("json_schema") or {}).get("name")
        tools = request.get("tools")
        if not tools:
            return cls(None, answer)
        if request.get("tool_choice") == "none":
            return cls({}, answer)
        functions = [tool.get("function") or {} for tool in tools if isinstance(tool, Mapping)]
        return cls({f["name"]: f.get("parameters") for f in functions if f.get("name")}, answer)

    @property
    def is_known(self) -> bool:
        """Whether the request has tools."""
        return self._schemas is not None

    def lookup(self, name: str, *, in_tokens: bool = False) -> str | None:
        """Return the function of a name in markup, `None` if the request does not offer it.

        Args:
            name: The name in the markup.
            in_tokens: Whether the call is in special tokens.
        """
        *_, plainest = candidates = _candidates(name)
        if self._schemas is None:
            if plainest == self.answer:
                return plainest
            return plainest or None if in_tokens else None
        for candidate in candidates:
            if candidate in self._schemas or candidate == self.answer:
                return candidate
        bare = _HARMONY.sub("", plainest, count=1)
        return bare if bare in self._schemas or (bare and bare == self.answer) else None

    def clean_name(self, name: str) -> str:
        """Return the name of a call without markup."""
        if self._schemas is None:
            return _before_markup(name) or name
        if name in self._schemas:
            return name
        return self.lookup(name) or name

    def typed_arguments(self, name: str, arguments: JSON) -> JSON:
        """Convert the arguments in markup by the function's schema."""
        schema = (self._schemas or {}).get(name)
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        known = properties if isinstance(properties, Mapping) else {}
        return {key: _typed(value, known.get(key)) for key, value in arguments.items()}


class AnyTools(OfferedTools):
    """Tools of any name, to find out which ones a text calls."""

    def lookup(self, name: str, *, in_tokens: bool = False) -> str | None:  # noqa: ARG002 - not needed
        """Return the plainest form of a name in markup."""
        *_, plainest = _candidates(name)
        return _HARMONY.sub("", plainest, count=1) or None


def _candidates(name: str) -> list[str]:
    """Return possible names, the likeliest first, the plainest last."""
    plain = _before_markup(name)
    short = _PREFIX.sub("", plain)
    return list(dict.fromkeys([name.strip(), plain, short, _NUMBER.sub("", short)]))


def _before_markup(name: str) -> str:
    return name.partition("<")[0].strip()


def _typed(value: Any, schema: Any) -> Any:
    if not isinstance(value, Raw):
        return value
    text = str(value)
    kinds = _kinds(schema)
    if "string" in kinds and not (text.strip() == "null" and "null" in kinds):
        return text
    if not kinds:  # no schema: parse only text that looks like JSON
        return _parsed(text, text) if text.lstrip()[:1] in ("{", "[") else text
    if "boolean" in kinds and text.strip() in {"True", "False"}:
        return text.strip() == "True"
    return _parsed(text, text)


def _kinds(schema: Any) -> set[str]:
    """Return the types that a schema allows explicitly."""
    if not isinstance(schema, Mapping):
        return set()
    kind = schema.get("type")
    found: set[str] = {kind} if isinstance(kind, str) else set(kind or ())
    for name in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(name) or ():
            found |= _kinds(option)
    if "$ref" in schema:
        found.add("object")
    values = schema.get("enum")
    if not found and values and all(isinstance(value, str) for value in values):
        found.add("string")
    return found


def _parsed(text: str, default: Any) -> Any:
    try:
        return loads(text, strict=False)
    except (ValueError, RecursionError):
        return default
