"""The client's method for each recorded request, and the fields of a response that it returns."""

from __future__ import annotations

import functools
import io
import json
import re
import wave
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from langchain_telnyx.client.call import Call, Reply
from langchain_telnyx.client.multipart import FilePart, Multipart, encode_multipart

if TYPE_CHECKING:
    from tests.cassettes.cassettes import Cassette

Method: TypeAlias = Callable[..., Any]

# Fields around a result, which describe the response and not the result.
_ENVELOPE = {"object", "meta"}


def _silence() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(16000))
    return written.getvalue()


SPEECH = _silence()
"""A recording, which stands for every recorded one: cassettes have no files."""


def _chat(telnyx: Any, cassette: Cassette, steps: Sequence[str]) -> Any:
    del steps
    fields = dict(cassette.json)
    messages = fields.pop("messages")
    stream = fields.pop("stream", False)
    return (telnyx.chat.stream if stream else telnyx.chat.create)(messages, **_known(fields))


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields as arguments: those of probes that are unknown go into `extra_body`."""
    unknown = {name: fields.pop(name) for name in [*fields] if name.startswith("lct_")}
    return {**fields, **({"extra_body": unknown} if unknown else {})}


def _responses(telnyx: Any, cassette: Cassette, steps: Sequence[str]) -> Any:
    del steps
    fields = dict(cassette.json)
    content = fields.pop("input")
    stream = fields.pop("stream", False)
    return (telnyx.responses.stream if stream else telnyx.responses.create)(content, **fields)


def _with(name: str, *positional: str) -> Method:
    """Return a method that gets the JSON body's fields, some of them by position."""

    def call(telnyx: Any, cassette: Cassette, steps: Sequence[str]) -> Any:
        fields = dict(cassette.json or {})
        first = [fields.pop(each) for each in positional]
        area, method = name.split(".")
        return getattr(getattr(telnyx, area), method)(*steps, *first, **fields)

    return call


def _put(telnyx: Any, cassette: Cassette, steps: Sequence[str]) -> Any:
    headers = cassette.entry["request"].get("headers", {})
    body = bytes(cassette.entry["request"].get("bytes", 0))
    return telnyx.storage.put_object(*steps, body, content_type=headers.get("content-type"))


def _transcribe(telnyx: Any, cassette: Cassette, steps: Sequence[str]) -> Any:
    del steps
    request = cassette.entry["request"]
    fields: dict[str, Any] = {}
    for name, value in request["form"]:
        if name.endswith("[]"):
            fields.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            fields[name] = json.loads(value) if name == "model_config" else value
    files = [SPEECH for _ in request.get("files", [])]
    named = {"filename": request["files"][0][1]} if files else {}
    return telnyx.audio.transcribe(*files, **fields, **named)


_STEP = "([^/]+)"
_METHODS: tuple[tuple[str, str, str, Method], ...] = (
    ("api", "POST", "/ai/openai/chat/completions", _chat),
    ("api", "GET", "/ai/openai/models", _with("models.list")),
    ("api", "GET", "/ai/models", _with("models.list_deprecated")),
    ("api", "POST", "/ai/openai/embeddings", _with("text_embeddings.create", "input")),
    ("api", "POST", "/ai/openai/responses", _responses),
    ("api", "POST", "/ai/embeddings", _with("bucket_embeddings.embed", "bucket_name")),
    (
        "api",
        "POST",
        "/ai/embeddings/similarity-search",
        _with("bucket_embeddings.similarity_search", "bucket_name", "query"),
    ),
    ("api", "GET", f"/ai/embeddings/buckets/{_STEP}", _with("bucket_embeddings.files")),
    ("api", "DELETE", f"/ai/embeddings/buckets/{_STEP}", _with("bucket_embeddings.disable")),
    ("api", "GET", "/ai/embeddings/buckets", _with("bucket_embeddings.buckets")),
    ("api", "GET", f"/ai/embeddings/{_STEP}", _with("bucket_embeddings.task")),
    ("api", "POST", "/ai/audio/transcriptions", _transcribe),
    ("api", "POST", "/ai/summarize", _with("summaries.create", "bucket", "filename")),
    ("api", "POST", "/ai/conversations", _with("conversations.create")),
    ("api", "GET", f"/ai/conversations/{_STEP}", _with("conversations.get")),
    ("api", "DELETE", f"/ai/conversations/{_STEP}", _with("conversations.delete")),
    (
        "api",
        "GET",
        f"/ai/conversations/{_STEP}/conversations-insights",
        _with("conversations.insights"),
    ),
    (
        "api",
        "POST",
        f"/ai/conversations/{_STEP}/message",
        _with("conversations.add_message", "role", "content"),
    ),
    ("api", "POST", "/ai/conversations/insights", _with("insights.create", "name")),
    ("api", "POST", "/ai/conversations/insight-groups", _with("insight_groups.create", "name")),
    (
        "api",
        "POST",
        f"/storage/buckets/{_STEP}/{_STEP}/presigned_url",
        _with("storage.presigned_url"),
    ),
    ("storage", "PUT", f"/{_STEP}/(.+)", _put),
    ("storage", "DELETE", f"/{_STEP}/(.+)", _with("storage.delete_object")),
)


def method_of(cassette: Cassette) -> Callable[[Any], Any] | None:
    """Return the method that sends a recorded request; `None` for a request that no method sends.

    Those are requests without a key, to another region, with a form that the client does not
    send, that the client corrects, and of endpoints that the table lacks. `raw` sends them.
    """
    request = cassette.entry["request"]
    if request.get("authenticated") is False or "region" in request or _is_corrected(cassette):
        return None
    for host, verb, pattern, method in _METHODS:
        found = re.fullmatch(pattern, cassette.path)
        if found and (host, verb) == (cassette.host, cassette.method):
            steps = [unquote(step) for step in found.groups()]
            return functools.partial(method, cassette=cassette, steps=steps)
    return None


def _is_corrected(cassette: Cassette) -> bool:
    """Return whether the client corrects the request before it sends it."""
    form = [name for name, _ in cassette.entry["request"].get("form", [])]
    fields = cassette.json if isinstance(cassette.json, dict) else {}
    schema = fields.get("json_schema", {"additionalProperties": False})
    return "timestamp_granularities" in form or "additionalProperties" not in schema


def raw(cassette: Cassette, path: str | None = None) -> Call[Reply]:
    """Return a recorded request as a call that returns the response as it is.

    Args:
        cassette: The exchange.
        path: Another path, with ids that exist.
    """
    request = cassette.entry["request"]
    body: bytes | None = bytes(request["bytes"]) if "bytes" in request else None
    headers = dict(request.get("headers", {}))
    if "form" in request:
        headers["content-type"], pieces = encode_multipart(
            Multipart(
                [(name, value) for name, value in request["form"]],
                [FilePart(name, filename, SPEECH) for name, filename in request.get("files", [])],
            )
        )
        body = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    return Call(
        cassette.method,
        path or cassette.path,
        lambda reply: reply,
        query=tuple(cassette.query),
        json=cassette.json,
        body=body,
        headers=headers,
        host="storage" if cassette.host == "storage" else "api",
        region=request.get("region"),
        max_retries=0,
    )


def lost(body: Any, result: Any) -> list[str]:
    """Return the JSON pointers of the fields of a body that a result does not have.

    The result is the body, or what the body wraps in `data` or `content`.
    """
    tries = []
    for name in ("data", "content"):
        if isinstance(body, dict) and name in body:
            around = [f"/{each}" for each in body if each not in {name, *_ENVELOPE}]
            tries.append([*around, *_lost(body[name], result, f"/{name}")])
    return min([*tries, _lost(body, result, "")], key=len)


def _lost(recorded: Any, result: Any, place: str) -> list[str]:
    if isinstance(recorded, dict):
        fields = _fields(result)
        if fields is None:
            return [place or "/"]
        found = []
        for name, value in recorded.items():
            inner = f"{place}/{name}"
            found += _lost(value, fields[name], inner) if name in fields else [inner]
        return found
    if isinstance(recorded, list):
        if not isinstance(result, Sequence) or isinstance(result, str):
            return [place or "/"]
        rows: list[Any] = list(result)
        for row in getattr(result, "unreadable", []):
            rows.insert(row.position, row.raw)
        if len(rows) != len(recorded):
            return [f"{place}: {len(recorded)} elements, {len(rows)} in the result"]
        return [
            each
            for at, value in enumerate(recorded)
            for each in _lost(value, rows[at], f"{place}/{at}")
        ]
    return [] if _is_same(recorded, result) else [f"{place}: {recorded!r} became {result!r}"]


def _fields(result: Any) -> Mapping[str, Any] | None:
    if isinstance(result, Mapping):
        return result
    kind = type(result)
    if not hasattr(kind, "model_fields"):
        return None
    names = {field.alias or name: name for name, field in kind.model_fields.items()}
    named = {alias: getattr(result, name) for alias, name in names.items()}
    return {**named, **(result.model_extra or {}), **result.unreadable_fields}


def _is_same(recorded: Any, result: Any) -> bool:
    if isinstance(result, datetime):
        if isinstance(recorded, str):
            time = datetime.fromisoformat(recorded)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)) == (
                result if result.tzinfo else result.replace(tzinfo=UTC)
            )
        return bool(recorded == result.timestamp())
    return bool(recorded == result) or str(recorded) == str(result)
