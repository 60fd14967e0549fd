"""A real database with vectors of `TelnyxEmbeddings`: Chroma, on disk, in its own environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import installed
import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMA = "langchain-chroma==1.1.0"
ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("chroma_worker.py")

# The first run installs Chroma, which is large.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def account() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as emulator:
        yield emulator


def run(what: str, folder: Path, account: TelnyxEmulator) -> Any:
    environment = {
        **installed.environment(),
        **account.environment(),
        "PYTHONPATH": str(ROOT),
        "ANONYMIZED_TELEMETRY": "False",
    }
    done = subprocess.run(
        [str(installed.python(CHROMA)), str(WORKER), what, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_chroma_stores_and_finds_vectors(account: TelnyxEmulator, tmp_path: Path) -> None:
    assert run("write", tmp_path, account) == {"held": 1006}
    # Another process: it reads the database from disk, and its queries match the stored vectors.
    found = run("read", tmp_path, account)
    assert found["held"] == 1006
    assert found["found"][0] == "Europa"
    assert found["between_0_and_1"]
    assert found["filtered"] == ["Dione", "Titan"]
    assert found["awaited"] == ["Receipt 7 is paid.", "Receipt 7 is paid."]
