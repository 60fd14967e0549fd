"""The pytest fixtures `telnyx_emulator` and `telnyx_quirks`.

The entry point `pytest11` loads this module in every test run, so it imports the emulator only when
a test requests the fixture.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import Quirks, TelnyxEmulator

_MARKER = "telnyx_emulator"

_OPTIONS = {
    "assert_all_used": "Whether a test fails if it scripts an answer that is never used.",
    "block_real_hosts": "Whether requests to the real Telnyx are refused during a test.",
    "set_environment": "Whether TELNYX_API_KEY, TELNYX_BASE_URL and the like are set for a test.",
}
"""The options of the fixture; a marker or the settings file can turn them off."""

_QUIRKS = "quirks"

_ended_early = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to the settings file, and the one for quirks to the command line."""
    text = "a JSON file of quirks for the fixture `telnyx_emulator`, or the profile `pessimistic`"
    parser.addini(f"{_MARKER}_{_QUIRKS}", text, default="")
    parser.getgroup("telnyx").addoption("--telnyx-quirks", metavar="FILE", help=text)
    for name, text in _OPTIONS.items():
        parser.addini(
            f"{_MARKER}_{name}", f"{text} (fixture `telnyx_emulator`)", type="bool", default=True
        )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    defaults = ", ".join([*(f"{name}=True" for name in _OPTIONS), f"{_QUIRKS}=None"])
    config.addinivalue_line(
        "markers", f"{_MARKER}({defaults}): options of the fixture `telnyx_emulator`."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Record that a test failed or was skipped, so that unused answers are not an error."""
    if call.when == "call" and call.excinfo is not None:
        item.stash[_ended_early] = True


def session_quirks(config: pytest.Config) -> Quirks:
    """Return the quirks that the command line or the settings file selects.

    Raises:
        pytest.UsageError: The file cannot be read, or is not a file of quirks.
    """
    from langchain_telnyx.emulator import Quirks  # noqa: PLC0415 - only if it is requested

    chosen = config.getoption("--telnyx-quirks") or config.getini(f"{_MARKER}_{_QUIRKS}")
    try:
        return Quirks.load(chosen) if chosen else Quirks()
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"`telnyx_emulator_quirks` {chosen!r}: {error}") from None


@pytest.fixture
def telnyx_quirks(request: pytest.FixtureRequest) -> Quirks:
    """Return the quirks for a test: those of the session, or of its marker.

    For fixtures that start an emulator of their own:
    `TelnyxEmulator(sockets=False, quirks=telnyx_quirks)`. The command line selects the session's
    by `--telnyx-quirks pessimistic`, the settings file by `telnyx_emulator_quirks = "pessimistic"`,
    and a marker those of a test by `@pytest.mark.telnyx_emulator(quirks=Quirks(...))`.
    """
    for marker in request.node.iter_markers(_MARKER):
        if marker.kwargs.get(_QUIRKS) is not None:
            return marker.kwargs[_QUIRKS]  # type: ignore[no-any-return]  # a marker has no types
    return session_quirks(request.config)


@pytest.fixture
def telnyx_emulator(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, telnyx_quirks: Quirks
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
    open sockets, write your own fixture around `TelnyxEmulator(sockets=False)`. Its quirks are
    those of the fixture `telnyx_quirks`.
    """
    from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - only if it is requested
    from langchain_telnyx.emulator.serving.real_hosts import refuse_real_hosts  # noqa: PLC0415 - as above

    chosen = _options(request)
    with TelnyxEmulator(quirks=telnyx_quirks) as emulator:
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
        accepted = (*_OPTIONS, _QUIRKS)
        unknown += [f"`{name}`" for name in marker.kwargs if name not in accepted]
        if unknown:
            raise pytest.UsageError(
                f"The marker `telnyx_emulator` does not accept {', '.join(unknown)}; it accepts "
                f"{', '.join(f'`{name}`' for name in accepted)}."
            )
        chosen.update({name: on for name, on in marker.kwargs.items() if name in _OPTIONS})
    return chosen
