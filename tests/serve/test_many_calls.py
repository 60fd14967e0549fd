"""Many calls at once: no call hears another one, or an earlier turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from call_storm import storm

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.mark.parametrize(
    ("calls", "turns"), [(30, 5), pytest.param(500, 10, marks=pytest.mark.slow)]
)
async def test_no_call_hears_another(emulator: TelnyxEmulator, calls: int, turns: int) -> None:
    wave = await storm(emulator, calls=calls, turns=turns, seed=calls)
    assert (wave.failed, wave.mixed, wave.unheard) == (0, [], 0)
    assert wave.tokens > calls * turns
