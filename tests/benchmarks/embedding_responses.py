"""The embedding responses of the benchmark server: prepared bytes."""

from __future__ import annotations

import base64
import json
import struct
from functools import cache

from chat_responses import framed_reply

DIMENSIONS = 1024
# The number of different vectors; a wrong order is detected.
KINDS = 8


def vector(index: int) -> list[float]:
    """The vector at an index; its numbers are exact in 32 bits and in decimal digits."""
    kind = index % KINDS
    numbers = [((kind * 31 + place * 17) % 2001 - 1000) / 1024 for place in range(DIMENSIONS)]
    return [round(number * 2**24) / 2**24 for number in numbers]


def reply(body: bytes) -> bytes:
    """The response to a request, in the requested encoding."""
    request = json.loads(body)
    return _reply(len(request["input"]), request.get("encoding_format") == "base64")


@cache
def _reply(count: int, as_text: bool) -> bytes:  # noqa: FBT001 - a cache's key
    rows = [
        {"object": "embedding", "index": index, "embedding": _embedding(index, as_text=as_text)}
        for index in range(count)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return framed_reply({"object": "list", "data": rows, "model": "m", "usage": usage})


def _embedding(index: int, *, as_text: bool) -> list[float] | str:
    numbers = vector(index)
    if not as_text:
        return numbers
    return base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *numbers)).decode()
