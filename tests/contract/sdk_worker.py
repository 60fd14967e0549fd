"""Drives the official SDK in the environment that it is installed in: one line in, one line out.

`python sdk_worker.py sync|async BASE_URL KEY` reads calls as JSON, `{"method": …, "arguments": …}`,
and answers each with `{"error": …}`, null when all went well. The SDK validates answers strictly.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from itertools import islice
from typing import Any

import telnyx  # type: ignore[import-not-found]  # of the environment that this is run in

_MOST_ITEMS = 50  # of a listing: enough to go through pages, and an end to one that has none


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "base64" in value:  # bytes, or a file of them
        content = base64.b64decode(value["base64"])
        return (value["filename"], content) if "filename" in value else content
    return {name: _decoded(each) for name, each in value.items()}


def _method(client: Any, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


def _ask(client: Any, asked: dict[str, Any]) -> None:
    answer = _method(client, asked["method"])(**_decoded(asked["arguments"]))
    if hasattr(answer, "get_next_page"):
        list(islice(answer, _MOST_ITEMS))


async def _ask_awaited(client: Any, asked: dict[str, Any]) -> None:
    answer = _method(client, asked["method"])(**_decoded(asked["arguments"]))
    if not hasattr(answer, "__aiter__"):
        await answer
        return
    left = _MOST_ITEMS
    async for _ in answer:
        left -= 1
        if not left:
            return


def main() -> None:
    """Answer calls until the input closes."""
    face, base_url, key = sys.argv[1:]
    kind = telnyx.Telnyx if face == "sync" else telnyx.AsyncTelnyx
    client = kind(api_key=key, base_url=base_url, max_retries=0, _strict_response_validation=True)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            asked = json.loads(line)
            error = None
            try:
                if face == "sync":
                    _ask(client, asked)
                else:
                    runner.run(_ask_awaited(client, asked))
            except Exception as failure:  # noqa: BLE001 - whatever it is, it is what we want to know
                error = f"{type(failure).__name__}: {failure}"
            print(json.dumps({"error": error}), flush=True)


if __name__ == "__main__":
    main()
