"""An emulated account for commands that run in the test process."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def account(telnyx_emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch) -> TelnyxEmulator:
    """Set the environment for an emulated account, and an empty standard input."""
    for name, value in telnyx_emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return telnyx_emulator
