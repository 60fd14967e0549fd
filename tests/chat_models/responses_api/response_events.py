"""Sample responses, and the events of their streams."""

from __future__ import annotations

import json
from typing import Any

import httpx

from langchain_telnyx import ChatTelnyx

USAGE = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 16,
}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def thought(text: str, number: int = 0, **more: Any) -> dict[str, Any]:
    held = [{"type": "reasoning_text", "text": text}]
    return {"type": "reasoning", "id": f"rs_{number}", "summary": [], "content": held, **more}


def text_item(text: str, number: int = 0, **part: Any) -> dict[str, Any]:
    held = {"type": "output_text", "text": text, "annotations": [], **part}
    message = {"type": "message", "id": f"msg_{number}", "role": "assistant"}
    return {**message, "status": "completed", "content": [held]}


def called(arguments: Any, number: int = 0, name: str = "weather", **more: Any) -> dict[str, Any]:
    call = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}"}
    return {**call, "name": name, "arguments": arguments, "status": "completed", **more}


def response(*items: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    about = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "error": None}
    return {**about, "status": status, "output": list(items), "usage": USAGE, **more}


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def events(whole: dict[str, Any], size: int = 3) -> list[dict[str, Any]]:
    """Return the events of a response, with texts in pieces of some characters."""
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "error": None}
    made: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(whole["output"]):
        at = {"output_index": index, "item_id": item["id"]}
        hollow = {**item, "status": "in_progress"}
        hollow |= {"arguments": ""} if "arguments" in item else {}
        hollow |= {"content": []} if "content" in item else {}
        made.append({"type": "response.output_item.added", "output_index": index, "item": hollow})
        if isinstance(item.get("arguments"), str):
            stem = "response.function_call_arguments"
            made += [
                {"type": f"{stem}.delta", **at, "delta": each}
                for each in pieces(item["arguments"], size)
            ]
            made.append({"type": f"{stem}.done", **at, "arguments": item["arguments"]})
        for number, part in enumerate(item.get("content") or ()):
            stem = f"response.{part['type']}"
            where = {**at, "content_index": number}
            made += [
                {"type": f"{stem}.delta", **where, "delta": each}
                for each in pieces(part["text"], size)
            ]
            made.append({"type": f"{stem}.done", **where, "text": part["text"]})
            made.append({"type": "response.content_part.done", **where, "part": part})
        made.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return [*made, {"type": f"response.{whole['status']}", "response": whole}]


def sse(*streamed: dict[str, Any]) -> bytes:
    return b"".join(
        f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in streamed
    )


def model_of(
    whole: dict[str, Any], streamed: list[dict[str, Any]] | None = None, **options: Any
) -> tuple[ChatTelnyx, list[dict[str, Any]]]:
    """Return a model of a server with one answer, and the requests."""
    requests: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        requests.append(sent)
        if not sent.get("stream"):
            return httpx.Response(200, json=whole)
        body = sse(*(events(whole) if streamed is None else streamed))
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    transport = httpx.MockTransport(answer)
    model = ChatTelnyx(
        model="m",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
        **{"use_responses_api": True, "max_retries": 0, "api_key": "KEY1", **options},
    )
    return model, requests


def plain(content: list[Any]) -> list[Any]:
    """Return blocks without the fields for merging of pieces."""
    return [{name: each[name] for name in each if name != "index"} for each in content]
