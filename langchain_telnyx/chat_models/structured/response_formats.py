"""Formats of a request for a JSON schema, as fallbacks for servers without `json_schema`.

A request has the newest format, `response_format` of type `json_schema`. `in_format` converts it to
an older one. `RestoringDecoder` and `restore_content` convert the answer back, so that it looks the
same in all formats.
"""

import json
from collections.abc import Mapping
from typing import Any

from langchain_telnyx._shared.capabilities import SchemaFormat
from langchain_telnyx.chat_models.repair.arguments import compact_json
from langchain_telnyx.chat_models.repair.json_only import after_thinking
from langchain_telnyx.chat_models.repair.offered_tools import OfferedTools
from langchain_telnyx.chat_models.repair.whole_texts import read_text
from langchain_telnyx.chat_models.structured.extraction import NO_JSON, json_in
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.protocols import Decoder

# In the order of the attempts.
SCHEMA_FORMATS: tuple[SchemaFormat, ...] = (
    "json_schema",
    "guided_json",
    "function_calling",
    "json_object",
)
# Servers without support for these ignore them and answer in prose.
MAY_BE_IGNORED = frozenset({"json_schema", "guided_json"})


def requested_schema(request: JSON) -> JSON | None:
    """Return the `json_schema` object of a request's response format, if present."""
    form = request.get("response_format")
    if isinstance(form, Mapping) and form.get("type") == "json_schema":
        named: JSON | None = form.get("json_schema")
        return named
    return None


def in_format(request: JSON, named: JSON, schema_format: SchemaFormat) -> tuple[JSON, str | None]:
    """Convert a request to another format.

    Args:
        request: The request, in the newest format.
        named: Its `json_schema` object: see `requested_schema`.
        schema_format: The format.

    Returns:
        The request, and the name of the function whose arguments are the answer, if any.
    """
    schema = named.get("schema") or {"type": "object"}
    rest = {name: value for name, value in request.items() if name != "response_format"}
    match schema_format:
        case "json_schema":
            return request, None
        case "guided_json":
            return {**rest, "guided_json": schema}, None
        case "function_calling":
            return _as_function(rest, named, schema)
        case "json_object":
            with_type = {**rest, "response_format": {"type": "json_object"}}
            return {**with_type, "messages": _instructed(request["messages"], named, schema)}, None


def formats_for(
    request: JSON, *, streams: bool, proven: SchemaFormat | None
) -> tuple[SchemaFormat, ...]:
    """Return the formats that a request supports.

    Args:
        request: The request.
        streams: Whether the answer is streamed, so that it cannot be checked first.
        proven: The format that the server has followed before.
    """
    left_out = {"guided_json"}
    # With guided decoding, the model cannot call tools.
    if not request.get("tools") and (not streams or proven == "guided_json"):
        left_out.clear()
    return tuple(each for each in SCHEMA_FORMATS if each not in left_out)


def follows_schema(body: JSON, request: JSON) -> bool | None:
    """Return whether an answer is JSON; `None` if that cannot be determined.

    Args:
        body: The answer.
        request: Its request, whose tools may be called in the markup of the text.
    """
    for choice in body.get("choices") or ():
        message = choice.get("message") or {}
        content = message.get("content")
        if not content or message.get("tool_calls") or choice.get("finish_reason") != "stop":
            return None
        found = read_text(content, OfferedTools.from_request(request))
        if found.calls:
            return None
        return json_in(after_thinking(found.text), amid_prose=False) is not NO_JSON
    return None


def restore_content(body: JSON, function: str) -> JSON:
    """Move the arguments of a function's call to the content of a complete answer."""
    if (events := getattr(body, "events", None)) is not None:  # of the Responses API
        restorer = ContentRestorer(function)
        for event in events:
            restorer.restore(event)
    for choice in body.get("choices") or ():
        message = choice.get("message") or {}
        calls = [call for call in message.get("tool_calls") or () if call]
        ours = [call for call in calls if _function_of(call).get("name") == function]
        if ours:
            others = [call for call in calls if call not in ours]
            arguments = _function_of(ours[0]).get("arguments")
            message["content"] = (
                arguments if isinstance(arguments, str) else compact_json(arguments)
            )
            message["tool_calls"] = others
            if not others and choice.get("finish_reason") == "tool_calls":
                choice["finish_reason"] = "stop"
    return body


class ContentRestorer:
    """Moves the arguments of a function's call to the content, chunk by chunk.

    Args:
        function: The function's name.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._ours: set[int] = set()
        self._others = False
        self._last = 0

    def restore(self, event: JSON) -> JSON:
        """Convert a chunk in place, and return it."""
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or choice.get("message") or {}
            if calls := [call for call in delta.get("tool_calls") or () if call]:
                ours = [call for call in calls if self._is_ours(call)]
                others = [call for call in calls if call not in ours]
                arguments = "".join(_arguments(call) for call in ours)
                delta["content"] = (delta.get("content") or "") + arguments
                delta["tool_calls"] = others
            if choice.get("finish_reason") == "tool_calls" and self._ours and not self._others:
                choice["finish_reason"] = "stop"
        return event

    def _is_ours(self, call: Any) -> bool:
        index = call.get("index") if isinstance(call, Mapping) else None
        self._last = index = self._last if index is None else index
        name = _function_of(call).get("name")
        if name == self._function:
            self._ours.add(index)
        elif name:
            self._ours.discard(index)
            self._others = True
        return index in self._ours


class RestoringDecoder(ContentRestorer):
    """A `Decoder` that moves the arguments of a function's call to the content.

    Args:
        decoder: The decoder of the stream.
        function: The function's name.
    """

    def __init__(self, decoder: Decoder[JSON], function: str) -> None:
        super().__init__(function)
        self._decoder = decoder

    @property
    def failure(self) -> Exception | None:
        """The error that ends the stream, if any."""
        return self._decoder.failure

    @property
    def complete(self) -> bool:
        """Whether the answer is complete."""
        return self._decoder.complete

    @property
    def done(self) -> bool:
        """Whether no more events can follow."""
        return self._decoder.done

    def feed(self, data: bytes) -> list[JSON]:
        """Return the chunks that `data` completes."""
        return [self.restore(event) for event in self._decoder.feed(data)]

    def end(self) -> list[JSON]:
        """Return the remaining chunks at the end of the body."""
        return [self.restore(event) for event in self._decoder.end()]


def _arguments(call: JSON) -> str:
    arguments = _function_of(call).get("arguments")
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else compact_json(arguments)


def _function_of(call: Any) -> Mapping[str, Any]:
    """Return the function of a call; empty if it is malformed."""
    function = call.get("function") if isinstance(call, Mapping) else None
    return function if isinstance(function, Mapping) else {}


def _as_function(rest: JSON, named: JSON, schema: JSON) -> tuple[JSON, str]:
    tools: list[JSON] = list(rest.get("tools") or ())
    if rest.get("tool_choice") == "none":
        tools = []
    taken = {tool["function"]["name"] for tool in tools if tool.get("type") == "function"}
    name = named.get("name") or "answer"
    while name in taken:
        name += "_"
    function: JSON = {
        "name": name,
        "description": named.get("description") or "Return the answer in this format.",
        "parameters": {"type": "object", **schema},
    }
    if named.get("strict") is not None:
        function["strict"] = named["strict"]
    tools.append({"type": "function", "function": function})
    return {**rest, "tools": tools, "tool_choice": "required"}, name


def _instructed(messages: list[JSON], named: JSON, schema: JSON) -> list[JSON]:
    about = f" {named['description']}" if named.get("description") else ""
    instruction = (
        f"Answer with one JSON value only: no prose, no code fence. It must conform to this "
        f"JSON schema.{about}\n{json.dumps(schema, ensure_ascii=False)}"
    )
    # Engines require a single system message, at the beginning.
    if messages and messages[0]["role"] == "system" and isinstance(messages[0]["content"], str):
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{instruction}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": instruction}, *messages]
