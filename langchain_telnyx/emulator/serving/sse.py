"""Chunks as server-sent events, with the faults of a script."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

from langchain_telnyx.emulator.serving.script_items import StreamFault

_DONE = b"data: [DONE]\n\n"
_COMMENT = b": keep-alive\n\n"


async def events(
    chunks: Iterable[dict[str, Any]],
    fault: StreamFault | None,
    *,
    comments: bool,
    ending: bytes = _DONE,
) -> AsyncIterator[bytes]:
    """Yield the body of a stream of chunks.

    Args:
        chunks: The chunks of a completion, or the events of a response.
        fault: The fault of the stream.
        comments: Send a comment line after each event.
        ending: The last event; by default `[DONE]`.
    """
    if fault and fault.kind == "raw":
        for piece in fault.pieces:
            yield piece
            await asyncio.sleep(0)
        return
    for sent, chunk in enumerate(chunks):
        # A fault comes at the latest before the chunk with the finish reason, even in a short
        # stream.
        if fault and (sent == fault.after or (fault.kind != "stall" and _ends(chunk))):
            if fault.kind == "stall":
                await asyncio.sleep(fault.seconds)
            else:
                if fault.kind == "error":
                    yield _event(fault.error)
                return
        yield _event(chunk)
        if comments:
            yield _COMMENT
        # Send each event by itself, and detect a lost client.
        await asyncio.sleep(0)
    if ending:
        yield ending


def _event(payload: Any) -> bytes:
    # Events of the Responses API have a type, which is also their name.
    name = f"event: {payload['type']}\n" if "type" in payload else ""
    if "event" in payload:  # the name is not part of the data
        payload = dict(payload)
        name = f"event: {payload.pop('event')}\n"
    return f"{name}data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def _ends(chunk: dict[str, Any]) -> bool:
    if "event" in chunk:
        return bool(chunk["event"] == "done")
    if "type" in chunk:
        return chunk["type"] in {"response.completed", "response.incomplete", "message_delta"}
    return any(choice["finish_reason"] is not None for choice in chunk["choices"])
