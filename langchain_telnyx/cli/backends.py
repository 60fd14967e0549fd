"""Who answers: Telnyx when there is a key, else the emulator, started for the occasion."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.client.config import configure


@dataclass(frozen=True, slots=True)
class Backend:
    """What answers.

    Attributes:
        name: What to tell the user it is.
        emulated: Whether nothing leaves this machine and nothing costs money.
        options: Keyword arguments for `Telnyx`.
    """

    name: str
    emulated: bool
    options: dict[str, Any]


@contextmanager
def backend() -> Iterator[Backend]:
    """Provide what the environment asks for.

    Raises:
        ImportError: There is no key, and the emulator's extra is not installed.
    """
    if os.environ.get("TELNYX_API_KEY"):
        yield Backend(f"Telnyx at {configure().base_url}", emulated=False, options={})
        return
    # An extra, and only needed without a key.
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415

    with TelnyxEmulator() as emulator:
        name = (
            "the offline emulator, whose model quotes and does not think; "
            "set TELNYX_API_KEY to ask Telnyx"
        )
        yield Backend(name, emulated=True, options=emulator.options())
