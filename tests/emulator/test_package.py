"""Importing the package, and the pytest fixture."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

import langchain_telnyx.emulator as package

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

HEAVY = ("fastapi", "httpx", "numpy", "pydantic", "starlette", "uvicorn", "langchain_core")


@pytest.mark.parametrize(
    "module", ["langchain_telnyx.emulator", "langchain_telnyx.emulator.pytest_plugin"]
)
def test_importing_loads_no_dependencies(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "[]\n"


def test_exactly_the_public_names_exist() -> None:
    assert package.__all__ == [
        "BeyondLoopbackWarning",
        "ModelRateLimit",
        "ModelRateLimits",
        "NearMiss",
        "QuirkSource",
        "Quirks",
        "RequestLimits",
        "RequestLog",
        "RequestRecord",
        "ResponseRecord",
        "TelnyxEmulator",
        "after_polls",
        "after_seconds",
        "immediately",
    ]
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'Telnix'"):
        _ = package.Telnix  # type: ignore[attr-defined]  # misspelt on purpose


def test_a_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['fastapi'] = None\n"
        "try:\n    from langchain_telnyx.emulator import TelnyxEmulator\n"
        "except ImportError as error:\n    print(error)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout == (
        "The emulator needs 'fastapi', which is not installed. "
        'Install its extra: pip install "langchain-telnyx[emulator]"\n'
    )


def test_the_fixture_is_a_running_emulator(telnyx_emulator: TelnyxEmulator) -> None:
    answer = httpx.get(
        f"{telnyx_emulator.base_url}/ai/embeddings/buckets",
        headers={"authorization": f"Bearer {telnyx_emulator.api_key}"},
    )
    assert answer.json() == {"data": {"buckets": []}}
