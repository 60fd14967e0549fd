"""An account with something in each panel of the console."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.emulator.calls import Interrupt

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from langchain_telnyx.emulator import TelnyxEmulator

MODEL = "moonshotai/Kimi-K2.6"
_TEXTS = {
    "guides/moons.md": "Europa has an ocean under its ice. Galileo found Europa in 1610. "
    "Titan has rivers of methane. Enceladus sprays water through cracks in its ice.",
    "guides/planets.md": "Jupiter is the largest planet of the solar system. Saturn has bright "
    "rings of ice. Mars is red, as iron in its soil rusts. Venus is the hottest planet.",
    "guides/rockets.md": "A rocket burns fuel and throws hot gas backwards. A rocket with two "
    "stages drops the first one. Reusable rockets land on their engines.",
    "support/refunds.txt": "Refunds take five business days. A refund needs the number of the "
    "order. Gift cards are refunded as a new gift card.",
    "support/shipping.txt": "Shipping within the country takes two days. Express shipping "
    "arrives on the next day. Shipping abroad needs a customs form.",
    "support/returns.txt": "Returns are free for thirty days. Pack the goods in their box. "
    "The label of the return is in the parcel.",
}
_AGENT = "Sure, I can help with that. Your parcel left our warehouse this morning."


def fill(emulator: TelnyxEmulator) -> None:
    """Store files, embed and cluster them, and chat, converse and call."""
    storage(emulator)
    conversation(emulator)
    call(emulator)
    chats(emulator)


def storage(emulator: TelnyxEmulator) -> None:
    send(emulator, "PUT", "/handbook")
    send(emulator, "PUT", "/recordings")
    for key, text in _TEXTS.items():
        send(emulator, "PUT", f"/handbook/{key}", content=text)
    send(emulator, "PUT", "/handbook/support/scan.pdf", content=b"%PDF-1.7 without pages")
    send(emulator, "PUT", "/recordings/call-1.wav", content=b"RIFF" + bytes(900))
    body = {
        "bucket_name": "handbook",
        "document_chunk_size": 70,
        "document_chunk_overlap_size": 0,
    }
    send(emulator, "POST", "/v2/ai/embeddings", json=body)
    wait(lambda: not pending(emulator))
    clusters = {"bucket": "handbook", "min_cluster_size": 3, "min_subcluster_size": 3}
    task = send(emulator, "POST", "/v2/ai/clusters", json=clusters)["data"]["task_id"]
    wait(lambda: emulator.account.clusters.passages(task))


def pending(emulator: TelnyxEmulator) -> bool:
    return emulator.account.embedded.has_pending("handbook")


def conversation(emulator: TelnyxEmulator) -> None:
    service = emulator.account.conversations
    group = service.groups.create(name="After each call")
    schema = {
        "type": "object",
        "properties": {"topic": {"type": "string", "enum": ["refund", "shipping", "other"]}},
        "required": ["topic"],
        "additionalProperties": False,
    }
    for name, instructions, form in (
        ("Topic", "What is the topic of the conversation?", schema),
        ("Summary", "Summarize the conversation.", None),
    ):
        template = service.templates.create(name=name, instructions=instructions, json_schema=form)
        service.groups.assign(group.id, template.id)
    service.insights.default_group = group.id
    metadata = {"telnyx_end_user_target": "+13125550188", "assistant": "support"}
    created = send(
        emulator,
        "POST",
        "/v2/ai/conversations",
        json={"name": "Refund of order 1207", "metadata": metadata},
    )["id"]
    for role, content in (
        ("assistant", "Hello! How can I help you?"),
        ("user", "I want a refund for order 1207."),
        ("assistant", "Refunds take five business days. I have started yours."),
        ("user", "Thank you, that was quick."),
    ):
        send(
            emulator,
            "POST",
            f"/v2/ai/conversations/{created}/message",
            json={"role": role, "content": content},
        )
    emulator.end_conversation(created)
    send(emulator, "POST", "/v2/ai/conversations", json={"name": "Shipping abroad"})


def call(emulator: TelnyxEmulator) -> None:
    async def texml(_: Request) -> PlainTextResponse:
        url = "ws://localhost/relay"
        return PlainTextResponse(
            f'<Response><Connect><ConversationRelay url="{url}"/></Connect></Response>'
        )

    async def relay(websocket: WebSocket) -> None:
        await websocket.accept()
        async for frame in websocket.iter_json():
            if frame["type"] == "prompt" and frame["last"]:
                for token in (_AGENT if "order" in frame["voicePrompt"] else "Hello!").split(" "):
                    await websocket.send_json({"type": "text", "token": f"{token} "})
                await websocket.send_json({"type": "text", "token": "", "last": True})

    routes = [Route("/texml", texml, methods=["POST"]), WebSocketRoute("/relay", relay)]
    script: list[str | Interrupt] = [
        "Hello",
        "Where is my order?",
        Interrupt("Which order?", after_words=3),
    ]
    emulator.call(Starlette(routes=routes), script)


def chats(emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(model=MODEL, max_retries=1, **emulator.options())
    model.invoke([("system", "Answer in one sentence."), ("user", "What is Europa?")])
    for _ in model.stream("Tell me about the rings of Saturn."):
        pass
    weather = {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    emulator.call_tool("weather", {"city": "Oslo"})
    model.bind_tools([weather]).invoke("How is the weather in Oslo?")
    emulator.fail(429, retry_after=0)
    emulator.say("Retried, and answered.")
    model.invoke("Are you there?")
    send(
        emulator,
        "POST",
        "/v2/ai/embeddings/similarity-search",
        json={"bucket_name": "handbook", "query": "How long does a refund take?"},
    )


def send(emulator: TelnyxEmulator, method: str, path: str, **options: Any) -> Any:
    key = emulator.api_key
    authorization = f"Bearer {key}"
    if not path.startswith("/v2/"):
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-central-1/s3/aws4_request, "
            "SignedHeaders=host, Signature=0"
        )
    answer = emulator.http_client.request(
        method, emulator.storage_url + path, headers={"authorization": authorization}, **options
    )
    assert answer.status_code < 300, answer.text
    return answer.json() if "json" in answer.headers.get("content-type", "") else None


def wait(condition: Any) -> None:
    """Wait for a condition, at most 30 seconds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
