"""The backend of a command: Telnyx if there is a key, else an emulator for this command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.client.config import configure


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend.

    Attributes:
        name: A description for the user.
        emulated: Whether it is the emulator, which sends no data and costs nothing.
        options: Keyword arguments for `Telnyx`.
    """

    name: str
    emulated: bool
    options: dict[str, Any]


@contextmanager
def backend() -> Iterator[Backend]:
    """Provide the backend for the environment.

    Raises:
        ImportError: The key is missing, and the emulator's extra is not installed.
    """
    if os.environ.get("TELNYX_API_KEY"):
        yield Backend(f"Telnyx at {configure().base_url}", emulated=False, options={})
        return
    # An extra, and only needed without a key.
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415

    with TelnyxEmulator() as emulator:
        name = (
            "the offline emulator, whose model only quotes text; set TELNYX_API_KEY to use Telnyx"
        )
        yield Backend(name, emulated=True, options=emulator.options())
