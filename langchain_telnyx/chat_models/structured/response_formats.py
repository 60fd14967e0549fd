"""A JSON schema for the answer, said in the dialects of servers that do not know `json_schema`.

Callers ask in the newest dialect, `response_format` of type `json_schema`. `in_format` says the same
in an older one, and `RestoringDecoder` and `restore_content` bring the answer into the form of the newest, so that
nobody has to know which was spoken.
"""

import json
from collections.abc import Mapping
from typing import Any

from langchain_telnyx._shared.capabilities import Dialect
from langchain_telnyx.chat_models.repair.arguments import compact_json
from langchain_telnyx.chat_models.repair.json_only import after_thinking
from langchain_telnyx.chat_models.structured.extraction import NO_JSON, json_in
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.protocols import Decoder

# In the order in which they are tried, the surest first.
SCHEMA_FORMATS: tuple[Dialect, ...] = (
    "json_schema",
    "guided_json",
    "function_calling",
    "json_object",
)
# Servers that do not know these do not refuse them, they answer in prose.
MAY_BE_IGNORED = frozenset({"json_schema", "guided_json"})


def requested_schema(request: JSON) -> JSON | None:
    """Return the named schema that the answer is to fit, if there is one."""
    form = request.get("response_format")
    if isinstance(form, Mapping) and form.get("type") == "json_schema":
        named: JSON | None = form.get("json_schema")
        return named
    return None


def in_format(request: JSON, named: JSON, dialect: Dialect) -> tuple[JSON, str | None]:
    """Say a request in another dialect.

    Args:
        request: The request, in the newest dialect.
        named: Its schema: see `requested_schema`.
        dialect: The dialect to say it in.

    Returns:
        The request, and the name of the function whose arguments are to be the answer, if any.
    """
    schema = named.get("schema") or {"type": "object"}
    rest = {name: value for name, value in request.items() if name != "response_format"}
    match dialect:
        case "json_schema":
            return request, None
        case "guided_json":
            return {**rest, "guided_json": schema}, None
        case "function_calling":
            return _as_function(rest, named, schema)
        case "json_object":
            told = {**rest, "response_format": {"type": "json_object"}}
            return {**told, "messages": _instructed(request["messages"], named, schema)}, None


def formats_for(request: JSON, *, streams: bool, proven: Dialect | None) -> tuple[Dialect, ...]:
    """Return the dialects in which a request can be said.

    Args:
        request: The request.
        streams: Whether its answer is streamed, and so cannot be looked at before it is given out.
        proven: The dialect that the server is known to honour.
    """
    left_out = {"guided_json"}
    # Guided decoding leaves the model no way to call a tool.
    if not request.get("tools") and (not streams or proven == "guided_json"):
        left_out.clear()
    return tuple(dialect for dialect in SCHEMA_FORMATS if dialect not in left_out)


def follows_schema(body: JSON) -> bool | None:
    """Tell whether an answer is JSON as was asked; `None` where it allows no judgement."""
    for choice in body.get("choices") or ():
        message = choice.get("message") or {}
        content = message.get("content")
        if not content or message.get("tool_calls") or choice.get("finish_reason") != "stop":
            return None
        return json_in(after_thinking(content), amid_prose=False) is not NO_JSON
    return None


def restore_content(body: JSON, function: str) -> JSON:
    """Make content of the arguments with which a function was called, in a whole answer."""
    if (events := getattr(body, "events", None)) is not None:  # of the Responses API
        restoring = ContentRestorer(function)
        for event in events:
            restoring.restored(event)
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
    """Makes content of the arguments with which a function is called, chunk by chunk.

    Args:
        function: The function's name.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._ours: set[int] = set()
        self._others = False
        self._last = 0

    def restored(self, event: JSON) -> JSON:
        """Return a chunk with content for the arguments; it is changed."""
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or choice.get("message") or {}
            if calls := [call for call in delta.get("tool_calls") or () if call]:
                ours = [call for call in calls if self._is_ours(call)]
                others = [call for call in calls if call not in ours]
                said = "".join(_arguments(call) for call in ours)
                delta["content"] = (delta.get("content") or "") + said
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
    """Makes content of the arguments with which a function is called, in a stream; a `Decoder`.

    Args:
        decoder: What reads the stream.
        function: The function's name.
    """

    def __init__(self, decoder: Decoder[JSON], function: str) -> None:
        super().__init__(function)
        self._decoder = decoder

    @property
    def failure(self) -> Exception | None:
        """Why reading must end."""
        return self._decoder.failure

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""
        return self._decoder.complete

    @property
    def done(self) -> bool:
        """Whether nothing more can come."""
        return self._decoder.done

    def feed(self, data: bytes) -> list[JSON]:
        """Return the chunks that `data` completes."""
        return [self.restored(event) for event in self._decoder.feed(data)]

    def end(self) -> list[JSON]:
        """Return what is left at the end of the body."""
        return [self.restored(event) for event in self._decoder.end()]


def _arguments(call: JSON) -> str:
    arguments = _function_of(call).get("arguments")
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else compact_json(arguments)


def _function_of(call: Any) -> Mapping[str, Any]:
    """Return the function of a call; none where the server sent something else."""
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
        "description": named.get("description") or "Give the answer, in this form.",
        "parameters": {"type": "object", **schema},
    }
    if named.get("strict") is not None:
        function["strict"] = named["strict"]
    tools.append({"type": "function", "function": function})
    return {**rest, "tools": tools, "tool_choice": "required"}, name


def _instructed(messages: list[JSON], named: JSON, schema: JSON) -> list[JSON]:
    about = f" {named['description']}" if named.get("description") else ""
    instruction = (
        f"Answer with one JSON value and nothing else: no prose, no code fence. It must fit this "
        f"JSON schema.{about}\n{json.dumps(schema, ensure_ascii=False)}"
    )
    # Engines want one system message, at the beginning.
    if messages and messages[0]["role"] == "system" and isinstance(messages[0]["content"], str):
        first = {**messages[0], "content": f"{messages[0]['content']}\n\n{instruction}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": instruction}, *messages]
