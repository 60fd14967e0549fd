"""Anthropic Messages, whole or streamed; the models of chat answer."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from langchain_telnyx.emulator.areas.anthropic.request import MessagesRequest
from langchain_telnyx.emulator.areas.anthropic.responses import Answer, error_event
from langchain_telnyx.emulator.areas.chat.routes import (
    admit,
    complete,
    rate_headers,
    refusals_as_errors,
)
from langchain_telnyx.emulator.areas.responses.routes import forward
from langchain_telnyx.emulator.serving import sse
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.script_items import StreamFault
from langchain_telnyx.emulator.serving.script_matching import RequestView

router = APIRouter()


@router.post("/ai/anthropic/v1/messages")
async def create_message(
    request: MessagesRequest, account: CurrentAccount, http: Request
) -> Response:
    """Answer the messages."""
    with refusals_as_errors():
        chat = request.as_chat()
        card = await run_in_threadpool(admit, chat, account)
        messages = [message.model_dump() for message in chat.messages]
        seen = RequestView.of(await http.json(), messages=messages, model=chat.model)
        scripted = account.script.next_reply(seen)
        if account.settings.upstream and scripted is None:
            reply, usage = await forward(chat, card, account)
        else:
            completion = await complete(chat, card, scripted, account)
            [reply], usage = completion.replies, completion.usage
    identity = f"msg_{account.ids.uuid('message')}"
    answer = Answer(id=identity, model=card.id, reply=reply, usage=usage)
    headers = rate_headers(card, usage.prompt, account)
    if request.stream:
        return StreamingResponse(
            sse.events(
                answer.events(),
                _in_form(account.script.next_stream()),
                comments=account.settings.quirks.stream_comments,
                ending=b"",
            ),
            media_type="text/event-stream",
            headers={**headers, "cache-control": "no-cache"},
        )
    if answer.is_broken:
        raise ApiError(500, "10007", None, "The engine ended the answer early.")
    return JSONResponse(answer.body(), headers=headers)


def _in_form(fault: StreamFault | None) -> StreamFault | None:
    """Return a fault whose error, if it has one, is in Anthropic's form."""
    if fault is None or fault.error is None:
        return fault
    [error] = fault.error["errors"]
    return replace(fault, error=error_event(error))
