"""The code of docs/batch.md that needs Ray, Dask or Spark, each in a process of its own."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]

PAGE = Path(__file__).parents[3] / "docs" / "batch.md"
# Two cores, whatever the machine has; and Ray stays on loopback.
SMALL = 'ray.init(num_cpus=2, object_store_memory=200_000_000, _node_ip_address="127.0.0.1")'


def blocks() -> list[str]:
    """Return the blocks that the tests of pages skip."""
    text = PAGE.read_text("utf-8")
    return re.findall(r"<!-- skip: next .*?-->\n```python\n(.*?)```", text, re.DOTALL)


def needed(library: str) -> str:
    found = [block for block in blocks() if re.search(rf"\b{library}\b", block)]
    assert found
    return "\n".join(found)


def run(code: str, emulator: TelnyxEmulator, folder: Path) -> str:
    environment = {
        **os.environ,
        **emulator.environment(),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    code = code.replace("/tmp/planets.jsonl", str(folder / "planets.jsonl"))  # noqa: S108 - replaced
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


@pytest.mark.parametrize("library", ["ray", "dask", "pyspark"])
def test_the_recipe_runs(library: str, tmp_path: Path) -> None:
    arrow: Any = importlib.import_module("pyarrow.dataset")
    with TelnyxEmulator() as emulator:
        code = needed(library).replace("ray.init()", SMALL)
        run(code, emulator, tmp_path)
        sent = len(emulator.requests)
        assert sent == (4 if library == "ray" else 2)  # two prompts for Ray
        found = arrow.dataset(str(tmp_path / "planets"), format="parquet").to_table().to_pylist()
        assert sorted(row["text"] for row in found) == [
            "Io orbits Jupiter.",
            "Titan orbits Saturn.",
        ]
        assert all(row["error"] is None and row["cost"] > 0 for row in found)
        run(code, emulator, tmp_path)
        assert len(emulator.requests) == sent
