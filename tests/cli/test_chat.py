"""`langchain-telnyx chat` for one question: answers, files, tools, JSON, errors."""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sent(account: TelnyxEmulator) -> list[dict[str, Any]]:
    """Return the bodies of requests for answers."""
    return [json.loads(r.body) for r in account.requests if r.path.endswith("/completions")]


@pytest.mark.default_quirks(
    "It prints the usage that the service returns.", "usage_absent", "stream_usage"
)
def test_an_answer_goes_to_standard_output_and_all_else_to_standard_error(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.say("Titan.")
    arguments = ["Which moon?", "--system", "Be brief.", "--model", "zai-org/GLM-5.3"]
    assert main(["chat", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.out == "Titan.\n"
    assert "Model: zai-org/GLM-5.3." in printed.err
    assert " tokens of input, " in printed.err
    [body] = sent(account)
    assert body["model"] == "zai-org/GLM-5.3"
    assert [each["content"] for each in body["messages"]] == ["Be brief.", "Which moon?"]


def test_text_of_a_pipe_follows_the_question(
    account: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("+ a line\n"))
    assert main(["chat", "Write a commit message."]) == 0
    [body] = sent(account)
    assert body["messages"][-1]["content"] == "Write a commit message.\n\n+ a line"


@pytest.mark.default_quirks(
    "It prints the usage that the service returns.", "usage_absent", "stream_usage"
)
def test_json_has_the_parts_of_the_answer_as_lines(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.say("It is Titan.")
    assert main(["chat", "Which moon?", "--json"]) == 0
    *parts, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert {part["type"] for part in parts} == {"text"}
    assert "".join(part["text"] for part in parts) == "It is Titan."
    assert answer.keys() == {"type", "text", "model", "usage", "cost"}
    assert (answer["type"], answer["text"]) == ("answer", "It is Titan.")
    assert answer["usage"]["input_tokens"] > 0
    assert float(answer["cost"]) > 0


def test_tokens_that_the_service_does_not_report_are_unknown(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.change_quirks(stream_usage="never")
    assert main(["chat", "Hi", "--json"]) == 0
    found = capsys.readouterr()
    assert json.loads(found.out.splitlines()[-1])["usage"] == {
        "input_tokens": None,
        "output_tokens": None,
    }
    assert "unknown number of tokens, unknown cost" in found.err


@pytest.mark.default_quirks("It sends a picture as an object.", "image_url")
def test_files_go_with_the_message_by_their_kind(account: TelnyxEmulator) -> None:
    Path("photo.png").write_bytes(PIXEL)
    Path("note.txt").write_bytes("Größe: 5".encode("utf-16"))
    arguments = ["chat", "What is this?", "--file", "photo.png", "--file", "note.txt"]
    assert main([*arguments, "--model", "moonshotai/Kimi-K2.6"]) == 0
    [body] = sent(account)
    image, text, question = body["messages"][-1]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert text["text"] == "File note.txt:\n\nGröße: 5"
    assert question["text"] == "What is this?"


@pytest.mark.default_quirks("A call of an unknown tool in markup is text.", "tool_markup")
def test_the_model_calls_tools_and_answers(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    TelnyxVectorStore("moons").add_texts(["Titan has a thick atmosphere."], ids=["titan"])
    account.call_tool("telnyx_search", {"query": "atmosphere"})
    account.call_tool("no_such_tool", {})
    account.say("Titan has one.")
    arguments = ["Which moon has an atmosphere?", "--tools", "files", "--bucket", "moons", "--json"]
    assert main(["chat", *arguments]) == 0
    parts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    calls = [part for part in parts if part["type"] == "tool_call"]
    assert [call["name"] for call in calls] == ["telnyx_search", "no_such_tool"]
    assert calls[0]["arguments"] == {"query": "atmosphere"}
    assert parts[-1]["text"] == "Titan has one."
    results = [each["content"] for each in sent(account)[-1]["messages"] if each["role"] == "tool"]
    assert "thick atmosphere" in results[0]
    assert results[1] == "There is no tool 'no_such_tool'."


def test_a_model_that_calls_tools_forever_has_to_answer(account: TelnyxEmulator) -> None:
    for _ in range(9):
        account.call_tool("telnyx_list_buckets", {})
    account.say("Enough.")
    assert main(["chat", "Which buckets?", "--tools", "files,web"]) == 0
    *earlier, last = sent(account)
    assert {len(body["tools"]) for body in earlier} == {8}
    assert "tools" not in last


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "pass a PROMPT, or text on standard input."),
        (["?", "--bucket", "moons"], "`--bucket` is for tools: pass `--tools files`."),
        (["?", "--tools", "hammer"], "Unknown tool: 'hammer'."),
        (["?", "--file", "data.bin"], "'data.bin' is not text, an image, a recording or a PDF."),
    ],
)
def test_a_usage_error_is_one_line(
    account: TelnyxEmulator,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    Path("data.bin").write_bytes(bytes(range(256)))
    assert main(["chat", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert not account.requests


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("nowhere.txt", 1, "'nowhere.txt' cannot be read: No such file or directory."),
        ("/proc/self/mem", 1, "'/proc/self/mem' cannot be read: Input/output error."),
        ("/dev/zero", 2, "'/dev/zero' has more than 20,000,000 bytes."),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    account: TelnyxEmulator,
    capsys: pytest.CaptureFixture[str],
    path: str,
    status: int,
    message: str,
) -> None:
    assert main(["chat", "What is this?", "--file", path]) == status
    assert capsys.readouterr().err == f"langchain-telnyx chat: {message}\n"
    assert not account.requests


def test_an_error_in_the_middle_keeps_what_was_printed(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.say("Titan has a thick atmosphere.")
    account.cut_stream(after=2)
    assert main(["chat", "Which moon?"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("Titan")
    assert printed.out.endswith("\n")
    [_, line] = printed.err.splitlines()
    assert line.startswith("langchain-telnyx chat: ")


def test_an_empty_answer_is_a_failure(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.say("", reasoning="All thought, no word.")
    assert main(["chat", "Which moon?"]) == 1
    assert "try another model" in capsys.readouterr().err
