"""What the emulator answers to every operation is what the slice declares, on both faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spec
from asking import account, ask, ask_awaited
from declarations import described, endpoint_of
from exceptions import amended
from operations import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asking import Exchange
    from examples import Example
    from existing import Account


@pytest.fixture(scope="module")
def emulated() -> Iterator[Account]:
    with account() as emulated:
        yield emulated


@pytest.mark.parametrize("face", [ask, ask_awaited], ids=["sync", "aio"])
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_answer_is_as_declared(
    emulated: Account, example: Example, face: Callable[..., list[Exchange]]
) -> None:
    emulated.emulator.reset()
    arguments = example.set_up(emulated)
    exchanges = face(emulated, example, arguments)

    call = described(example.method, *arguments.positional, **arguments.named)
    assert f"{exchanges[0].method} {exchanges[0].path}" == str(call)
    for exchange in exchanges:
        assert 200 <= exchange.status < 300, exchange.body
        assert spec.is_for(endpoint_of(example.operation), exchange.method, exchange.path)
        operation = spec.operation_of(exchange.method, exchange.path)
        if operation is None:
            assert " " in example.operation  # beyond the slice: the official SDK is the judge
            continue
        assert operation.id == example.operation
        assert _problems(operation, exchange) == []
        asked = emulated.emulator.requests[-1].body
        assert spec.request_problems(amended(), operation, asked) == []


def _problems(operation: spec.Operation, exchange: Exchange) -> list[str]:
    return spec.problems(
        amended(), operation, exchange.status, exchange.content_type, exchange.body
    )
