"""`on_retry`: called before every retry, and at no other time."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Retry, Telnyx
from langchain_telnyx.client.errors import RateLimitError, ServerError
from langchain_telnyx.emulator.server import TelnyxEmulator

HELLO = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def retries() -> list[Retry]:
    return []


@pytest.fixture
def telnyx(emulator: TelnyxEmulator, retries: list[Retry]) -> Telnyx:
    return Telnyx(**emulator.options(), on_retry=retries.append)


@pytest.mark.parametrize("method", ["create", "stream"])
async def test_on_retry_is_called_before_each_retry(
    as_async: Callable[[Telnyx], Any],
    telnyx: Telnyx,
    emulator: TelnyxEmulator,
    retries: list[Retry],
    method: str,
) -> None:
    emulator.fail(429, times=1, retry_after=0)
    emulator.fail(503, times=1, retry_after=0)
    await getattr(as_async(telnyx).chat, method)(HELLO, model="moonshotai/Kimi-K2.6")
    assert [retry.attempt for retry in retries] == [1, 2]
    assert [type(retry.error) for retry in retries] == [RateLimitError, ServerError]
    assert {retry.request for retry in retries} == {"POST /ai/openai/chat/completions"}
    assert all(0 <= retry.delay <= 0.1 for retry in retries)


async def test_on_retry_is_not_called_for_a_raised_error(
    as_async: Callable[[Telnyx], Any],
    telnyx: Telnyx,
    emulator: TelnyxEmulator,
    retries: list[Retry],
) -> None:
    emulator.fail(500, times=3, retry_after=0)
    with pytest.raises(ServerError):
        await as_async(telnyx).models.list()
    assert len(retries) == 2
    emulator.fail(400, times=1)
    with pytest.raises(Exception, match="HTTP 400"):
        await as_async(telnyx).models.list()
    assert len(retries) == 2


def test_a_pickle_omits_on_retry(telnyx: Telnyx) -> None:
    again = pickle.loads(pickle.dumps(telnyx))  # noqa: S301 - our own pickle
    assert again.config.on_retry is None
