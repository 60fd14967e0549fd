"""What a test observes besides requests: the script, text messages, and webhooks."""

import asyncio
import base64
import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.control import redaction
from langchain_telnyx.emulator.control.errors import Refusal
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.script_items import Fault, ScriptedReply
from langchain_telnyx.emulator.serving.scripted_queue import Pending
from langchain_telnyx.emulator.webhooks.sender import Delivery

router = APIRouter()

_LONGEST_WAIT = 60.0
_DEFAULT_WAIT = 10.0
_POLL = 0.02


class ScriptItem(BaseModel):
    """A scripted answer or fault."""

    script: str = Field(examples=["say('Hello, Ann!', when='Ann')"])
    kind: Literal["answer", "fault", "stream"] = Field(
        description="what it is for: a chat request, any request, or a stream"
    )
    left: int = Field(description="how many more requests use it")
    used: bool = Field(description="whether a request has used it")
    optional: bool = Field(description="whether it may stay unused")


class RandomFaults(BaseModel):
    """The random errors of `flaky`."""

    share: float
    seed: int
    statuses: list[int]
    drops: bool
    retry_after: float | None
    path: str | None


class ScriptState(BaseModel):
    """What is scripted for the next requests."""

    items: list[ScriptItem] = Field(description="of each kind in the order of use")
    latency: float = Field(description="seconds by which every response is delayed")
    flaky: RandomFaults | None


class Unused(BaseModel):
    """Scripted answers and faults that no request has used, without optional ones."""

    unused: list[str] = Field(examples=[["say('Hello, Ann!', when='Ann')"]])


class TextMessage(BaseModel):
    """A text message that a client sent."""

    id: str
    sender: str
    receiver: str
    text: str
    media_urls: list[str]
    sent_at: str
    fields: dict[str, Any] = Field(description="the whole request")


class TextMessages(BaseModel):
    """The text messages that were sent, oldest first."""

    messages: list[TextMessage]


class Wait(BaseModel):
    """How long to wait."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"timeout": 1}]}
    )

    timeout: float = Field(_DEFAULT_WAIT, ge=0, le=_LONGEST_WAIT, description="the most seconds")


class Webhook(BaseModel):
    """A webhook and the results of its delivery."""

    url: str
    headers: dict[str, str] = Field(description="of the last attempt, with its signature")
    body: Any = Field(description="a JSON value; text in Base64 if it is not JSON")
    attempts: list[int | str] = Field(
        description="the result of each attempt: an HTTP status, or the error"
    )
    delivered: bool


class PublicKey(BaseModel):
    """The key that verifies the account's webhooks."""

    public_key: str = Field(description="an Ed25519 key in Base64, for `TELNYX_PUBLIC_KEY`")


@router.get("/script", operation_id="get_script", tags=["answers"], summary="Return the script.")
async def get_script(account: CurrentAccount) -> ScriptState:
    """Return the answers and faults that wait for requests."""
    state, redact = account.script.state(), redactor(account)
    random = state.random_faults
    return ScriptState(
        items=[_item(pending, redact) for pending in state.pending],
        latency=state.latency,
        flaky=None
        if random is None
        else RandomFaults(
            share=random.share,
            seed=random.seed,
            statuses=[fault for fault in random.faults if isinstance(fault, int)],
            drops="drop" in random.faults,
            retry_after=random.retry_after,
            path=random.path,
        ),
    )


@router.get("/unused", operation_id="unused", tags=["answers"], summary="List what was not used.")
async def unused(account: CurrentAccount) -> Unused:
    """Return the unused answers and faults; a test checks at its end that there are none."""
    redact = redactor(account)
    return Unused(unused=[redact(label) for label in account.script.unused()])


@router.get(
    "/messages-sent",
    operation_id="messages_sent",
    tags=["content"],
    summary="List the text messages that clients sent.",
)
def messages_sent(account: CurrentAccount) -> TextMessages:
    """Return the text messages that clients sent."""
    redact = redactor(account)
    sent = [
        TextMessage.model_validate(redaction.value(asdict(message), "", redact))
        for message in account.messages.sent()
    ]
    return TextMessages(messages=sent)


@router.post(
    "/next-webhook",
    operation_id="next_webhook",
    tags=["webhooks"],
    summary="Return the next webhook that was delivered or failed; each is returned once.",
    responses={408: {"model": Refusal, "description": "No webhook was sent in time."}},
)
async def next_webhook(account: CurrentAccount, body: Wait | None = None) -> Webhook:
    """Wait for the next webhook."""
    timeout = _DEFAULT_WAIT if body is None else body.timeout
    delivery = await _next_delivery(account, timeout)
    if delivery is None:
        raise HTTPException(408, f"No webhook was sent within {timeout:g} s.")
    try:
        content = json.loads(delivery.body)
    except ValueError:
        content = base64.b64encode(delivery.body).decode()
    redact = redactor(account)
    return Webhook(
        url=redaction.query(delivery.url, redact),
        headers=delivery.headers,
        body=redaction.value(content, "", redact),
        attempts=delivery.answers,
        delivered=delivery.delivered,
    )


@router.get(
    "/webhook-public-key",
    operation_id="webhook_public_key",
    tags=["webhooks"],
    summary="Return the key that verifies webhooks.",
)
async def webhook_public_key(account: CurrentAccount) -> PublicKey:
    """Return the public key."""
    return PublicKey(public_key=account.webhooks.public_key)


async def _next_delivery(account: Account, timeout: float) -> Delivery | None:  # noqa: ASYNC109 - the caller's
    # Not in a thread: many waiting requests would use up the threads of the server.
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    while True:
        with suppress(TimeoutError):
            return account.webhooks.next(0)
        if loop.time() >= end:
            return None
        await asyncio.sleep(_POLL)


def redactor(account: Account) -> redaction.Redact:
    """Return the function that leaves the account's keys out of text."""
    return redaction.redactor([account.settings.api_key, account.settings.upstream_api_key])


def _item(pending: Pending[Any], redact: redaction.Redact) -> ScriptItem:
    kind: Literal["answer", "fault", "stream"] = "stream"
    if isinstance(pending.item, ScriptedReply):
        kind = "answer"
    elif isinstance(pending.item, Fault):
        kind = "fault"
    return ScriptItem(
        script=redact(pending.label),
        kind=kind,
        left=pending.left,
        used=pending.used,
        optional=pending.optional,
    )
