"""Deep agents finish, or raise an error of ours, on every sample of an engine's answer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import installed
import pytest

WORKER = Path(__file__).with_name("deep_worker.py")


@pytest.mark.contract
@pytest.mark.timeout(1800)
def test_a_deep_agent_finishes_or_raises_on_every_sample() -> None:
    python = installed.ours(installed.DEEPAGENTS, name=installed.DEEPAGENTS.replace("==", "-"))
    printed = subprocess.check_output([str(python), str(WORKER)], env=installed.environment())
    ends = json.loads(printed)
    assert len(ends) > 150
    for sample, ways in ends.items():
        for way, (ended, ran) in ways.items():
            assert (sample, way, bool(ended), ran) == (sample, way, True, True)
