"""Chat completions, whole or streamed, on the current and the deprecated path."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.chat import openai_fields
from langchain_telnyx.emulator.model import checks, context, usage
from langchain_telnyx.emulator.model.catalogue import ModelCard
from langchain_telnyx.emulator.model.completion import Completion
from langchain_telnyx.emulator.model.markup import calls_as_text
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.reply import Reply, ToolUse
from langchain_telnyx.emulator.model.request import Buckets, ChatRequest
from langchain_telnyx.emulator.model.respond import respond
from langchain_telnyx.emulator.serving import sse, upstream
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import (
    ApiError,
    BucketNotFound,
    resource_not_found,
    too_many_requests,
)
from langchain_telnyx.emulator.serving.model_rates import Allowance
from langchain_telnyx.emulator.serving.script_items import ScriptedReply
from langchain_telnyx.emulator.serving.script_matching import RequestView

router = APIRouter()

_DEFAULT_RESULTS = 3

# Input tokens per minute, by class of model.
_RATE_LIMITS = {"small": 100_000_000, "medium": 40_000_000, "large": 20_000_000}
_RATE_WINDOW = 60


@router.post("/ai/openai/chat/completions")
async def create_chat_completion(
    request: ChatRequest, account: CurrentAccount, http: Request
) -> Response:
    """Create a chat completion."""
    quirks = account.settings.quirks
    openai_fields.check(request, quirks)
    with refusals_as_errors():
        card = await run_in_threadpool(admit, request, account)
        seen = RequestView.of(await http.json(), model=request.model)
        scripted = account.script.next_reply(seen)
        if account.settings.upstream and scripted is None:
            return await forwarded(await for_upstream(request, account), card, account)
        request = openai_fields.resolved(request)
        completion = await complete(request, card, scripted, account)
    headers = rate_headers(card, completion.usage.prompt, account)
    if not request.stream:
        return JSONResponse(completion.body(), headers=headers)
    chunks = completion.chunks(openai_fields.usage_place(request, quirks))
    return StreamingResponse(
        sse.events(
            chunks,
            account.script.next_stream(),
            comments=quirks.stream_comments,
        ),
        media_type="text/event-stream",
        headers={**headers, "cache-control": "no-cache"},
    )


@router.post("/ai/chat/completions")
async def create_chat_completion_deprecated(
    request: ChatRequest, account: CurrentAccount, http: Request
) -> Response:
    """Create a chat completion on the deprecated path, unless a quirk removes it."""
    if not account.settings.quirks.legacy_chat:
        raise resource_not_found()
    return await create_chat_completion(request, account, http)


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Raise a model's refusals as errors in the Telnyx envelope."""
    try:
        yield
    except Refusal as refusal:
        raise ApiError(refusal.status, refusal.code, None, refusal.detail) from refusal


def admit(request: ChatRequest, account: Account, *, has_messages: bool = True) -> ModelCard:
    """Return the request's model, and refuse requests that the model would refuse.

    See `checks.check` for `has_messages`. With an upstream every model is accepted, and the
    upstream decides what it refuses.
    """
    if account.settings.upstream:
        card = account.models.get(request.model) or ModelCard(id=request.model)
    else:
        card = checks.chat_model(request.model, account.models)
        checks.check(request, card, account.settings.quirks, has_messages=has_messages)
        checks.check_length(card, usage.prompt_tokens(request), request.cap)
    if account.model_rates is not None:
        prompt = usage.prompt_tokens(request)
        cached = usage.cached_tokens(request)
        found = account.model_rates.accept(card.id, card.tier, prompt=prompt, cached=cached)
        if not found.allowed:
            raise too_many_requests(_headers_of(found, account))
    return card


async def complete(
    request: ChatRequest, card: ModelCard, scripted: ScriptedReply | None, account: Account
) -> Completion:
    """Answer an admitted request from the script or the model."""
    quirks = account.settings.quirks
    now = account.clock.now()
    prompt = usage.prompt_tokens(request)
    if scripted:
        answer = _as_written(scripted)
    else:
        answer = await run_in_threadpool(
            respond,
            request,
            card,
            quirks=quirks,
            today=now.date(),
            cap=checks.output_cap(request, card, prompt),
            search=lambda buckets, query: _search(account, buckets, query),
        )
    if quirks.tool_markup is not None:
        answer = calls_as_text(answer, quirks.tool_markup)
    choices = int(request.n or 1)
    if account.model_rates is not None:
        account.model_rates.count_output(card.id, answer.tokens * choices)
    return Completion(
        id=f"chatcmpl-{account.ids.uuid('chatcmpl')}",
        created=int(now.timestamp()),
        model=card.id,
        replies=[
            answer.with_ids(lambda: f"call_{account.ids.uuid('call')}") for _ in range(choices)
        ],
        usage=usage.Usage(
            prompt=prompt,
            cached=usage.cached_tokens(request),
            completion=answer.tokens * choices,
            reasoning=answer.reasoning_tokens * choices,
        ),
        reasoning_field=account.reasoning_fields.next(),
        usage_absent=quirks.usage_absent,
        top_logprobs=(request.top_logprobs or 0) if request.logprobs else None,
        logprobs_null=quirks.logprobs == "null",
    )


def _as_written(scripted: ScriptedReply) -> Reply:
    calls = tuple(ToolUse(call.name, call.arguments, call.id) for call in scripted.tool_calls)
    return Reply(
        content=None if calls and not scripted.text else scripted.text,
        reasoning=scripted.reasoning,
        tool_calls=calls,
        finish_reason=scripted.finish_reason,
        chunks=scripted.chunks,
    )


def _search(account: Account, tool: Buckets, query: str) -> Sequence[context.Passage]:
    """Search the buckets of a retrieval tool; return the best chunks of all, best first."""
    limit = tool.max_num_results or _DEFAULT_RESULTS
    try:
        hits = [hit for bucket in tool.bucket_ids for hit in account.search(bucket, query, limit)]
    except BucketNotFound as error:
        raise Refusal(
            f"A bucket of {', '.join(tool.bucket_ids)!r} does not exist or is not embedded.",
            status=404,
            code="10005",
        ) from error
    hits.sort(key=lambda hit: hit.distance)
    return [
        context.Passage(str(number), hit.filename, hit.text)
        for number, hit in enumerate(hits[:limit], start=1)
    ]


async def for_upstream(request: ChatRequest, account: Account) -> dict[str, Any]:
    """Return a request's body for an OpenAI-compatible server.

    Such a server does not support the `retrieval` tool, so the search runs here, and a system
    message has its results.
    """
    body = {"model": request.model, **request.model_dump(exclude_unset=True, by_alias=True)}
    if not request.retrievals:
        return body
    query = (await run_in_threadpool(context.read, request.messages)).question
    passages: list[context.Passage] = []
    for tool in request.retrievals:
        passages += await run_in_threadpool(_search, account, tool, query)
    context_message = {"role": "system", "content": context.write(passages)}
    body["messages"] = [context_message, *body["messages"]]
    body["tools"] = [tool for tool in body["tools"] if tool["type"] == "function"]
    if not body["tools"]:
        for name in ("tools", "tool_choice", "parallel_tool_calls"):
            body.pop(name, None)
    return body


async def forwarded(body: dict[str, Any], card: ModelCard, account: Account) -> Response:
    """Forward a request to the upstream, and count the output tokens of its answer.

    Those of a stream are not counted: it is relayed without being read.
    """
    response = await upstream.chat(account.settings, body)
    if account.model_rates is not None:
        if not isinstance(response, StreamingResponse):
            tokens = upstream.output_tokens(bytes(response.body))
            account.model_rates.count_output(card.id, tokens)
        response.headers.update(rate_headers(card, 0, account))
    return response


def rate_headers(card: ModelCard, prompt: int, account: Account) -> dict[str, str]:
    """Return the rate limit headers of a model."""
    if account.model_rates is not None:
        return _headers_of(account.model_rates.state(card.id, card.tier), account)
    limit = _RATE_LIMITS.get(card.tier, _RATE_LIMITS["small"])
    return _headers_of(Allowance(True, limit, limit - prompt, _RATE_WINDOW), account)  # noqa: FBT003 - allowed


def _headers_of(found: Allowance, account: Account) -> dict[str, str]:
    reset = found.reset
    if account.settings.quirks.rate_limit_reset == "epoch":
        reset += account.clock.unix()
    return {
        "x-ratelimit-limit": str(found.limit),
        "x-ratelimit-remaining": str(found.remaining),
        "x-ratelimit-reset": str(reset),
    }
