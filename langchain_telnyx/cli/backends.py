"""The backend of a command: Telnyx if there is a key, else an emulator for this command.

An upstream lets a model of another server answer behind the emulator.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.cli.upstreams import UpstreamChoice, choose
from langchain_telnyx.client.config import configure


@dataclass(frozen=True, slots=True)
class Backend:
    """A backend.

    Attributes:
        name: A description for the user.
        emulated: Whether it is the emulator, which sends no data and costs nothing.
        options: Keyword arguments for `Telnyx`.
        quotes: Whether its model only quotes text.
    """

    name: str
    emulated: bool
    options: dict[str, Any]
    quotes: bool = False


@contextmanager
def backend(upstream: UpstreamChoice | None = None) -> Iterator[Backend]:
    """Provide the backend for the environment.

    Args:
        upstream: The server whose model answers, behind the emulator.

    Raises:
        ImportError: The emulator is needed, and its extra is not installed.
        UpstreamError: The upstream cannot be used.
    """
    if upstream is not None and upstream.url is not None:
        with _with_upstream(upstream) as chosen:
            yield chosen
        return
    if os.environ.get("TELNYX_API_KEY"):
        yield Backend(f"Telnyx at {configure().base_url}", emulated=False, options={})
        return
    # An extra, and only needed without a key.
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415

    with TelnyxEmulator() as emulator:
        name = (
            "the offline emulator, whose model only quotes text; set TELNYX_API_KEY to use Telnyx"
        )
        yield Backend(name, emulated=True, options=emulator.options(), quotes=True)


@contextmanager
def _with_upstream(choice: UpstreamChoice) -> Iterator[Backend]:
    found, model = choose(choice)
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - as above

    with TelnyxEmulator(
        upstream=found.url, upstream_model=model, upstream_api_key=choice.api_key
    ) as emulator:
        name = f"the offline emulator, and {model or 'the model'} of {found.name} at {found.url}"
        if found.name == found.url:
            name = f"the offline emulator, and {model or 'the model'} at {found.url}"
        yield Backend(name, emulated=True, options=emulator.options())
