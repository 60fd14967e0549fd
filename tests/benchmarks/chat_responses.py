"""The chat responses of the benchmark server: prepared bytes.

They have the format observed at the chat API: an event of about 200 bytes for each content delta,
then the finish reason, then usage, then `[DONE]`.
"""

import json
from functools import cache

WORD = " pebble"  # one content delta
PIECE = "pebble "  # one delta of a tool call's arguments
MOON = {"name": "Titan", "radius": 2575}  # the structured output
ANSWER = "The quiet harbour keeps its lights on until the last boat is home."  # one whole answer

_MODEL = "moonshotai/Kimi-K2.6"
_USAGE = {"prompt_tokens": 20, "completion_tokens": 1000, "total_tokens": 1020}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _event(choices: list[dict[str, object]], **rest: object) -> bytes:
    chunk = {
        "id": "chatcmpl-0d4ff2a9c7b14c0e8d33",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": _MODEL,
        "choices": choices,
        **rest,
    }
    return b"data: " + _json(chunk) + b"\n\n"


def _delta(delta: dict[str, object], finish_reason: str | None = None) -> bytes:
    return _event([{"index": 0, "delta": delta, "finish_reason": finish_reason}])


def framed(event: bytes) -> bytes:
    """One event as one HTTP chunk, as model servers send them."""
    return b"%x\r\n%s\r\n" % (len(event), event)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
STREAM_OPENING = framed(_delta({"role": "assistant", "content": ""}))
STREAM_DELTA = framed(_delta({"content": WORD}))
STREAM_CLOSING = (
    framed(_delta({}, finish_reason="stop"))
    + framed(_event([], usage=_USAGE))
    + framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


def _call_delta(index: int, **function: str) -> bytes:
    return framed(_delta({"tool_calls": [{"index": index, "function": function}]}))


_CALL_OPENING = framed(
    _delta(
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "index": 0,
                    "id": "call_6f0b2b6c",
                    "type": "function",
                    "function": {"name": "write", "arguments": ""},
                }
            ],
        }
    )
) + _call_delta(0, arguments='{"text": "')
_CALL_DELTA = _call_delta(0, arguments=PIECE)
_CALL_CLOSING = (
    _call_delta(0, arguments='"}')
    + framed(_delta({}, finish_reason="tool_calls"))
    + framed(_event([], usage=_USAGE))
    + framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


@cache
def whole_stream(chunks: int) -> bytes:
    """A stream of `chunks` content deltas, as one byte string."""
    return STREAM_HEAD + STREAM_OPENING + STREAM_DELTA * chunks + STREAM_CLOSING


@cache
def call_stream(chunks: int) -> bytes:
    """A stream of one tool call whose arguments have `chunks` deltas and two more."""
    return STREAM_HEAD + _CALL_OPENING + _CALL_DELTA * chunks + _CALL_CLOSING


def _reply(status: bytes, value: object) -> bytes:
    body = _json(value)
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def framed_reply(value: object) -> bytes:
    """A successful response, as one byte string."""
    return _reply(b"200 OK", value)


def _completion(message: dict[str, object], finish_reason: str) -> bytes:
    return _reply(
        b"200 OK",
        {
            "id": "chatcmpl-0d4ff2a9c7b14c0e8d33",
            "object": "chat.completion",
            "created": 1760000000,
            "model": _MODEL,
            "system_fingerprint": None,  # OpenRouter's SDK requires it
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", **message},
                    "finish_reason": finish_reason,
                }
            ],
            "usage": {"prompt_tokens": 20, "completion_tokens": 16, "total_tokens": 36},
        },
    )


_FUNCTION = {"name": "Moon", "arguments": json.dumps(MOON)}
COMPLETIONS = (
    _completion({"content": ANSWER}, "stop"),
    _completion({"content": json.dumps(MOON)}, "stop"),
    _completion(
        {
            "content": None,
            "tool_calls": [{"id": "call_6f0b2b6c", "type": "function", "function": _FUNCTION}],
        },
        "tool_calls",
    ),
)
NOT_FOUND = _reply(
    b"404 Not Found",
    {"errors": [{"code": "10005", "title": "Resource not found", "detail": "No such path."}]},
)
