"""Normalization of blocks without a `type`, or with another library's field names.

In Bedrock's Converse API and Gemini, the only key of a block is its type; MCP uses camel case.
"""

from collections.abc import Callable, Mapping
from typing import Any

from langchain_telnyx.client.call import JSON

_MIME_TYPES = {
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "webp": "image/webp",
}


def typed(block: Mapping[str, Any]) -> JSON:
    """Return a block with a `type` and LangChain's field names; the type is `""` if unknown."""
    kind = block.get("type")
    if not isinstance(kind, str) or not kind:
        named = next((name for name in _BY_KEY if name in block), None)
        if named is None:
            return {**block, "type": ""}
        return _BY_KEY[named](block[named], block)
    if kind in _BY_TYPE:
        return _BY_TYPE[kind](block)
    if "mimeType" in block and "mime_type" not in block:  # MCP
        return {**block, "mime_type": block["mimeType"]}
    return block if isinstance(block, dict) else dict(block)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(held: Mapping[str, Any], *names: str) -> Any:
    return next((held[name] for name in names if held.get(name) is not None), None)


def _text(text: Any, block: Mapping[str, Any]) -> JSON:
    if block.get("thought") is True:  # Gemini's reasoning has the fields of text
        return {"type": "thinking", "thinking": text}
    return {"type": "text", "text": text}


def _tool_use(held: Any, _: Mapping[str, Any]) -> JSON:
    call = _mapping(held)
    return {
        "type": "tool_use",
        "id": _first(call, "toolUseId", "id"),
        "name": call.get("name"),
        "input": _first(call, "input", "args", "arguments"),
    }


def _tool_result(held: Any, _: Mapping[str, Any]) -> JSON:
    result = _mapping(held)
    return {
        "type": "tool_result",
        "tool_use_id": _first(result, "toolUseId", "id", "name"),
        "content": _first(result, "content", "response"),
        "is_error": result.get("status") == "error",
    }


def _converse_file(kind: str) -> Callable[[Any, Mapping[str, Any]], JSON]:
    def read(held: Any, _: Mapping[str, Any]) -> JSON:
        file = _mapping(held)
        source = _mapping(file.get("source"))
        fields: JSON = {"type": kind, "mime_type": _MIME_TYPES.get(str(file.get("format")), "")}
        if isinstance(source.get("text"), str):
            return {**fields, "type": "text-plain", "text": source["text"]}
        if isinstance(source.get("content"), list):
            return {**fields, "type": "document", "source": source}
        location = _mapping(source.get("s3Location"))
        return {**fields, "data": source.get("bytes"), "url": location.get("uri")}

    return read


def _media(held: Any, _: Mapping[str, Any]) -> JSON:
    return _media_file(_mapping(held))


def _named(kind: str) -> Callable[[Any, Mapping[str, Any]], JSON]:
    return lambda held, _: {"type": kind, kind: held}


_BY_KEY: dict[str, Callable[[Any, Mapping[str, Any]], JSON]] = {
    # Bedrock's Converse API
    "toolUse": _tool_use,
    "toolResult": _tool_result,
    "reasoningContent": _named("reasoning_content"),
    "guardContent": _named("guard_content"),
    "cachePoint": _named("cache_point"),
    "searchResult": lambda held, _: {**_mapping(held), "type": "search_result"},
    "document": _converse_file("file"),
    "image": _converse_file("image"),
    "audio": _converse_file("audio"),
    "video": _converse_file("video"),
    "json": _named("json"),
    # Gemini
    "function_call": _tool_use,
    "functionCall": _tool_use,
    "function_response": _tool_result,
    "functionResponse": _tool_result,
    "inline_data": _media,
    "inlineData": _media,
    "file_data": _media,
    "fileData": _media,
    "executable_code": _named("executable_code"),
    "executableCode": _named("executable_code"),
    "code_execution_result": _named("code_execution_result"),
    "codeExecutionResult": _named("code_execution_result"),
    # Both; last, because it may occur with others
    "text": _text,
}


def _media_file(block: Mapping[str, Any]) -> JSON:
    """Convert Gemini's `media`, and the data of its parts."""
    return {
        "type": "media",
        "mime_type": _first(block, "mime_type", "mimeType") or "",
        "data": block.get("data"),
        "url": _first(block, "file_uri", "fileUri", "url"),
    }


def _input_image(block: Mapping[str, Any]) -> JSON:
    """Convert OpenAI's images of the Responses API, whose URL is a string."""
    return {**block, "type": "input_image", "url": _address(block.get("image_url"))}


def _input_file(block: Mapping[str, Any]) -> JSON:
    """Convert OpenAI's files of the Responses API."""
    data = str(block.get("file_data") or "")
    content = {"url": data} if data.startswith("data:") else {"base64": data}
    return {**block, **content, **({} if data else {"url": block.get("file_url")})}


def _address(held: Any) -> Any:
    return held.get("url") if isinstance(held, Mapping) else held


_BY_TYPE: dict[str, Callable[[Mapping[str, Any]], JSON]] = {
    "media": _media_file,
    "input_image": _input_image,
    "computer_screenshot": _input_image,
    "input_file": _input_file,
}
