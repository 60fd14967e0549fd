"""Conversion of a request for a chat completion to one for a response, without I/O."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError

# Fields without an equivalent that change the answer.
_SEVERAL = ("best_of", "use_beam_search", "length_penalty", "early_stopping")
_LOGPROBS = "message.output_text.logprobs"
# Fields of chat streams: a response always contains token counts.
_LEFT_OUT = ("stream_options", "n")


def to_responses(request: JSON) -> JSON:
    """Convert the fields of a request.

    Args:
        request: The body of a request for a chat completion.

    Raises:
        ConfigurationError: A field has no equivalent in the API.
    """
    check(request)
    fields = {name: value for name, value in request.items() if name not in _LEFT_OUT}
    for name in ("max_tokens", "max_completion_tokens"):
        if name in fields:
            fields["max_output_tokens"] = fields.pop(name)
    _reason(fields)
    _form(fields)
    if fields.pop("logprobs", None):
        fields["include"] = [*dict.fromkeys([*(fields.get("include") or ()), _LOGPROBS])]
    if tools := fields.get("tools"):
        fields["tools"] = [_tool(tool) for tool in tools]
    wires: Sequence[JSON] = fields.pop("messages")
    if not fields.get("instructions") and len(wires) > 1 and _is_instruction(wires[0]):
        fields["instructions"] = wires[0]["content"]
        wires = wires[1:]
    fields["input"] = [item for at, wire in enumerate(wires) for item in _items(at, wire)]
    return fields


def name_schema(request: JSON) -> None:
    """Replace `guided_json`, which the API lacks, by the response format, which has fallbacks.

    Args:
        request: The body of a request for a chat completion, which is changed.
    """
    if request.get("guided_json") is None or request.get("response_format") is not None:
        return
    named = {"name": "answer", "schema": request.pop("guided_json")}
    request["response_format"] = {"type": "json_schema", "json_schema": named}


def check(request: Mapping[str, Any]) -> None:
    """Check that a request can be converted.

    Raises:
        ConfigurationError: A field has no equivalent in the API.
    """
    several = [name for name in _SEVERAL if request.get(name)]
    if (request.get("n") or 1) > 1:
        several.insert(0, "n")
    if several:
        raise ConfigurationError(
            f"The Responses API returns one answer and has no `{several[0]}`: remove it, or use "
            f"`use_responses_api=False`."
        )
    if request.get("conversation") and request.get("previous_response_id"):
        raise ConfigurationError(
            "A turn continues a `conversation` or a `previous_response_id`: pass one of them."
        )


def _is_instruction(wire: JSON) -> bool:
    return wire["role"] == "system" and isinstance(wire["content"], str) and bool(wire["content"])


def _reason(fields: JSON) -> None:
    """Convert the reasoning options; `enable_thinking=True` has no equivalent and stays."""
    effort = fields.pop("reasoning_effort", None)
    if fields.get("enable_thinking") is False:
        del fields["enable_thinking"]
        effort = effort or "none"
    if effort is not None:
        fields["reasoning"] = {"effort": effort, **(fields.get("reasoning") or {})}


def _form(fields: JSON) -> None:
    """Convert the response format."""
    text: JSON = dict(fields.pop("text", None) or {})
    if (form := fields.pop("response_format", None)) is not None:
        named = form.get("json_schema") if form.get("type") == "json_schema" else None
        text["format"] = {"type": form["type"], **named} if named else form
    if (schema := fields.pop("guided_json", None)) is not None:
        text["format"] = {"type": "json_schema", "name": "answer", "schema": schema}
    if (verbosity := fields.pop("verbosity", None)) is not None:
        text["verbosity"] = verbosity
    if text:
        fields["text"] = text


def _tool(tool: JSON) -> JSON:
    """Flatten a function by one level; other tools have the same format in both APIs."""
    if tool.get("type") != "function" or "function" not in tool:
        return tool
    # Without these, OpenAI's format means a strict function.
    return {
        "type": "function",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
        **tool["function"],
    }


def _items(at: int, wire: JSON) -> Iterable[JSON]:
    """Yield the items of a chat message; its `name` has no equivalent."""
    role, content = wire["role"], wire["content"]
    if role == "tool":
        yield {"type": "function_call_output", "call_id": wire["tool_call_id"], "output": content}
        return
    if role != "assistant":
        parts = content if isinstance(content, str) else [_part(part) for part in content]
        yield {"role": role, "content": parts}
        return
    if thought := wire.get("reasoning_content") or wire.get("reasoning"):
        held = [{"type": "reasoning_text", "text": thought}]
        yield {"type": "reasoning", "id": f"rs_{at}", "summary": [], "content": held}
    if content or not wire.get("tool_calls"):
        yield {"role": role, "content": content}
    for call in wire.get("tool_calls") or ():
        function = call["function"]
        yield {
            "type": "function_call",
            "call_id": call["id"],
            "name": function["name"],
            "arguments": function["arguments"],
        }


def _part(part: JSON) -> JSON:
    match part:
        case {"type": "text", "text": text}:
            return {"type": "input_text", "text": text}
        case {"type": "image_url", "image_url": {"url": url, **about}}:
            detail = about.get("detail") or "auto"
            return {"type": "input_image", "image_url": url, "detail": detail}
        case {"type": "image_url", "image_url": url}:
            return {"type": "input_image", "image_url": url, "detail": "auto"}
        case {"type": "audio_url", "audio_url": {"url": str() as url}} if url.startswith("data:"):
            head, _, data = url.removeprefix("data:").partition(",")
            kind = head.partition(";")[0].rpartition("/")[2].removeprefix("x-")
            form = {"mpeg": "mp3", "wave": "wav"}.get(kind, kind)
            return {"type": "input_audio", "input_audio": {"data": data, "format": form}}
    return part  # the URL of audio, which OpenAI's format does not have
