"""Commands, options and their help: suggestions, examples, colors, completion."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.cli import COMMANDS, command_parser, main
from langchain_telnyx.cli.colors import shows_colors
from langchain_telnyx.cli.failures import UsageError, run_guarded

if TYPE_CHECKING:
    from pathlib import Path

ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["aks"], "invalid choice: 'aks'; did you mean 'ask'?"),
        (["Transcribe"], "did you mean 'transcribe'?"),
        (["models", "--wiht", "image"], "unrecognized arguments: --wiht; did you mean '--with'?"),
        (["connect", "a:b", "--nubmer=+1"], "--nubmer; did you mean '--number'?"),
        (["models", "--sort", "prize"], "invalid choice: 'prize'; did you mean 'price'?"),
        (["completion", "fisch"], "did you mean 'fish'?"),
        (
            ["doctor", "--xyz"],
            "unrecognized arguments: --xyz. See `langchain-telnyx doctor --help`.",
        ),
        (["emulator", "here"], "unrecognized arguments: here. See"),
        (["models", "--js"], "did you mean '--json'?"),  # no abbreviations: scripts stay valid
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_misspelt_word_gets_a_suggestion(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_options_may_be_between_positional_arguments() -> None:
    parser, _ = command_parser("ask")
    options = parser.parse_command(["What?", "--model", "m", "notes", "--yes", "more"])
    assert (options.question, options.model, options.yes) == ("What?", "m", True)
    assert [str(path) for path in options.paths] == ["notes", "more"]


def test_words_after_two_dashes_are_no_options() -> None:
    parser, _ = command_parser("search")
    options = parser.parse_command(["--bucket", "moons", "--", "--json"])
    assert (options.query, options.json) == ("--json", False)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_has_examples_that_are_valid(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    examples = capsys.readouterr().out.partition("\nexamples:\n")[2].strip().splitlines()
    assert examples
    parser, _ = command_parser(name)
    for example in examples:
        [line] = re.findall(rf"langchain-telnyx {name}\b([^|<>)]*)", example)
        parser.parse_command(shlex.split(line))


def test_a_usage_error_loads_neither_pydantic_nor_langchain() -> None:
    code = (
        "import sys\nfrom langchain_telnyx.cli import main, COMMANDS\n"
        "for name in [*(COMMANDS.keys() - {'ask'}), '', '--version']:\n"
        "    try: main([name, '--no-such-option'])\n"
        "    except SystemExit: pass\n"
        "print(sorted({'pydantic', 'httpx', 'langchain_core', 'fastapi'} & sys.modules.keys()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.splitlines()[-1] == "[]"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "stream", "colored"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({}, None, False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": "0"}, io.StringIO(), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
        ({"TERM": "dumb"}, Terminal(), False),
    ],
)
def test_only_a_terminal_has_colors(
    variables: dict[str, str],
    stream: io.StringIO | None,
    monkeypatch: pytest.MonkeyPatch,
    *,
    colored: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert shows_colors(stream) is colored


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_colors_of_results_and_errors(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    out, err = (Terminal() if is_terminal else io.StringIO() for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["models", "kimi"]) == 0
    assert out.getvalue().startswith(f"{ESCAPE}1mmodel") is is_terminal
    assert (ESCAPE in out.getvalue()) is is_terminal
    assert err.getvalue().startswith(f"{ESCAPE}2mBackend") is is_terminal

    def fail() -> int:
        raise UsageError("No.")

    run_guarded("langchain-telnyx x", fail)
    assert err.getvalue().endswith(
        f"{ESCAPE}31mlangchain-telnyx x:{ESCAPE}0m No.\n"
        if is_terminal
        else "langchain-telnyx x: No.\n"
    )


COMPLETED = """
complete_words() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _shtab_langchain_telnyx; echo "${COMPREPLY[@]}"
}
complete_words langchain-telnyx mo
complete_words langchain-telnyx models --wi
complete_words langchain-telnyx models --sort pr
complete_words langchain-telnyx ask Why no
complete_words langchain-telnyx emulator --data no
"""


def test_bash_completes_commands_options_choices_and_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "notes").mkdir()
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    bash = shutil.which("bash")
    assert bash
    ended = subprocess.run(
        [bash, "--norc", "-c", f"{script}\n{COMPLETED}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    command, option, choice, path, folder = ended.stdout.splitlines()
    assert (command, option, choice, folder) == ("models", "--with", "price", "notes")
    assert sorted(path.split()) == ["notes", "notes.txt"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in script] == []
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script, text=True, check=True, timeout=60)
