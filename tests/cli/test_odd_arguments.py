"""Odd arguments to every command end in one line and an exit status, never in a traceback."""

from __future__ import annotations

import io
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langchain_telnyx.cli import COMMANDS, command_parser, main
from langchain_telnyx.emulator.settings import DEFAULT_KEY

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator

ODD = (
    *("", " ", "-", "--", "-1", "-z", "--modle", "--json=1", "0", "0x10", "65536", "9" * 30, "nan"),
    *(
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
        "a=b",
        "=",
    ),
    *("nowhere:agent", "json:dumps", "http://", "http://[", "http://127.0.0.1:9/v1", "file:///x"),
    *("/dev/null", "/dev/null/x", "/proc/self/mem", ".", "notes", "notes/titan.md", DEFAULT_KEY),
)
# What keeps a command from running for long, and from the files of the person who runs the tests.
LIMITS = {
    "emulator": ["--port", "{taken}"],
    "serve": ["--port", "{taken}"],
    "doctor": ["--max-usd=0"],
}
# Options that would undo a limit, and the one that requests a traceback.
NOT_DRAWN = {"--port", "--max-usd", "--traceback"}


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """Draw a command, and options and positional arguments of it with odd values."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    actions = [
        action
        for action in command_parser(name)[0]._actions  # noqa: SLF001 - there is no public list
        if not NOT_DRAWN.intersection(action.option_strings)
    ]
    words = [drawn(draw, each) for each in draw(st.lists(st.sampled_from(actions), max_size=4))]
    required = [each for each in actions if each.required or not each.option_strings]
    if draw(st.booleans()):
        words += [drawn(draw, action) for action in required]
    return [name, *(word for group in draw(st.permutations(words)) for word in group)]


def drawn(draw: st.DrawFn, action: argparse.Action) -> list[str]:
    values = st.sampled_from(ODD)
    if action.choices is not None:
        values = st.one_of(values, st.sampled_from(sorted(map(str, action.choices))))
    value = [] if action.nargs == 0 else [draw(values)]
    return [*action.option_strings[-1:], *value]


@pytest.fixture
def taken() -> Iterator[str]:
    """A port in use, so that no server starts."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(arguments=command_lines())
def test_odd_arguments_are_one_line(
    arguments: list[str],
    taken: str,
    telnyx_emulator: TelnyxEmulator,
    tmp_path: Path,
) -> None:
    limits = [each.format(taken=taken) for each in LIMITS.get(arguments[0], [])]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        set_up(patch, telnyx_emulator, tmp_path)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            # Before a `--`, after which words are no options.
            status: Any = main([arguments[0], *limits, *arguments[1:]])
        except SystemExit as ended:
            status = ended.code
    printed = err.getvalue()
    assert status in {0, 1, 2}, printed
    assert "Traceback" not in printed
    assert "unexpected" not in printed
    assert DEFAULT_KEY not in printed
    assert DEFAULT_KEY not in out.getvalue() or DEFAULT_KEY in arguments  # a name or a question
    if status == 2:
        lines = [each for each in printed.splitlines() if each.startswith("langchain-telnyx")]
        assert len(lines) == 1, printed


def set_up(patch: pytest.MonkeyPatch, emulator: TelnyxEmulator, folder: Path) -> None:
    """Set a folder, an account and no input."""
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "notes" / "titan.md").write_text("Titan is a moon of Saturn.", "utf-8")
    patch.chdir(folder)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        patch.setenv(name, str(folder / "home"))
    for name, value in emulator.environment().items():
        patch.setenv(name, value)
    patch.setattr(sys, "stdin", io.StringIO())
    patch.setattr(sys, "path", list(sys.path))
