"""Deep agents finish, or raise a documented error, on every sample of an engine's answer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import installed
import pytest

WORKER = Path(__file__).with_name("deepagents_worker.py")


@pytest.mark.contract
@pytest.mark.timeout(1800)
def test_a_deep_agent_finishes_or_raises_on_every_sample() -> None:
    python = installed.ours(installed.DEEPAGENTS, name=installed.DEEPAGENTS.replace("==", "-"))
    printed = subprocess.check_output([str(python), str(WORKER)], env=installed.environment())
    runs = [json.loads(line) for line in printed.splitlines()]
    assert len(runs) > 300
    for sample, way, ended, as_meant in runs:
        assert (sample, way, bool(ended), as_meant) == (sample, way, True, True)
