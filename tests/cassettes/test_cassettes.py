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


def recorded(folder: Path, quirks: Quirks) -> list[Cassette]:
    """Record a run of all probes on an emulator, with its quirks, as `doctor --live` does."""
    file = folder / "run.jsonl"
    with TelnyxEmulator(sockets=False, quirks=quirks) as emulator:
        options: dict[str, Any] = {**emulator.options(), "poll_interval": 0.02, "wait_timeout": 30}
        found = [*run(plan(), journal=folder / "journal", cassette=file, **options)]
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


@pytest.mark.parametrize("quirks", [Quirks(), FLIPPED], ids=["default", "flipped"])
def test_a_recorded_run_passes_the_same_checks(tmp_path: Path, quirks: Quirks) -> None:
    found = recorded(tmp_path, quirks)
    assert len(found) > 40
    assert [each for cassette in found for each in problems(cassette)] == []
