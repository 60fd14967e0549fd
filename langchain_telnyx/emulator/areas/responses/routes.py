"""OpenAI-compatible responses, whole or streamed, with a Telnyx conversation as memory."""

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.chat.routes import (
    admit,
    complete,
    for_upstream,
    forwarded,
    rate_headers,
    refusals_as_errors,
)
from langchain_telnyx.emulator.areas.responses import state as memory
from langchain_telnyx.emulator.areas.responses.request import ResponseRequest
from langchain_telnyx.emulator.areas.responses.responses import Answer
from langchain_telnyx.emulator.model.catalogue import ModelCard
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.model.request import ChatRequest
from langchain_telnyx.emulator.model.usage import Usage
from langchain_telnyx.emulator.serving import sse
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.script_matching import RequestView

router = APIRouter()

JSON = dict[str, Any]


@router.post("/ai/openai/responses")
async def create_response(
    request: ResponseRequest, account: CurrentAccount, http: Request
) -> Response:
    """Answer one turn; in a conversation, use its messages and add new ones to it."""
    with refusals_as_errors():
        earlier = await run_in_threadpool(_before, request, account)
        chat = request.as_chat(earlier)
        card = await run_in_threadpool(admit, chat, account, has_messages=False)
        messages = [message.model_dump() for message in chat.messages]
        seen = RequestView.of(await http.json(), messages=messages, model=chat.model)
        scripted = account.script.next_reply(seen)
        if account.settings.upstream and scripted is None:
            reply, usage = await forward(chat, card, account)
        else:
            completion = await complete(chat, card, scripted, account)
            [reply], usage = completion.replies, completion.usage
    answer = Answer(
        id=f"resp_{account.ids.uuid('response')}",
        created=account.clock.unix(),
        request=request,
        model=card.id,
        reply=reply,
        usage=usage,
    )
    await run_in_threadpool(_save, answer, earlier, account)
    headers = rate_headers(card, usage.prompt, account)
    whole = JSONResponse(
        answer.body(), headers=headers
    )  # also for a stream: fails early if it cannot be serialized
    if not request.stream:
        return whole
    return StreamingResponse(
        sse.events(
            answer.events(),
            account.script.next_stream(),
            comments=account.settings.quirks.stream_comments,
            ending=b"",
        ),
        media_type="text/event-stream",
        headers={**headers, "cache-control": "no-cache"},
    )


def _before(request: ResponseRequest, account: Account) -> list[JSON]:
    """Return the chat messages before this turn."""
    previous, conversation = request.previous_response_id, request.conversation_id
    if previous is not None and conversation is not None:
        raise Refusal("Give a `conversation` or a `previous_response_id`, and not both.")
    if previous is not None:
        return _stored_thread(previous, account)
    if conversation is None:
        return []
    if account.conversations.records.find(conversation) is None:
        raise resource_not_found()
    return memory.before(account.conversations.messages, conversation)


def _stored_thread(previous: str, account: Account) -> list[JSON]:
    if not account.settings.quirks.keeps_responses:
        raise Refusal(
            "`previous_response_id` has no effect, since responses are not stored: "
            "pass a `conversation`."
        )
    messages = account.responses.find(previous)
    if messages is None:
        raise Refusal(
            f"Previous response with id {previous!r} not found: pass a `conversation`, or the "
            f"whole thread."
        )
    return messages


def _save(answer: Answer, earlier: list[JSON], account: Account) -> None:
    request, reply = answer.request, answer.reply
    if request.conversation_id is not None:
        added = memory.new_messages(
            [*request.instruction_messages(earlier), *request.input_messages], reply
        )
        account.conversations.messages.add(request.conversation_id, added)
    elif account.settings.quirks.keeps_responses and request.store is not False:
        thread = [*earlier, *request.input_messages, memory.assistant_message(reply)]
        account.responses.save(answer.id, thread)


async def forward(chat: ChatRequest, card: ModelCard, account: Account) -> tuple[Reply, Usage]:
    """Forward to the upstream as a chat request, which more servers support."""
    body = {**await for_upstream(chat, account), "stream": False}
    response = json.loads(bytes((await forwarded(body, card, account)).body))
    [choice], used = response["choices"], response.get("usage") or {}
    message = choice["message"]
    reply = Reply(
        content=message.get("content"),
        reasoning=message.get("reasoning_content") or message.get("reasoning"),
        tool_calls=tuple(
            ToolUse(call["function"]["name"], call["function"]["arguments"], call["id"])
            for call in message.get("tool_calls") or ()
        ),
        finish_reason=choice["finish_reason"],
    )
    return reply, Usage(
        prompt=used.get("prompt_tokens", 0),
        cached=0,
        completion=used.get("completion_tokens", 0),
        reasoning=reply.reasoning_tokens,
    )
