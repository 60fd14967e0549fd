"""An emulator for the tests of webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def emulator() -> Iterator[TelnyxEmulator]:
    """An emulator without a socket."""
    with TelnyxEmulator(sockets=False) as emulator:
        yield emulator
