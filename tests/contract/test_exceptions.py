"""The table of exceptions holds what is needed, and nothing that no longer is."""

from __future__ import annotations

import pytest
import spec
from asking import account, ask
from exceptions import EXCEPTIONS, Deviation
from operations import EXAMPLES

_AMENDED = [each for each in EXCEPTIONS if each.amend]
_SHOWN = [each for each in EXCEPTIONS if each.shown_by]


@pytest.mark.parametrize("deviation", EXCEPTIONS, ids=lambda each: each.what)
def test_an_exception_says_what_why_and_who(deviation: Deviation) -> None:
    assert deviation.judge
    assert deviation.why.endswith(".")
    assert deviation.source
    assert set(deviation.operations) <= spec.operations().keys()


@pytest.mark.parametrize("deviation", _AMENDED, ids=lambda each: each.what)
def test_the_slice_does_not_say_so_itself(deviation: Deviation) -> None:
    assert deviation.written_into(spec.slice_()) != spec.slice_()


@pytest.mark.parametrize("deviation", _SHOWN, ids=lambda each: each.what)
def test_an_example_needs_it(deviation: Deviation) -> None:
    without = spec.slice_()
    for other in EXCEPTIONS:
        if other is not deviation:
            other.written_into(without)
    example = next(each for each in EXAMPLES if str(each) == deviation.shown_by)
    operation = spec.operations()[example.operation]
    with account() as emulated:
        [answer] = ask(emulated, example, example.set_up(emulated))
        asked = emulated.emulator.requests[-1].body
    told = (answer.status, answer.content_type, answer.body)
    assert spec.request_problems(without, operation, asked) or spec.problems(
        without, operation, *told
    )


def test_a_method_that_a_path_does_not_know_is_not_found() -> None:
    with account() as empty:
        answer = empty.emulator.http_client.get(
            f"{empty.emulator.base_url}/ai/openai/chat/completions",
            headers={"authorization": f"Bearer {empty.emulator.api_key}"},
        )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")
