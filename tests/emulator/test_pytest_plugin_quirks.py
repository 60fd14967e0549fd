"""The quirks of the fixture `telnyx_emulator` in test runs of users, each a separate pytest."""

from __future__ import annotations

import pytest

from tests.support.plugin_runs import run_plugin

pytest_plugins = ["pytester"]

TESTS = """
    import pytest
    from langchain_telnyx.emulator import Quirks, TelnyxEmulator

    def of(emulator):
        return emulator.account.settings.quirks

    def test_the_fixture(telnyx_emulator):
        assert of(telnyx_emulator) == EXPECTED

    def test_another_emulator(telnyx_quirks):
        with TelnyxEmulator(sockets=False, quirks=telnyx_quirks) as emulator:
            assert of(emulator) == EXPECTED

    @pytest.mark.telnyx_emulator(quirks=Quirks(search_cap=7), assert_all_used=False)
    def test_a_marker(telnyx_emulator):
        assert of(telnyx_emulator) == Quirks(search_cap=7)
        telnyx_emulator.say("unused")
"""


def passed(pytester: pytest.Pytester, expected: str, *arguments: str) -> bool:
    pytester.makepyfile(test_app=TESTS.replace("EXPECTED", expected))
    result = run_plugin(pytester, *arguments)
    return result.parseoutcomes() == {"passed": 3}


def test_the_defaults_are_those_of_the_emulator(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\n")
    assert passed(pytester, "Quirks()")


def test_the_command_line_selects_the_quirks(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntelnyx_emulator_quirks = nothing.json\n")
    assert passed(pytester, "Quirks.pessimistic()", "--telnyx-quirks", "pessimistic")


def test_the_settings_file_selects_a_file_of_quirks(pytester: pytest.Pytester) -> None:
    pytester.makefile(".json", found='{"search_cap": 3}')
    pytester.makeini("[pytest]\ntelnyx_emulator_quirks = found.json\n")
    assert passed(pytester, "Quirks(search_cap=3)")


@pytest.mark.parametrize("content", [None, "{", '{"no_quirk": 1}'])
def test_a_file_that_cannot_be_used_is_an_error(
    pytester: pytest.Pytester, content: str | None
) -> None:
    pytester.makeini("[pytest]\n")
    if content is not None:
        pytester.makefile(".json", found=content)
    pytester.makepyfile("def test_one(telnyx_emulator): ...")
    result = run_plugin(pytester, "--telnyx-quirks", "found.json")
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(["*`telnyx_emulator_quirks` 'found.json': *"])
