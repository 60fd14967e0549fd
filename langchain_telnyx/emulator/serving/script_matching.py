"""Match scripted answers to requests.

Chat requests have `messages`, requests of the Responses API `input`; both are read from the JSON
body, so that a matcher works with any client.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

JSON = Mapping[str, Any]
_MAX_QUOTED = 200

When: TypeAlias = str | Callable[[dict[str, Any]], object]
"""Text in the last user message, or a predicate on the request body."""


class MatcherError(Exception):
    """A function that a test passed as `when` raised an exception."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as matchers use it.

    Attributes:
        body: Its JSON body.
        messages: The conversation, as chat messages.
        model: Its model.
    """

    body: dict[str, Any]
    messages: Sequence[Any]
    model: str | None

    @classmethod
    def of(
        cls,
        body: Any,
        *,
        messages: Sequence[Any] | None = None,
        model: str | None = None,
    ) -> "RequestView | None":
        """Create a view of a parsed body; None if it is not a JSON object.

        Args:
            body: The body.
            messages: The conversation, if the server has more messages than the body.
            model: The default model, if the body has none.
        """
        if not isinstance(body, dict):
            return None
        named = body.get("model", model)
        return cls(
            body,
            _messages(body) if messages is None else messages,
            named if isinstance(named, str) else model,
        )

    @classmethod
    def read(cls, body: bytes) -> "RequestView | None":
        """Create a view of a raw body; None if it is not a JSON object."""
        try:
            return cls.of(json.loads(body))
        except (ValueError, RecursionError):
            return None

    @property
    def question(self) -> str:
        """The text of the last user message, or an empty string."""
        for message in reversed(self.messages):
            if isinstance(message, Mapping) and message.get("role") == "user":
                return _text(message.get("content"))
        return ""

    @property
    def tools(self) -> set[str]:
        """The names of the tools in the request; the type of tools without a name."""
        return {
            name
            for tool in _mappings(self.body.get("tools"))
            for name in (_function_name(tool) or tool.get("type"),)
            if isinstance(name, str)
        }

    @property
    def results(self) -> set[str]:
        """The names of the tools whose results are the last messages."""
        names = {
            call.get("id"): _function_name(call)
            for message in _mappings(self.messages)
            for call in _mappings(message.get("tool_calls"))
        }
        found: set[str] = set()
        for message in reversed(self.messages):
            if not isinstance(message, Mapping) or message.get("role") != "tool":
                break
            name = names.get(message.get("tool_call_id")) or message.get("name")
            if isinstance(name, str):
                found.add(name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Matches requests; each attribute that is not None must match.

    Attributes:
        when: Text in the last user message, or a function of the JSON body.
        model: The model of the request.
        tool: The name of a tool in the request.
        after_tool: A tool whose result is the last message.
    """

    when: When | None = None
    model: str | None = None
    tool: str | None = None
    after_tool: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or (isinstance(value, str) and value):
                continue
            if field.name == "when" and callable(value):
                if inspect.iscoroutinefunction(value):
                    raise TypeError("`when` is an async function: pass a sync one.")
                continue
            kinds = "text or a function" if field.name == "when" else "a name"
            raise TypeError(f"`{field.name}` is {value!r}: pass {kinds}.")

    def __bool__(self) -> bool:
        """Return whether it has a condition."""
        return any(getattr(self, field.name) is not None for field in fields(self))

    def __str__(self) -> str:
        return ", ".join(
            f"{field.name}={_as_text(value)}"
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        )

    def matches(self, request: RequestView | None) -> bool:
        """Return whether a request matches; one without a JSON body matches only an empty matcher.

        Raises:
            MatcherError: The function of `when` raised.
        """
        return not self.mismatches(request)

    def mismatches(self, request: RequestView | None) -> list[str]:
        """Return why a request does not match: a sentence for each attribute.

        A function of `when` is called only if everything else matches.

        Raises:
            MatcherError: The function of `when` raised.
        """
        if not self:
            return []
        if request is None:
            return ["The request has no JSON body."]
        found: list[str] = []
        if self.model not in {None, request.model}:
            found.append(f"`model` is {request.model!r}, not {self.model!r}.")
        if self.tool is not None and self.tool not in request.tools:
            found.append(f"`tool`: the request has {_listed('tool', request.tools)}.")
        if self.after_tool is not None and self.after_tool not in request.results:
            found.append(
                f"`after_tool`: the request ends with {_listed('result', request.results)}."
            )
        if not isinstance(self.when, str):
            return found or self._call_when(request)
        if self.when not in request.question:
            found.append(f"`when`: the last user message is {_quoted(request.question)}.")
        return found

    def _call_when(self, request: RequestView) -> list[str]:
        if self.when is None or isinstance(self.when, str):
            return []
        try:
            matches = bool(self.when(request.body))
        except Exception as error:
            raise MatcherError(f"The function {self} raised {error!r}.") from error
        return [] if matches else [f"`when`: {_as_text(self.when)} returned no true value."]


def _listed(kind: str, names: set[str]) -> str:
    return f"the {kind}s {', '.join(sorted(names))}" if names else f"no {kind}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…")


def _as_text(value: Any) -> str:
    return repr(value) if isinstance(value, str) else getattr(value, "__qualname__", repr(value))


def _messages(body: JSON) -> list[Any]:
    messages = body.get("messages")
    if isinstance(messages, list):
        return messages
    given = body.get("input", body.get("text"))  # speech has a text
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list):
        return []
    if texts := [
        text for text in given if isinstance(text, str)
    ]:  # the texts of an embeddings request
        return [{"role": "user", "content": "\n".join(texts)}]
    return [_as_message(item) for item in given]


def _as_message(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    if item.get("type") == "function_call":
        called = {"id": item.get("call_id"), "function": {"name": item.get("name")}}
        return {"role": "assistant", "tool_calls": [called]}
    if item.get("type") == "function_call_output":
        return {"role": "tool", "tool_call_id": item.get("call_id")}
    return item


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    texts = (part.get("text") for part in _mappings(content))
    return "\n".join(text for text in texts if isinstance(text, str))


def _function_name(item: JSON) -> Any:
    function = item.get("function")
    return function.get("name") if isinstance(function, Mapping) else item.get("name")


def _mappings(items: Any) -> Iterator[JSON]:
    if isinstance(items, Sequence) and not isinstance(items, str):
        yield from (item for item in items if isinstance(item, Mapping))
