"""The pytest fixture `telnyx_emulator`.

The entry point `pytest11` loads this module in every test run, so it imports the emulator only when
a test requests the fixture.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import TelnyxEmulator

_MARKER = "telnyx_emulator"

_OPTIONS = {
    "assert_all_used": "Whether a test fails if it scripts an answer that is never used.",
    "block_real_hosts": "Whether requests to the real Telnyx are refused during a test.",
    "set_environment": "Whether TELNYX_API_KEY, TELNYX_BASE_URL and the like are set for a test.",
}
"""The options of the fixture; a marker or the settings file can turn them off."""

_ended_early = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to the settings file."""
    for name, text in _OPTIONS.items():
        parser.addini(
            f"{_MARKER}_{name}", f"{text} (fixture `telnyx_emulator`)", type="bool", default=True
        )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    defaults = ", ".join(f"{name}=True" for name in _OPTIONS)
    config.addinivalue_line(
        "markers", f"{_MARKER}({defaults}): options of the fixture `telnyx_emulator`."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Record that a test failed or was skipped, so that unused answers are not an error."""
    if call.when == "call" and call.excinfo is not None:
        item.stash[_ended_early] = True


@pytest.fixture
def telnyx_emulator(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TelnyxEmulator]:
    """Run an emulated Telnyx account for one test, fresh and deterministic.

    During the test TELNYX_API_KEY, TELNYX_BASE_URL and TELNYX_API_BASE point to it, and
    TELNYX_STORAGE_URL where it is set, so that code which builds its own `ChatTelnyx()` uses it,
    and TELNYX_PUBLIC_KEY is the key of its webhooks; a request to the real Telnyx is refused; and a
    scripted answer that is never used is an error at the end. Each can be turned off, by
    `@pytest.mark.telnyx_emulator(set_environment=False, block_real_hosts=False,
    assert_all_used=False)` or, for all tests, by `telnyx_emulator_set_environment = false` and so
    on in the settings file.

    It listens on a free loopback port, so that any client can talk to it. For a test that must not
    open sockets, write your own fixture around `TelnyxEmulator(sockets=False)`.
    """
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - only if it is requested
    from langchain_telnyx.emulator.serving.real_hosts import refuse_real_hosts  # noqa: PLC0415 - as above

    chosen = _options(request)
    with TelnyxEmulator() as emulator:
        # With `monkeypatch`, so that changes of the test are undone first.
        if chosen["set_environment"]:
            for name, value in emulator.environment().items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("TELNYX_API_BASE", emulator.base_url)
            monkeypatch.setenv("TELNYX_PUBLIC_KEY", emulator.webhook_public_key)
            # Without it the storage URL is derived from the API's; that also works for a second
            # emulator in the same test.
            if "TELNYX_STORAGE_URL" in os.environ:
                monkeypatch.setenv("TELNYX_STORAGE_URL", emulator.storage_url)
        if chosen["block_real_hosts"]:
            refuse_real_hosts(monkeypatch.setattr, emulator.base_url)
        yield emulator
        if chosen["assert_all_used"] and not request.node.stash.get(_ended_early, False):
            _check_all_used(emulator)


def _check_all_used(emulator: TelnyxEmulator) -> None:
    try:
        emulator.assert_all_used()
    except AssertionError as error:
        report = (
            f"{error} To allow unused answers, mark the test with "
            "`@pytest.mark.telnyx_emulator(assert_all_used=False)`."
        )
    else:
        return
    pytest.fail(report, pytrace=False)


def _options(request: pytest.FixtureRequest) -> dict[str, bool]:
    chosen: dict[str, bool] = {
        name: request.config.getini(f"{_MARKER}_{name}") for name in _OPTIONS
    }
    # The closest marker comes first in the list and takes precedence.
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        unknown = [repr(given) for given in marker.args]
        unknown += [f"`{name}`" for name in marker.kwargs if name not in _OPTIONS]
        if unknown:
            raise pytest.UsageError(
                f"The marker `telnyx_emulator` does not accept {', '.join(unknown)}; it accepts "
                f"{', '.join(f'`{name}`' for name in _OPTIONS)}."
            )
        chosen.update(marker.kwargs)
    return chosen
