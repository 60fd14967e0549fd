"""Every recorded exchange: the client reads the response, and the emulator sends one like it.

A file that is added to this folder, such as one of `langchain-telnyx doctor --live --cassette`,
becomes tests by itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.doctor.live import plan, run
from langchain_telnyx.doctor.live.outcomes import quirks_of
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.cassettes.cassettes import Cassette, cassettes
from tests.cassettes.checks import client_problems, emulator_problems

if TYPE_CHECKING:
    from pathlib import Path

CASSETTES = cassettes()


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("cassette", CASSETTES, ids=str)
def test_the_client_reads_what_the_service_sends(cassette: Cassette, *, is_async: bool) -> None:
    assert client_problems(cassette, is_async=is_async) == []


@pytest.mark.parametrize("cassette", CASSETTES, ids=str)
def test_the_emulator_responds_as_the_service(cassette: Cassette) -> None:
    assert emulator_problems(cassette) == []


def recorded(folder: Path, probe: str, quirks: Quirks) -> list[Cassette]:
    """Record a run of probes on an emulator, with its quirks, as `doctor --live` does."""
    file = folder / "run.jsonl"
    file.touch()
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        # A short wait: exchanges are recorded whether or not what they wait for comes in time.
        options: dict[str, Any] = {**emulator.options(), "poll_interval": 0.02, "wait_timeout": 3}
        found = [*run(plan(probe), journal=folder / "journal", cassette=file, **options)]
    (folder / "run.quirks.json").write_text(json.dumps(quirks_of(found)))
    return cassettes(folder)


def problems(cassette: Cassette) -> list[str]:
    """Return what both checks find."""
    found = [*client_problems(cassette, is_async=False), *emulator_problems(cassette)]
    return [f"{cassette}: {each}" for each in found]


FLIPPED = Quirks(
    reasoning_field="reasoning",
    strict_histories=True,
    stream_comments=True,
    tools_refuse_output_cap=True,
    presigned_envelope="data",
    filename_form="encoded",
    file_words={"success": "embedded"},
    task_visible_after=1,
)


def problems_of_run(folder: Path, probe: str, quirks: Quirks) -> list[str]:
    """Record probes, and return what the checks find in each exchange."""
    return [each for cassette in recorded(folder, probe, quirks) for each in problems(cassette)]


# Speech recognition takes ten seconds.
PROBES = [
    pytest.param(probe.name, marks=[pytest.mark.slow] if probe.name == "audio" else [])
    for probe in plan().probes
]


@pytest.mark.parametrize("probe", PROBES)
def test_what_a_probe_records_passes_the_same_checks(tmp_path: Path, probe: str) -> None:
    assert problems_of_run(tmp_path, probe, Quirks()) == []


@pytest.mark.parametrize("probe", ["chat", "buckets"])
def test_what_is_recorded_of_another_service_passes_with_its_quirks(
    tmp_path: Path, probe: str
) -> None:
    assert problems_of_run(tmp_path, probe, FLIPPED) == []


def test_a_run_records_each_exchange(tmp_path: Path) -> None:
    found = recorded(tmp_path, "chat.tools", Quirks())
    assert [cassette.status for cassette in found[:2]] == [200, 200]
    assert {cassette.path for cassette in found} == {"/ai/openai/chat/completions"}
    assert all("tools.calls" in cassette.entry["assumptions"] for cassette in found)


def test_a_recording_that_differs_from_the_emulator_fails(tmp_path: Path) -> None:
    [cassette, *_] = recorded(tmp_path, "chat.plain", FLIPPED)
    without_quirks = Cassette(cassette.name, cassette.entry)
    assert "/choices/0/message/reasoning: recorded, but not emulated" in str(
        problems(without_quirks)
    )
