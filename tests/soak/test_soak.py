"""Parts of `make soak`: a few kills, and in the slow tests every kind of fault, sync and async."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from faulty_proxy import KINDS, FaultyProxy
from soak_account import SharedData
from soak_kills import kills
from soak_mixed import MODES, Lane, client_of, mixed, recording
from soak_tally import KEY, Tally

from langchain_telnyx.emulator import TelnyxEmulator

pytestmark = pytest.mark.waits

SEED = 15
# Timeouts of clients, and seconds after which a port ends a connection. No times are asserted here,
# except for calls that do not end at all.
OPTIONS = {"timeout": 0.5, "deadline": 3.0}
LONGEST, STUCK = 3.0, 90.0


@pytest.mark.slow
def test_calls_with_every_fault_return_correct_results_or_raise_typed_errors() -> None:
    tally = Tally(deadline=STUCK)
    with (
        TelnyxEmulator(api_key=KEY) as emulator,
        FaultyProxy(emulator.storage_url) as proxy,
        client_of(emulator.storage_url) as direct,
    ):
        shared = SharedData.of(direct, recording())
        lanes = [
            Lane(
                f"k{number}",
                [*MODES][number % len(MODES)],
                proxy.listen(f"{SEED} {kind}", 0.4, (kind,), LONGEST),
                calls=10,
                options=OPTIONS,
            )
            for number, kind in enumerate(KINDS)
        ]
        mixed(shared, direct, lanes, tally, seed=SEED)
        faults = proxy.fault_counts
    assert tally.examples == {}
    assert faults.keys() == {"", *KINDS}
    assert sum(tally.calls.values()) >= 8 * len(KINDS)


def test_acknowledged_writes_survive_a_kill() -> None:
    found = kills(3, SEED)
    assert found["anomalies"] == []
    assert found["acknowledged"] >= 30
    assert all(found["of"].values())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_make_soak_runs_and_reports(tmp_path: Path) -> None:
    output = tmp_path / "result.json"
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("soak.py")),
            *("--calls", "12", "--kills", "1", "--no-load", "--output", str(output)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "| mixed calls |" in done.stdout
    found = json.loads(output.read_text())
    assert not [part for part in found.values() if isinstance(part, dict) and part.get("failed")]
    assert found["kills"]["kills"] == 1
