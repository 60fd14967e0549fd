"""Fields of an answer that LangChain's messages have no place for, in `response_metadata["raw"]`.

It contains `usage` as the server sent it, and the unused fields of the `answer`, the `choice`, the
`message`, and its `tool_calls` by id. It is the same for complete and for streamed answers.
"""

from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.redaction import NO_REDACTION, Redactor

# `object` only distinguishes complete answers from chunks.
_ANSWER = frozenset(
    {"choices", "usage", "id", "model", "system_fingerprint", "service_tier", "region", "object"}
)
_CHOICE = frozenset({"index", "message", "delta", "text", "finish_reason", "logprobs", "usage"})
_MESSAGE = frozenset(
    {
        "role", "content", "tool_calls", "function_call", "refusal", "annotations", "audio",
        "images", "reasoning", "reasoning_content",
    }
)  # fmt: skip
_CALL = frozenset({"id", "type", "index", "function", "name", "arguments"})
_FUNCTION = frozenset({"name", "arguments"})


_COUNTS = frozenset(
    {
        "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
        "completion_tokens_details", "cached_tokens", "reasoning_tokens", "audio_tokens",
        "accepted_prediction_tokens", "rejected_prediction_tokens",
    }
)  # fmt: skip


class RawFields:
    """The unused fields of one answer.

    Args:
        hides: Redacts the API key, which a gateway may repeat, because metadata is traced.
    """

    __slots__ = ("_hides", "_keys", "_of_calls", "_parts", "usage")

    def __init__(self, hides: Redactor = NO_REDACTION) -> None:
        self._hides = hides
        self._keys: dict[Any, str] = {}
        self._parts: dict[str, JSON] = {}
        self._of_calls: dict[str, JSON] = {}
        self.usage: JSON | None = None

    def answer(self, body: JSON) -> None:
        """Add the fields of an answer, or of an event."""
        if not _ANSWER.issuperset(body):
            self._add("answer", body, _ANSWER)

    def choice(self, choice: JSON) -> None:
        """Add the fields of a choice."""
        if not _CHOICE.issuperset(choice):
            self._add("choice", choice, _CHOICE)
        finish = choice.get("finish_reason")
        if isinstance(finish, dict):
            self._parts.setdefault("choice", {})["finish_reason"] = finish

    def message(self, message: JSON) -> None:
        """Add the fields of a message, or of a delta, and of its calls."""
        if not _MESSAGE.issuperset(message):
            self._add("message", message, _MESSAGE, joins=True)
        first, second = message.get("reasoning_content"), message.get("reasoning")
        if first and second and first != second:
            self._add("message", {"reasoning": second}, frozenset(), joins=True)
        calls = message.get("tool_calls")
        if calls and isinstance(calls, list):
            self.calls(calls)

    def put(self, part: str, name: str, value: Any) -> None:
        """Add a field."""
        self._parts.setdefault(part, {})[name] = value

    def metadata(self) -> JSON:
        """Return the fields under `raw`; an empty dict if there are none."""
        found: JSON = {}
        if usage := self.usage:
            # Token counts cannot contain the API key.
            found["usage"] = usage if _is_counts(usage) else self._hides.value(usage)
        for part, fields in self._parts.items():
            if fields:
                found[part] = self._hides.value(fields)
        if self._of_calls:
            found["tool_calls"] = self._hides.value(self._of_calls)
        return {"raw": found} if found else {}

    def calls(self, calls: list[Any]) -> None:
        """Add the fields of calls, or of pieces of calls."""
        for position, call in enumerate(calls):
            if not isinstance(call, dict):
                if call is not None:
                    self._merge(self._of_calls, str(position), {"value": call}, joins=False)
                continue
            function = call.get("function")
            if function is None and call.get("type") not in (None, "function"):
                continue  # a server-side tool, which is in `server_tool_calls`
            about: JSON = {}
            if not _CALL.issuperset(call):
                about = {n: call[n] for n in call.keys() - _CALL if call[n] is not None}
            if isinstance(function, dict) and not _FUNCTION.issuperset(function):
                about["function"] = {n: function[n] for n in function.keys() - _FUNCTION}
            index = call.get("index", position)
            if call.get("id") and isinstance(index, int):
                self._keys[index] = str(call["id"])
            if about:
                key = str(call.get("id") or self._keys.get(index) or index)
                self._merge(self._of_calls, key, about, joins=False)

    def _add(self, part: str, fields: JSON, known: frozenset[str], *, joins: bool = False) -> None:
        held = self._parts.setdefault(part, {})
        for name, value in fields.items():
            if name not in known and value is not None:
                self._merge(held, name, value, joins=joins)

    def _merge(self, held: JSON, name: str, value: Any, *, joins: bool) -> None:
        """Merge a value with the previous one: pieces of text and of lists are concatenated."""
        before = held.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            for key, inner in value.items():
                if inner is not None:
                    self._merge(before, key, inner, joins=joins)
        elif joins and isinstance(before, list) and isinstance(value, list):
            before.extend(value)
        elif joins and isinstance(before, str) and isinstance(value, str) and before != value:
            held[name] = before + value
        elif isinstance(value, dict):
            held[name] = {key: inner for key, inner in value.items() if inner is not None}
        else:
            held[name] = list(value) if isinstance(value, list) else value


def _is_counts(value: Any) -> bool:
    """Return whether a value has numbers only, under common names."""
    if not isinstance(value, dict):
        return value is None or isinstance(value, int | float)
    return _COUNTS.issuperset(value) and all(map(_is_counts, value.values()))
