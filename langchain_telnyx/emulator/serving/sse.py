"""Chunks as server-sent events, and the fate that a script has in store for them."""

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
    """Write chunks as the body of a stream.

    Args:
        chunks: The chunks of a completion, or the events of a response.
        fault: What befalls the stream.
        comments: Send a comment line after each event.
        ending: What comes last; by default `[DONE]`.
    """
    if fault and fault.kind == "raw":
        for piece in fault.pieces:
            yield piece
            await asyncio.sleep(0)
        return
    for sent, chunk in enumerate(chunks):
        # A stream is cut or broken off before the chunk that would say how it ended, however few
        # chunks it has.
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
        # Every event leaves on its own, and a client that went away is noticed.
        await asyncio.sleep(0)
    if ending:
        yield ending


def _event(payload: Any) -> bytes:
    # Only the events of a response have a type, and it is their name, too.
    name = f"event: {payload['type']}\n" if "type" in payload else ""
    return f"{name}data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def _ends(chunk: dict[str, Any]) -> bool:
    if "type" in chunk:
        return chunk["type"] in {"response.completed", "response.incomplete"}
    return any(choice["finish_reason"] is not None for choice in chunk["choices"])
