"""The emulator's responses match the schema for every operation, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spec
from declarations import described, endpoint_of
from exceptions import amended
from exchanges import emulated_account, send_async, send_sync
from operations import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from examples import Example
    from exchanges import Exchange
    from prerequisites import Account


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    with emulated_account() as emulated:
        yield emulated


@pytest.mark.parametrize("send", [send_sync, send_async], ids=["sync", "aio"])
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_request_and_response_match_the_schema(
    emulated: Account, example: Example, send: Callable[..., list[Exchange]]
) -> None:
    emulated.emulator.reset()
    arguments = example.set_up(emulated)
    exchanges = send(emulated, example, arguments)

    call = described(example.method, *arguments.positional, **arguments.named)
    assert f"{exchanges[0].method} {exchanges[0].path}" == str(call)
    for exchange in exchanges:
        assert 200 <= exchange.status < 300, exchange.body
        assert spec.is_for(endpoint_of(example.operation), exchange.method, exchange.path)
        operation = spec.operation_of(exchange.method, exchange.path)
        if operation is None:
            assert " " in example.operation  # test_sdk.py checks endpoints outside of the schema
            continue
        assert operation.id == example.operation
        assert _problems(operation, exchange) == []
        body = emulated.emulator.requests[-1].body
        assert spec.request_problems(amended(), operation, body) == []


def _problems(operation: spec.Operation, exchange: Exchange) -> list[str]:
    return spec.problems(
        amended(), operation, exchange.status, exchange.content_type, exchange.body
    )
