"""Every exception in the table is documented and still needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import spec
from exceptions import EXCEPTIONS
from exchanges import emulated_account, send_sync
from operations import EXAMPLES

if TYPE_CHECKING:
    from deviation import Deviation

_AMENDED = [each for each in EXCEPTIONS if each.amend]
_SHOWN = [each for each in EXCEPTIONS if each.shown_by]


@pytest.mark.parametrize("deviation", EXCEPTIONS, ids=lambda each: each.what)
def test_an_exception_is_documented(deviation: Deviation) -> None:
    assert deviation.overrides
    assert deviation.why.endswith(".")
    assert deviation.source
    assert set(deviation.operations) <= spec.operations().keys()


def test_an_operation_has_one_list_of_expected_statuses() -> None:
    pairs = [
        (name, check) for each in EXCEPTIONS for name in each.operations for check in each.expected
    ]
    assert len(pairs) == len(set(pairs))
    assert all(each.operations for each in EXCEPTIONS if each.expected)


@pytest.mark.parametrize("deviation", _AMENDED, ids=lambda each: each.what)
def test_an_amendment_changes_the_schema(deviation: Deviation) -> None:
    assert deviation.written_into(spec.openapi()) != spec.openapi()


@pytest.mark.parametrize("deviation", _SHOWN, ids=lambda each: each.what)
def test_an_example_fails_without_the_exception(deviation: Deviation) -> None:
    without = spec.openapi()
    for other in EXCEPTIONS:
        if other is not deviation:
            other.written_into(without)
    example = next(each for each in EXAMPLES if str(each) == deviation.shown_by)
    operation = spec.operations()[example.operation]
    with emulated_account() as emulated:
        [exchange] = send_sync(emulated, example, example.set_up(emulated))
        request_body = emulated.emulator.requests[-1].body
    response = (exchange.status, exchange.content_type, exchange.body)
    assert spec.request_problems(without, operation, request_body) or spec.problems(
        without, operation, *response
    )


def test_an_unsupported_method_is_a_404() -> None:
    with emulated_account() as empty:
        response = empty.emulator.http_client.get(
            f"{empty.emulator.base_url}/ai/openai/chat/completions",
            headers={"authorization": f"Bearer {empty.emulator.api_key}"},
        )
    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "10005")
