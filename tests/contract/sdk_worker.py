"""Call the official SDK in its own environment: one line in, one line out.

`python sdk_worker.py sync|async BASE_URL KEY` reads calls as JSON, `{"method": …, "arguments": …}`,
and prints `{"error": …}` for each, null on success. The SDK validates responses strictly.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from itertools import islice
from typing import Any

import telnyx  # type: ignore[import-not-found]  # in this script's environment only

_MOST_ITEMS = 50  # of a listing: covers several pages, and ends an endless one


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


def _call(client: Any, call: dict[str, Any]) -> None:
    result = _method(client, call["method"])(**_decoded(call["arguments"]))
    if hasattr(result, "get_next_page"):
        list(islice(result, _MOST_ITEMS))


async def _acall(client: Any, call: dict[str, Any]) -> None:
    result = _method(client, call["method"])(**_decoded(call["arguments"]))
    if not hasattr(result, "__aiter__"):
        await result
        return
    left = _MOST_ITEMS
    async for _ in result:
        left -= 1
        if not left:
            return


def main() -> None:
    """Make calls until the input closes."""
    mode, base_url, key = sys.argv[1:]
    kind = telnyx.Telnyx if mode == "sync" else telnyx.AsyncTelnyx
    client = kind(api_key=key, base_url=base_url, max_retries=0, _strict_response_validation=True)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            call = json.loads(line)
            error = None
            try:
                if mode == "sync":
                    _call(client, call)
                else:
                    runner.run(_acall(client, call))
            except Exception as failure:  # noqa: BLE001 - every failure is reported
                error = f"{type(failure).__name__}: {failure}"
            print(json.dumps({"error": error}), flush=True)


if __name__ == "__main__":
    main()
