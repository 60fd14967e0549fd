"""LangChain's cache returns answers to the same request of the same model and server only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache

from langchain_telnyx import ChatTelnyx, Telnyx
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from tests.support.fixtures import Mode


def test_the_same_question_is_cached(telnyx_emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(cache=InMemoryCache(), **telnyx_emulator.options())
    first, second = mode.invoke(model, "A moon?"), mode.invoke(model, "A moon?")
    assert first.text == second.text
    assert len(telnyx_emulator.requests) == 1


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
@pytest.mark.parametrize(
    "change",
    [
        {"model": "zai-org/GLM-5.3"},
        {"temperature": 0.7},
        {"max_tokens": 5},
        {"seed": 1},
        {"stop": ["x"]},
        {"extra_body": {"region": "EU"}},
        {"model_kwargs": {"min_p": 0.1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_options_that_change_the_answer_are_part_of_the_cache_key(
    telnyx_emulator: TelnyxEmulator, mode: Mode, change: dict[str, Any]
) -> None:
    cache = InMemoryCache()
    mode.invoke(ChatTelnyx(cache=cache, **telnyx_emulator.options()), "A moon?")
    mode.invoke(ChatTelnyx(cache=cache, **change, **telnyx_emulator.options()), "A moon?")
    assert len(telnyx_emulator.requests) == 2


@pytest.mark.parametrize("by_client", [False, True], ids=["by options", "by client"])
def test_the_server_is_part_of_the_cache_key(
    telnyx_emulator: TelnyxEmulator, mode: Mode, *, by_client: bool
) -> None:
    cache = InMemoryCache()
    with TelnyxEmulator() as other:
        for emulator, text in ((telnyx_emulator, "Titan."), (other, "Rhea.")):
            options = emulator.options()
            if by_client:
                model = ChatTelnyx(cache=cache, client=Telnyx(**options))
            else:
                model = ChatTelnyx(cache=cache, **options)
            emulator.say(text)
            assert mode.invoke(model, "A moon?").text == text
