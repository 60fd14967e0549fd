"""`langchain-telnyx chat` at a terminal: lines, commands, Ctrl-C, history, colors."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.screen import on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator

COMMAND = [sys.executable, "-m", "langchain_telnyx", "chat"]
UP = "\x1b[A"
PROMPT = "\x1b[1m> \x1b[0m"  # in bold, as on terminals


def environment(account: TelnyxEmulator, folder: Path) -> dict[str, str]:
    without = {name: text for name, text in os.environ.items() if not name.endswith("_COLOR")}
    state = {"XDG_STATE_HOME": str(folder / "state"), "TERM": "xterm"}
    return {**without, **account.environment(), **state}


def texts(account: TelnyxEmulator) -> list[Any]:
    """Return the contents of the messages of the last request for an answer."""
    bodies = [json.loads(r.body) for r in account.requests if r.path.endswith("/completions")]
    return [message["content"] for message in bodies[-1]["messages"]]


@pytest.mark.waits
@pytest.mark.default_quirks(
    "It prints the usage that the service returns.", "usage_absent", "stream_usage"
)
def test_a_conversation(telnyx_emulator: TelnyxEmulator, tmp_path: Path) -> None:
    account = telnyx_emulator
    account.say("Titan.")
    account.say("One two three.")
    account.say("Since 1655.")
    (tmp_path / "my note.txt").write_text("Huygens found it.", "utf-8")
    (tmp_path / "state" / "langchain-telnyx").mkdir(parents=True)
    history = tmp_path / "state" / "langchain-telnyx" / "chat_history"
    history.write_text("Which moon is it?\n", "utf-8")
    with on_a_terminal(
        [*COMMAND, "--history"], cwd=tmp_path, env=environment(account, tmp_path)
    ) as (screen, process):
        screen.wait_for_next(PROMPT)
        screen.type(f"{UP}\n")  # from the history
        assert "Titan." in screen.wait_for_next(PROMPT)
        assert texts(account) == ["Which moon is it?"]

        account.script.stall_stream(after=2, seconds=600)
        screen.type("Count.\n")
        screen.wait_for_next("One")
        screen.type("\x03")
        assert "Interrupted. The conversation has the answer so far." in screen.wait_for_next(
            PROMPT
        )

        for line, shown in (
            ("/modle x", "there is no /modle; did you mean '/model'?"),
            ("/model zai-org/GLM-5.3", "Model: zai-org/GLM-5.3, 1048576 tokens of context."),
            ("/model kimi-k2.6", "The catalogue does not list 'kimi-k2.6'"),
            ("/file nowhere.txt", "'nowhere.txt' cannot be read: No such file or directory."),
            ("/file 'my note.txt'", "my note.txt goes with the next message."),
            ("/system Be brief.", "System message: Be brief."),
        ):
            screen.type(f"{line}\n")
            assert shown in screen.wait_for_next(PROMPT)
        screen.type("Since when?\n")
        assert "Since 1655." in screen.wait_for_next(PROMPT)
        system, *earlier, (note, question) = texts(account)
        assert system == "Be brief."
        assert earlier[:3] == ["Which moon is it?", "Titan.", "Count."]
        assert earlier[3].startswith("One")
        assert note["text"] == "File my note.txt:\n\nHuygens found it."
        assert question["text"] == "Since when?"

        screen.type("/save chat.json\n")
        assert "Saved 6 messages" in screen.wait_for_next(PROMPT)
        screen.type("/save chat.md\n")
        assert "Saved 6 messages" in screen.wait_for_next(PROMPT)
        screen.type("/cost\n")
        assert "tokens of input" in screen.wait_for_next(PROMPT)
        screen.type("/clear\n")
        assert "The conversation is empty." in screen.wait_for_next(PROMPT)
        screen.type("half a line\x03")  # discards the line
        screen.wait_for_next(PROMPT)
        screen.type("\x04")
        assert process.wait(30) == 0

    saved = json.loads((tmp_path / "chat.json").read_text("utf-8"))
    assert [each["type"] for each in saved] == ["system", *["human", "ai"] * 3]
    assert "## Assistant\n\nTitan." in (tmp_path / "chat.md").read_text("utf-8")
    lines = history.read_text("utf-8").splitlines()
    assert lines[0] == "Which moon is it?"
    assert lines[-1] == "/clear"
