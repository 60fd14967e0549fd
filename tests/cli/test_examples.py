"""The examples in docs/shell.md run, and their JSON has the documented fields."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.cli import COMMANDS, main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import TelnyxEmulator

PAGE = (Path(__file__).parents[2] / "docs" / "shell.md").read_text("utf-8")
# Consoles, and the JSON that the last command before it prints.
BLOCK = re.compile(r"^```console\n(.*?)^```(?:\s+^```json\n(.*?)^```)?", re.DOTALL | re.MULTILINE)
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
# Lines that tell that a server runs.
STARTED = ("Serving on", '{"url"', "export TELNYX_BASE_URL", '{"TELNYX_API_KEY"')


class Example(NamedTuple):
    """A command line, and the JSON that it is documented to print."""

    line: str
    document: str


def examples(text: str) -> list[Example]:
    found = []
    for console, document in BLOCK.findall(text):
        lines = [line.removeprefix("$ ") for line in console.splitlines() if line.startswith("$ ")]
        found += [Example(line, "") for line in lines[:-1]] + [Example(lines[-1], document)]
    return found


@pytest.fixture(autouse=True)
def _prepared(
    telnyx_emulator: TelnyxEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Create the files, buckets and settings that the examples use."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name, value in telnyx_emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TELNYX_SERVE_TOKEN", "a-token-for-the-tests-0123456789")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Path("docs").mkdir()
    Path("docs", "leave.txt").write_text("You have 30 days of leave.", "utf-8")
    Path("minutes").mkdir()
    Path("minutes", "may.txt").write_text("The bridge carries trams. Coffee was served.", "utf-8")
    Path("photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Path("my_app.py").write_text("def agent(messages):\n    return 'Hello.'\n", "utf-8")
    Path("lines.txt").write_text("Good morning\n/hangup\n", "utf-8")
    Path("calls").mkdir()
    for file in ("call.wav", "calls/first.wav"):
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(8000)
            written.writeframes(bytes(32_000))
        telnyx_emulator.transcript(Path(file).name, "Speaker 0: Hello.\nSpeaker 1: Good morning.")
    for bucket in ("handbook", "faq"):
        TelnyxVectorStore(bucket).add_files({"leave.txt": Path("docs", "leave.txt")})
    TelnyxVectorStore("minutes").add_files({"2026/may.txt": Path("minutes", "may.txt")})
    telnyx_emulator.add_phone_number("+13125550100")


@pytest.fixture(autouse=True)
def _forget_the_agent() -> Iterator[None]:
    yield
    sys.modules.pop("my_app", None)


class Output(io.StringIO):
    """Standard output; Ctrl-C is pressed when a server has started."""

    def write(self, text: str) -> int:
        if text.startswith(STARTED):
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


def run(line: str, patch: pytest.MonkeyPatch) -> str:
    """Run a line of a shell, and return the standard output."""
    line, _, comment = line.partition("  # ")
    line = re.sub(r'^eval "\$\((.*)\)"$', r"\1", line)
    piped, _, line = line.rpartition(" | ")
    words = shlex.split(line)
    text = Path(piped.removeprefix("cat ")).read_text("utf-8") if piped else ""
    if "<" in words:
        text = Path(words.pop()).read_text("utf-8")
        words.remove("<")
    if ">" in words:
        del words[words.index(">") :]
    patch.setattr(sys, "stdin", io.StringIO(text))
    output = Output()
    patch.setattr(sys, "stdout", output)
    program, *arguments = words
    assert program == "langchain-telnyx"
    try:
        status: Any = main([path for word in arguments for path in expanded(word)])
    except SystemExit as ended:
        status = ended.code
    assert status == int(comment.removeprefix("exit status ") or 0), line
    return output.getvalue()


def expanded(word: str) -> list[str]:
    """Return the paths of a pattern, as a shell does."""
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def shape(value: Any) -> Any:
    """Return the fields and types of a value; lists are described by their first item."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def shapes(text: str) -> list[Any]:
    """Return the shapes of a document, or of lines of JSON, each once."""
    try:
        return [shape(json.loads(text))]
    except ValueError:
        found: list[Any] = []
        for line in text.splitlines():
            one = shape(json.loads(line))
            found += [] if one in found else [one]
        return found


@pytest.mark.default_quirks(
    "An example sends a picture as an object, another prints the usage.",
    "image_url",
    "usage_absent",
    "stream_usage",
)
@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examples(SECTIONS[name])
    assert found
    for example in found:
        printed = run(example.line, monkeypatch)
        if example.document:
            assert shapes(printed) == shapes(example.document), printed


def test_the_example_of_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common = PAGE.partition("## What all commands have in common")[2].partition("## ask")[0]
    [example] = examples(common)
    run(example.line, monkeypatch)
    assert capsys.readouterr().err.strip() in common


def test_every_command_has_a_section_and_a_row() -> None:
    assert SECTIONS.keys() >= COMMANDS.keys()
    assert re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\)", PAGE, re.MULTILINE) == [
        (name, name) for name in COMMANDS
    ]
