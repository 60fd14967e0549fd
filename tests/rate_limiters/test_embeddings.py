"""`TelnyxEmbeddings` with rate limiters: reservations, usage, headers, refusals, cancellation."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import httpx
import pytest
from langchain_core.load import dumps
from langchain_core.rate_limiters import InMemoryRateLimiter

from langchain_telnyx import (
    DeadlineError,
    PartialEmbeddingsError,
    RateLimitError,
    RequestOverLimitError,
    ServerError,
    TelnyxEmbeddings,
    TelnyxRateLimiter,
)
from langchain_telnyx.emulator import TelnyxEmulator
from tests.rate_limiters.observed import counts, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODEL = "thenlper/gte-large"
How: TypeAlias = Literal["sync", "async"]
HOWS: tuple[How, ...] = ("sync", "async")
TEXTS = ["Titan is a moon.", "Bread needs flour.", "Io has volcanoes."]


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """Run an emulator."""
    with TelnyxEmulator(sockets=False) as running:
        yield running


def model_of(emulator: TelnyxEmulator, limiter: Any, **options: Any) -> TelnyxEmbeddings:
    """Return a model with a limiter, whose requests have one text each."""
    defaults = {"chunk_size": 1, **emulator.options(), **options}
    return TelnyxEmbeddings(model=MODEL, rate_limiter=limiter, **defaults)


async def embed(model: TelnyxEmbeddings, how: How, texts: list[str]) -> list[list[float]]:
    """Embed texts in either way."""
    if how == "sync":
        return await asyncio.to_thread(model.embed_documents, texts)
    return await model.aembed_documents(texts)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("state", [None, "limits"])
async def test_the_tokens_that_the_server_counted_count_instead_of_the_estimate(
    emulator: TelnyxEmulator, how: How, state: str | None, tmp_path: Path
) -> None:
    limiter = TelnyxRateLimiter(state=state and tmp_path / state)
    counted: list[int] = []
    vectors = await embed(model_of(emulator, limiter, on_usage=counted.append), how, TEXTS)
    assert len(vectors) == 3
    assert counts(limiter, MODEL) == (3, sum(counted), 0)


@pytest.mark.parametrize("how", HOWS)
async def test_each_attempt_is_a_request_and_a_refused_one_uses_no_tokens(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter()
    emulator.fail(429, times=1)
    with pytest.raises(RateLimitError):
        await embed(model_of(emulator, limiter, max_retries=0), how, TEXTS[:1])
    assert counts(limiter, MODEL) == (1, 0, 0)
    limiter = TelnyxRateLimiter()
    emulator.fail(429, times=1)
    await embed(model_of(emulator, limiter), how, TEXTS[:1])
    assert counts(limiter, MODEL)[0] == 2


@pytest.mark.parametrize("how", HOWS)
async def test_a_request_that_fails_at_the_server_counts_its_estimate(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter()
    emulator.fail(500, times=1)
    with pytest.raises(ServerError):
        await embed(model_of(emulator, limiter, max_retries=0), how, TEXTS[:1])
    requests, tokens, _ = counts(limiter, MODEL)
    assert requests == 1
    assert tokens > 0


@pytest.mark.parametrize("how", HOWS)
async def test_a_text_that_a_minute_does_not_admit_fails_and_the_others_do_not(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter(input_tokens_per_minute=100)
    texts = [TEXTS[0], "moon " * 300, TEXTS[1]]
    # By the number of texts they would share a request.
    with pytest.raises(PartialEmbeddingsError) as caught:
        await embed(model_of(emulator, limiter, chunk_size=64), how, texts)
    assert sorted(caught.value.vectors) == [0, 2]
    assert isinstance(caught.value.failed["1"], RequestOverLimitError)


@pytest.mark.parametrize("how", HOWS)
async def test_a_full_limiter_keeps_what_was_embedded(emulator: TelnyxEmulator, how: How) -> None:
    limiter = TelnyxRateLimiter(requests_per_minute=2, max_wait=0.05)
    model = model_of(emulator, limiter, max_concurrency=1)
    with pytest.raises(PartialEmbeddingsError) as caught:
        await embed(model, how, TEXTS)
    assert sorted(caught.value.vectors) == [0, 1]
    late = caught.value.failed["2"]
    assert isinstance(late, DeadlineError)
    assert not late.sent
    assert statuses(emulator) == [200, 200]


@pytest.mark.parametrize("how", HOWS)
async def test_headers_teach_the_limit_of_the_service(how: How) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        headers = {"x-ratelimit-limit": "2", "x-ratelimit-reset": "60"}
        headers["x-ratelimit-remaining"] = str(2 - len(sent))
        body = {"data": [{"index": 0, "embedding": [0.6, 0.8]}], "usage": {"prompt_tokens": 7}}
        return httpx.Response(200, headers=headers, json=body)

    transport = httpx.MockTransport(answer)
    limiter = TelnyxRateLimiter(max_wait=0.05)
    model = TelnyxEmbeddings(
        rate_limiter=limiter,
        api_key="KEY",
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    for text in TEXTS[:2]:
        await embed(model, how, [text])
    assert counts(limiter, MODEL)[:2] == (2, 14)
    with pytest.raises(DeadlineError, match="max_wait"):
        await embed(model, how, TEXTS[2:])
    assert len(sent) == 2


async def test_a_cancelled_call_frees_its_turn(emulator: TelnyxEmulator) -> None:
    limiter = TelnyxRateLimiter(input_tokens_per_minute=100)
    held = limiter.reserve(MODEL, input_tokens=100, max_tokens=0)
    assert held.wait() == 0
    task = asyncio.create_task(model_of(emulator, limiter).aembed_documents(TEXTS))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.settle(input_tokens=0)
    assert limiter.reserve(MODEL, input_tokens=100, max_tokens=0).wait() == 0
    assert len(emulator.requests) == 0


@pytest.mark.parametrize("how", HOWS)
async def test_other_limiters_of_langchain_count_requests(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = InMemoryRateLimiter(requests_per_second=0.001, max_bucket_size=2)
    limiter.available_tokens = 2.0
    model = model_of(emulator, limiter, deadline=3)
    with pytest.raises(PartialEmbeddingsError):
        await embed(model, how, TEXTS)
    assert statuses(emulator) == [200, 200]


@pytest.mark.parametrize("how", HOWS)
async def test_an_embedding_model_and_a_chat_model_share_the_requests_of_a_limiter(
    emulator: TelnyxEmulator, how: How
) -> None:
    limiter = TelnyxRateLimiter()
    limiter.acquire()
    await embed(model_of(emulator, limiter), how, TEXTS)
    assert counts(limiter, MODEL)[0] in {3, 4}  # the first request may be the one that was admitted


def test_a_pickled_model_keeps_a_shared_limiter_and_a_serialized_one_has_none(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    limiter = TelnyxRateLimiter(state=tmp_path / "limits")
    model = TelnyxEmbeddings(rate_limiter=limiter, api_key=emulator.api_key)
    copied = pickle.loads(pickle.dumps(model)).rate_limiter  # noqa: S301 - our own pickle
    assert isinstance(copied, TelnyxRateLimiter)
    copied.acquire()
    assert limiter.usage()["requests"] == 1
    assert "limits" not in dumps(model)
    assert "limits" not in repr(model)
