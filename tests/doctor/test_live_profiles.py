"""`doctor --live` in whole runs, on the emulator's default and on its pessimistic profile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.cli import main
from langchain_telnyx.doctor.live import Outcome, plan, unobserved
from langchain_telnyx.doctor.live.coverage import APPROXIMATE, UNOBSERVABLE
from langchain_telnyx.doctor.live.journal import Journal
from langchain_telnyx.doctor.live.outcomes import quirks_of
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.doctor.live_runs import outcomes, register_speech, resources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The run waits for what the pessimistic profile never does.
PATIENCE = 3


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture(scope="module")
def pessimistic(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """The outcomes of one run on the pessimistic profile."""
    journal = tmp_path_factory.mktemp("pessimistic") / "journal.jsonl"
    with TelnyxEmulator(sockets=False, quirks=Quirks.pessimistic()) as emulator:
        found = outcomes(emulator, journal, patience=PATIENCE)
        assert resources(emulator) == []
    assert Journal(journal).leftovers() == []
    return found


def exact(quirks: Mapping[str, Any], found: list[Outcome]) -> dict[str, Any]:
    """Return the fields that a run observes, without those that it only measures."""
    left_out = {*unobserved(found), *APPROXIMATE}
    return {name: value for name, value in quirks.items() if name not in left_out}


def all_fields(quirks: Quirks) -> dict[str, Any]:
    return {name: getattr(quirks, name) for name in Quirks.sources()}


def stated() -> set[str]:
    return {name for probe in plan().probes for name in probe.assumptions}


def test_every_assumption_holds_on_the_emulator(journal: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        found = outcomes(emulator, journal)
        assert resources(emulator) == []
    assert {outcome.assumption for outcome in found} == stated()
    assert len(found) == len(stated())
    assert [str(outcome) for outcome in found if outcome.verdict == "differs"] == []
    # What the default profile does not have, or what no run sees. A state may be over too early.
    assert {each.assumption for each in found if each.verdict == "unknown"} - {
        "embedding.task_states_seen",
        "embedding.file_states_seen",
    } == {
        "search.limit_form",
        "later.listed_for",
        "insights.webhook",
        "unobserved.bucket_rate",
        "unobserved.account_rate",
    }
    assert quirks_of(found) == {}
    assert Journal(journal).leftovers() == []


def test_the_pessimistic_profile_is_found(pessimistic: list[Outcome]) -> None:
    assert {outcome.assumption for outcome in pessimistic} == stated()
    profile = all_fields(Quirks.pessimistic())
    written = all_fields(Quirks(**quirks_of(pessimistic)))
    assert exact(written, pessimistic) == exact(profile, pessimistic)
    # Each of these is hidden by another quirk of the profile.
    assert {*unobserved(pessimistic)} <= {
        *UNOBSERVABLE,
        "strict_schemas_must_be_closed",  # by `response_format_json_schema`
        "stream_usage",  # by `usage_absent`
        "failure_word",  # by `failed_file_in_success`
        "segment_limit",  # by `key_limit`
        "deleted_listed_for",  # it is forever
        "embedding_delay",  # by `automatic_embedding`
    }
    assert written["file_words"]["success"] == "embedded"
    assert 0 < written["rate_limited_share"] < 0.4


def test_a_run_on_the_quirks_of_a_run_observes_the_same(
    pessimistic: list[Outcome], journal: Path, tmp_path: Path
) -> None:
    file = tmp_path / "quirks.json"
    file.write_text(json.dumps(quirks_of(pessimistic)))
    with TelnyxEmulator(sockets=False, quirks=Quirks.load(file)) as emulator:
        again = outcomes(emulator, journal, patience=PATIENCE)
    assert exact(quirks_of(again), again) == exact(quirks_of(pessimistic), pessimistic)
    verdicts = {outcome.assumption: outcome.verdict for outcome in again}
    inexact = {"search.current", "embedding.task_states", "embedding.file_states"}
    for outcome in pessimistic:
        if outcome.verdict == "differs" and outcome.assumption not in inexact:
            assert verdicts[outcome.assumption] == "differs", outcome


@pytest.mark.slow
def test_the_command_prints_each_assumption_and_what_was_not_observed(
    tmp_path: Path,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    quirks, cassette = tmp_path / "quirks.json", tmp_path / "cassette.jsonl"
    with TelnyxEmulator(quirks=Quirks.pessimistic()) as emulator:
        register_speech(emulator)
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        files = ["--quirks", quirks, "--cassette", cassette, "--journal", journal]
        times = ["--poll-interval", "0.02", "--patience", "1"]
        assert main(["doctor", "--live", *map(str, files), *times]) == 1
        assert resources(emulator) == []
    lines = capsys.readouterr().out.splitlines()
    table = {line.split()[1]: line.split()[0] for line in lines[:-2]}
    assert {*table} == stated()
    assert {*table.values()} == {"holds", "differs", "unknown"}
    counts = [f"{sum(v == verdict for v in table.values())}" for verdict in ("holds", "differs")]
    assert lines[-2].startswith(f"{counts[0]} hold, {counts[1]} differ, ")
    assert "insight_webhook, bucket_rate, account_rate" in lines[-1]
    assert Quirks.load(quirks).tool_markup == "kimi"
    assert len(cassette.read_text("utf-8").splitlines()) > 100
