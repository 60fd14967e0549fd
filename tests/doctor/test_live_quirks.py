"""`doctor --live` finds each quirk of the service, and reports those that it cannot observe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.doctor.live import plan, unobserved
from langchain_telnyx.doctor.live.coverage import APPROXIMATE, OBSERVED_BY, UNOBSERVABLE
from langchain_telnyx.doctor.live.outcomes import quirks_of
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.emulator.runtime.pace import after_polls
from tests.doctor.live_runs import outcomes, resources

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.doctor.live import Outcome

NAMES = [field.name for field in fields(Quirks)]
# For the fields whose least convenient form is the default, or cannot be observed by itself.
OTHER_FORMS: dict[str, dict[str, Any]] = {
    "tools_need_parameters_type": {"tools_need_parameters_type": False},
    "plain_models_refuse_enable_thinking": {"plain_models_refuse_enable_thinking": False},
    "keeps_responses": {"keeps_responses": True},
    "named_tool_choice": {"named_tool_choice": "accepted"},
    "developer_role": {"developer_role": "accepted"},
    "search_cap_form": {"search_cap_form": "capped", "search_cap": 10},
    "deleted_listed_for": {"deleted_listed_for": 1.0, "deleted_files": "listed"},
    "reembed_unchanged": {"reembed_unchanged": False},
    "embedding_delay": {"embedding_delay": 3.0},
    "search_delay": {"search_delay": 1.5},
}
# Where the probe waits for what never comes, or measures a delay.
TIMES: dict[str, dict[str, float]] = {
    "automatic_embedding": {"patience": 2},
    "deleted_files": {"patience": 5},
    "embedding_delay": {"soon": 1},
    "search_delay": {"patience": 4},
}
SHORT = ("deleted_listed_for", "search_delay")
FORMS: list[tuple[str, Any]] = [
    *[("reasoning_field", form) for form in ("reasoning", "both")],
    *[
        ("tool_markup", markup)
        for markup in (
            *("hermes", "qwen", "glm", "deepseek", "dsml"),
            *("minimax", "minimax_3", "harmony", "harmony_words"),
        )
    ],
    ("image_url", "object"),
    ("stream_usage", "always"),
    ("base64_embeddings", "ignored"),
    ("wrong_region", "redirect"),
    ("key_limit", 1000),
    ("segment_limit", 128),
    ("search_cap", 437),
    ("task_visible_after", 3),
    *[("filename_form", form) for form in ("with_bucket", "without_suffix", "lower", "basename")],
]


def flip(name: str) -> dict[str, Any]:
    return OTHER_FORMS.get(name) or {name: Quirks.sources()[name].worst}


def probe_of(name: str) -> str:
    [assumption, *_] = OBSERVED_BY[name]
    [probe] = [probe.name for probe in plan().probes if assumption in probe.assumptions]
    return probe


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_each_quirk_is_observed_or_listed_with_a_reason() -> None:
    assert sorted([*OBSERVED_BY, *UNOBSERVABLE]) == sorted(NAMES)
    assert {*APPROXIMATE} <= {*OBSERVED_BY}
    stated = {name for probe in plan().probes for name in probe.assumptions}
    assert {name for names in OBSERVED_BY.values() for name in names} <= stated


def _found(expected: dict[str, Any], journal: Path, name: str, **times: float) -> list[Outcome]:
    with TelnyxEmulator(sockets=False, quirks=Quirks(**expected)) as emulator:
        times = {**TIMES.get(name, {}), **times}
        found = outcomes(emulator, journal, probe_of(name), **times)
        assert resources(emulator) == []
    return found


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNOBSERVABLE])
def test_a_flipped_quirk_differs_and_is_written_down(journal: Path, name: str) -> None:
    expected = dict(flip(name))
    assert Quirks(**expected) != Quirks()
    found = _found(expected, journal, name)
    if name in SHORT and name in unobserved(found):  # over before the request: the machine is busy
        expected[name] *= 10
        found = _found(expected, journal, name, patience=40)
    verdicts = {outcome.assumption: outcome.verdict for outcome in found}
    assert "differs" in {verdicts.get(assumption) for assumption in OBSERVED_BY[name]}
    assert name not in unobserved(found)
    written = quirks_of(found)
    assert Quirks(**json.loads(json.dumps(written))) == Quirks(**written)
    if name not in APPROXIMATE:
        assert written == expected
        return
    value = written.pop(name)
    if isinstance(value, Mapping):
        assert value.items() <= expected[name].items()
    assert value
    assert written == {each: form for each, form in expected.items() if each != name}


@pytest.mark.parametrize(("name", "value"), FORMS, ids=str)
def test_another_form_of_a_quirk_is_found(journal: Path, name: str, value: Any) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(**{name: value})) as emulator:
        found = outcomes(emulator, journal, probe_of(name))
    assert quirks_of(found) == {name: value}


@pytest.mark.parametrize("probe", ["buckets.embedding", "conversations", "limits"])
def test_odd_rows_are_found_in_each_list(journal: Path, probe: str) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(odd_rows=True)) as emulator:
        assert quirks_of(outcomes(emulator, journal, probe)) == {"odd_rows": True}


@pytest.mark.parametrize("name", UNOBSERVABLE)
def test_a_quirk_that_cannot_be_observed_is_unknown(journal: Path, name: str) -> None:
    quirks = Quirks(**{name: Quirks.sources()[name].worst})
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        found = [*outcomes(emulator, journal, "insights"), *outcomes(emulator, journal, "unobs")]
    reasons = {outcome.evidence for outcome in found if outcome.verdict == "unknown"}
    assert UNOBSERVABLE[name] in reasons
    assert name in unobserved(found)
    assert quirks_of(found) == {}


def test_all_states_are_found_by_their_words(journal: Path) -> None:
    quirks = Quirks(
        file_words={
            "queued": "new",
            "success": "embedded",
            "failure": "unreadable",
            "deleted": "gone",
        },
        task_words={
            "queued": "waiting",
            "processing": "running",
            "success": "completed",
            "failure": "broken",
            "partial_success": "done_in_part",
        },
        deleted_files="listed",
    )
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        emulator.account.jobs.pace = after_polls(2)
        found = outcomes(emulator, journal, "buckets.embedding", patience=5)
    assert Quirks(**quirks_of(found)) == quirks
    verdicts = {outcome.assumption: outcome.verdict for outcome in found}
    assert verdicts["embedding.task_states_seen"] == "holds"
