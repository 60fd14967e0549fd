"""Run the tests on a pessimistic service: `pytest --telnyx-quirks pessimistic`.

Only tests with an emulator of the session's quirks run then; nothing changes for the others. A test
that depends on a quirk's default has `@pytest.mark.default_quirks("the reason", "the_quirk", …)`;
without names of quirks, all have their defaults, and the test does not run again.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.client import attempts
from langchain_telnyx.emulator import Quirks
from langchain_telnyx.vectorstores import deletion, embedding_wait
from langchain_telnyx.vectorstores.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterator

# Quirks without which hardly a test has an answer to check; tests of their own select them.
_NEVER = {
    # tests/vectorstores/test_observations.py has it, with the store's option `search_delay`.
    "search_delay": "Nothing shows when a search is current: each write had to wait for it.",
    "reasoning_swallows_answer": "Every answer is empty then, and only its reasoning has a text.",
}
_EMULATED = {"telnyx_emulator", "telnyx_quirks"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--telnyx-quirks"):
        return
    affected: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        uses = _EMULATED & {*getattr(item, "fixturenames", ())}
        (affected if uses and not _has_all_defaults(item) else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = affected
    for item in items:
        # The store reports what differs; tests/vectorstores/test_assumptions.py checks that.
        item.add_marker(pytest.mark.filterwarnings("ignore::langchain_telnyx.AssumptionWarning"))


def _pins(item: pytest.Item) -> Iterator[tuple[str, ...]]:
    for marker in item.iter_markers("default_quirks"):
        reason, *names = marker.args
        if not isinstance(reason, str) or " " not in reason:
            raise pytest.UsageError(f"{item.nodeid}: `default_quirks` begins with the reason.")
        yield tuple(names)


def _has_all_defaults(item: pytest.Item) -> bool:
    return any(not names for names in _pins(item))


@pytest.fixture(autouse=True)
def _short_pauses(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses before retries, and before the store starts an embedding itself."""
    if request.config.getoption("--telnyx-quirks"):
        monkeypatch.setattr(attempts, "_FIRST_DELAY", 0.02)
        monkeypatch.setattr(embedding_wait, "GRACE", 0.2)
        monkeypatch.setattr(deletion, "GRACE", 0.2)
        embed_after = Bucket.embed_after.__get__
        monkeypatch.setattr(Bucket, "embed_after", property(lambda b: _shortened(embed_after(b))))


def _shortened(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, 0.2)


@pytest.fixture
def telnyx_quirks(request: pytest.FixtureRequest, telnyx_quirks: Quirks) -> Quirks:
    defaults = Quirks()
    names = {*_NEVER, *(name for names in _pins(request.node) for name in names)}
    return dataclasses.replace(telnyx_quirks, **{name: getattr(defaults, name) for name in names})
