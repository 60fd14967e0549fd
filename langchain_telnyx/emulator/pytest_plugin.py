"""The pytest fixture `telnyx_emulator`, there for every user of this package.

The entry point `pytest11` loads this module into every test run, so it imports nothing heavy until
a test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def telnyx_emulator() -> Iterator[TelnyxEmulator]:
    """Run an emulated Telnyx account for one test, fresh and deterministic.

    It listens on a free loopback port, so that any client can talk to it: ours by
    `ChatTelnyx(**telnyx_emulator.options())`, others by `telnyx_emulator.base_url`, the S3 ones by
    `telnyx_emulator.storage_url`. For a test that must not open sockets, write your own fixture
    around `TelnyxEmulator(sockets=False)`.
    """
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - only if it is asked for

    with TelnyxEmulator() as emulator:
        yield emulator
