"""schemathesis finds no failures in the emulator's control plane: all phases, all checks."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import installed
import pytest

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.control.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 240
_NOT_RUN = ("next_webhook",)  # it waits
_CONFIG = """
continue-on-failure = true
[generation]
max-examples = 10
deterministic = true
database = "none"
no-shrink = true
allow-x00 = true
[[operations]]
include-operation-id = "list_requests"
parameters = { wait = 0 }
[checks]
# Without a key and with any key, requests of this machine are accepted.
ignored_auth.enabled = false
# A conversation or a number that the account does not have is a 422, and so is one it has already.
positive_data_acceptance.expected-statuses = ["2xx", "404", "408", "422"]
"""

pytestmark = [pytest.mark.contract, pytest.mark.timeout(SECONDS + 60)]


def test_all_operations_match_the_document(tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(_CONFIG)
    with TelnyxEmulator() as emulator:
        done = subprocess.run(
            [
                str(installed.python(installed.SCHEMATHESIS).with_name("schemathesis")),
                f"--config-file={config}",
                "run",
                f"{emulator.storage_url}/_emulator/openapi.json",
                *(f"--exclude-operation-id={name}" for name in _NOT_RUN),
            ],
            cwd=tmp_path,
            env=installed.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
    counted = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
    assert counted is not None, done.stdout
    selected, operations, tested = map(int, counted.groups())
    assert (selected, tested) == (operations - len(_NOT_RUN), selected)
    assert operations > len(COMMANDS)
