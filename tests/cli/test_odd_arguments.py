"""Odd arguments to every command end in one line and an exit status, never in a traceback."""

from __future__ import annotations

import io
import socket
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.cli import COMMANDS, command_parser, main
from langchain_telnyx.emulator.settings import DEFAULT_KEY
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator

ODD = [
    *["", " ", "-", "--", "-1", "-z", "--modle", "--json=1", "0", "0x10", "65536", "9" * 30, "nan"],
    *[
        "é",
        "\udc80",
        "\x00",
        "a\nb",
        "%s",
        "{}",
        "[",
        "*",
        "a" * 300,
        "~nobody/x",
        "a:b",
        "=",
        "a=",
    ],
    *["nowhere:agent", "json:dumps", "http://", "http://[", "http://127.0.0.1:9/v1", "file:///x"],
    *["/dev/null", "/dev/null/x", "/proc/self/mem", ".", "notes", "notes/titan.md", DEFAULT_KEY],
]
# What keeps a command from running for long: a port that is in use, and a low price.
LIMITS = {
    "emulator": ["--port", "{taken}"],
    "serve": ["--port", "{taken}"],
    "doctor": ["--max-usd", "0"],
}
# Options that would undo a limit, and the one that requests a traceback.
NOT_DRAWN = {"--port", "--max-usd", "--traceback"}
# Arguments with which a command works, or would if its port were free.
VALID = {
    "ask": ["Which moon?", "notes", "--yes"],
    "chat": ["Which moon?"],
    "search": ["Titan", "--bucket", "moons"],
    "transcribe": ["notes"],
    "summarize": ["notes", "--yes"],
    "serve": ["my_app:agent"],
    "call": ["my_app:agent"],
    "connect": ["my_app:agent", "--number", "+13125550100"],
    "new": ["voice-agent", "shop"],
    "completion": ["bash"],
}
Check: TypeAlias = "Callable[[list[str]], None]"


@pytest.fixture
def check(telnyx_emulator: TelnyxEmulator, tmp_path: Path) -> Iterator[Check]:
    """Run a command line, and check how it ends."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "titan.md").write_text("Titan is a moon of Saturn.", "utf-8")
    (tmp_path / "my_app.py").write_text("def agent(messages):\n    return 'Hello.'\n", "utf-8")
    variables = {**telnyx_emulator.environment(), "TELNYX_SERVE_TOKEN": "a-token-0123456789-abcdef"}
    variables |= dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(tmp_path / "home"))

    def run(arguments: list[str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(sys, "path", list(sys.path))
            patch.setattr(sys, "stdin", io.StringIO())
            out, err = io.StringIO(), io.StringIO()
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            name, *rest = arguments
            # Before a `--`, after which words are no options.
            limits = [each.format(taken=taken) for each in LIMITS.get(name, [])]
            try:
                status: Any = main([name, *limits, *rest])
            except SystemExit as ended:
                status = ended.code
        check_end(status, out.getvalue(), err.getvalue(), arguments)

    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        yield run
    sys.modules.pop("my_app", None)


def check_end(status: object, out: str, err: str, arguments: list[str]) -> None:
    assert status in {0, 1, 2}, err
    assert "Traceback" not in err
    assert "--traceback" not in err, err  # the hint of an error that nobody expected
    assert DEFAULT_KEY not in err
    assert DEFAULT_KEY not in out or DEFAULT_KEY in arguments  # a name or a question
    if status == 2:
        lines = [each for each in err.splitlines() if each.startswith("langchain-telnyx")]
        assert len(lines) == 1, err


def actions_of(name: str) -> list[argparse.Action]:
    actions = command_parser(name)[0]._actions  # noqa: SLF001 - argparse has no public list
    return [each for each in actions if not NOT_DRAWN.intersection(each.option_strings)]


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command, and options and positional arguments of it with odd values."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    actions = actions_of(name)
    words = [drawn(draw, each) for each in draw(st.lists(st.sampled_from(actions), max_size=4))]
    if draw(st.booleans()):
        needed = [each for each in actions if each.required or not each.option_strings]
        words += [drawn(draw, action) for action in needed]
    return [name, *(word for group in draw(st.permutations(words)) for word in group)]


def drawn(draw: st.DrawFn, action: argparse.Action) -> list[str]:
    choices = sorted(map(str, action.choices or ()))
    value = [] if action.nargs == 0 else [draw(st.sampled_from(choices + ODD))]
    return [*action.option_strings[-1:], *value]


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(arguments=command_lines())
def test_odd_arguments_are_one_line(arguments: list[str], check: Check) -> None:
    check(arguments)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", COMMANDS)
def test_one_odd_value_among_valid_arguments_is_one_line(
    name: str, telnyx_emulator: TelnyxEmulator, check: Check
) -> None:
    TelnyxVectorStore("moons", **telnyx_emulator.options()).add_texts(["Titan is a moon."])
    for action in actions_of(name):
        option = action.option_strings[-1:]
        valid = [] if not option else VALID.get(name, [])
        for value in [] if action.nargs == 0 else ODD:
            check([name, *valid, *option, value])
        if action.nargs == 0:
            check([name, *valid, *option])
