"""`langchain-telnyx ask`: answers, sources, errors and exit statuses."""

from __future__ import annotations

import io
import json
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import langchain_telnyx
from langchain_telnyx.cli import main, upstreams
from langchain_telnyx.emulator.serving.envelopes import ApiError

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

QUESTION = "Which moon has a thick atmosphere?"
JUNK = bytes(range(256)) * 10


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a small folder of notes, and change to its parent."""
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "notes" / "titan.md").write_text(
        "# Titan\n\nTitan is a moon of Saturn. It has a thick atmosphere.", "utf-8"
    )
    (tmp_path / "notes" / "deep" / "europa.txt").write_text(
        "Europa is a moon of Jupiter. Its crust is ice.", "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(upstreams, "LOCAL_SERVERS", ())
    return tmp_path


def buckets(account: TelnyxEmulator) -> list[str]:
    return [bucket.name for bucket in account.account.objects.buckets()]


def changes(account: TelnyxEmulator) -> int:
    """Return the number of requests that change the account."""
    return sum(request.method in {"PUT", "DELETE"} for request in account.requests)


def test_a_folder_answers_with_its_sources_and_their_scores(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", QUESTION, "notes"]) == 0
    shown = capsys.readouterr()
    question, answer, sources = shown.out.strip().split("\n\n")
    assert question == QUESTION
    assert "It has a thick atmosphere. [1]" in answer
    title, source = sources.splitlines()
    assert title == "Sources"
    assert source.split()[:2] == ["[1]", "notes/titan.md"]
    assert 0 < float(source.split()[2]) <= 1
    assert source.endswith("  lines 1-3")


def test_without_an_answer_the_passages_are_not_called_sources(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", "Who is the chief executive of Telnyx?", "notes"]) == 0
    answer, _, found = capsys.readouterr().out.partition("\nPassages found, none of them cited\n")
    assert "do not mention “chief”, “executive”, “Telnyx”" in answer
    assert "Sources" not in answer
    assert [line.split()[1] for line in found.splitlines()] == [
        "notes/deep/europa.txt",
        "notes/titan.md",
    ]


def test_the_backend_and_the_times_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", QUESTION, "notes"])
    output = capsys.readouterr().err
    assert "Backend: the offline emulator" in output
    assert "set TELNYX_API_KEY to use Telnyx" in output
    assert "Indexed 2 files in " in output
    assert "Found 2 passages in " in output


def test_with_a_key_the_backend_is_telnyx(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "notes", "--yes"]) == 0
    assert f"Backend: Telnyx at {account.base_url}." in capsys.readouterr().err


def test_several_questions_are_answered_from_one_index(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "notes", "--yes", "-q", "Whose crust is ice?"]) == 0
    shown = capsys.readouterr().out
    assert "thick atmosphere. [1]" in shown
    assert "crust is ice. [1]" in shown
    assert sum(r.path == "/v2/ai/embeddings" for r in account.requests) == 1


def test_files_can_be_passed_and_k_limits_the_passages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", QUESTION, "notes/titan.md", "notes/deep/europa.txt", "-k", "1"]) == 0
    assert capsys.readouterr().out.partition("\nSources\n")[2].split()[:2] == ["[1]", "titan.md"]


def test_the_model_option_selects_the_model(account: TelnyxEmulator) -> None:
    assert main(["ask", QUESTION, "notes", "--yes", "--model", "zai-org/GLM-5.3"]) == 0
    [body] = [json.loads(r.body) for r in account.requests if r.path.endswith("/completions")]
    assert body["model"] == "zai-org/GLM-5.3"


def test_an_unknown_model_is_one_line_and_the_bucket_is_deleted(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "notes", "--yes", "--model", "no/such"]) == 1
    [line] = [x for x in capsys.readouterr().err.splitlines() if x.startswith("langchain-telnyx")]
    assert "The model 'no/such' does not exist" in line
    assert buckets(account) == []


def test_binary_files_are_skipped_and_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("notes/photo.raw").write_bytes(JUNK)
    Path("notes/.hidden").write_bytes(JUNK)
    assert main(["ask", QUESTION, "notes"]) == 0
    output = capsys.readouterr().err
    assert "Skipped 1 file:\n  notes/photo.raw: binary, not text\n" in output
    assert "Indexed 2 files" in output


def test_a_file_that_the_service_cannot_read_is_named_and_the_others_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("notes/broken.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    assert main(["ask", QUESTION, "notes"]) == 0
    output = capsys.readouterr().err
    assert "Skipped 1 file:\n  notes/broken.pdf: not indexed: The PDF is damaged" in output
    assert "Indexed 2 files" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "?", "nowhere"], "'nowhere' does not exist."),
        (["ask", "?", "notes/titan.md", "nowhere"], "'nowhere' does not exist."),
        (["ask", "?", "empty"], "Nothing to read in 'empty': no files."),
        (
            ["ask", "?", "junk"],
            "Nothing to read in 'junk': skipped 1 file: junk/data.bin: binary, not text",
        ),
        (["ask", "?", "dangling"], "'dangling' does not exist."),
        (["ask", "?"], "pass files or folders to read, or the `--bucket` of an earlier call."),
        (
            ["ask", "?", "--bucket", "no-such-bucket"],
            "the bucket 'no-such-bucket' does not exist: pass the files to upload.",
        ),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    Path("junk").mkdir()
    Path("junk/data.bin").write_bytes(JUNK)
    Path("dangling").symlink_to("nowhere")
    assert main(arguments) == 2
    shown = capsys.readouterr()
    lines = [line for line in shown.err.splitlines() if not line.startswith("Backend: ")]
    assert lines == [f"langchain-telnyx ask: {message}"]
    assert shown.out == ""


def test_a_file_that_cannot_be_read_costs_that_file_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("notes/memory.txt").symlink_to("/proc/self/mem")  # unreadable even for root
    assert main(["ask", QUESTION, "notes"]) == 0
    shown = capsys.readouterr()
    assert "thick atmosphere. [1]" in shown.out
    assert "  notes/memory.txt: cannot be read: Input/output error\n" in shown.err


def test_a_device_is_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "?", "/dev/null"]) == 2
    assert "/dev/null: no regular file" in capsys.readouterr().err


def test_a_wrong_key_is_one_line_and_nothing_is_made(
    account: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEYwrong")
    assert main(["ask", "?", "notes", "--yes"]) == 1
    backend, line = capsys.readouterr().err.splitlines()
    assert backend.startswith("Backend: Telnyx at ")
    assert line.startswith("langchain-telnyx ask: HTTP 401 ")
    assert "Check the API key" in line
    assert "KEYwrong" not in line
    assert changes(account) == 0


def test_no_network_is_one_line_that_names_the_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("TELNYX_API_KEY", "KEY1")
    monkeypatch.setenv("TELNYX_BASE_URL", f"http://127.0.0.1:{port}")
    assert main(["ask", "?", "notes", "--yes"]) == 1
    _, line = capsys.readouterr().err.splitlines()
    assert line.startswith("langchain-telnyx ask: Could not connect for GET http://127.0.0.1")
    assert "TELNYX_BASE_URL" in line


def test_with_a_key_and_without_a_terminal_nothing_is_created(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "?", "notes"]) == 2
    output = capsys.readouterr().err
    assert "Create bucket 'langchain-telnyx-" in output
    assert "upload 2 files to it, embed them, and delete it afterwards?" in output
    assert "pass `--yes`" in output
    assert changes(account) == 0


class Terminal(io.StringIO):
    """A terminal with typed input."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "status"), [("y\n", 0), ("Yes\n", 0), ("n\n", 2), ("\n", 2), ("", 2)]
)
def test_with_a_key_a_new_bucket_needs_confirmation(
    account: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert main(["ask", QUESTION, "notes"]) == status
    assert (changes(account) > 0) is (status == 0)


@pytest.mark.parametrize("installed", [True, False])
def test_a_terminal_shows_progress_bars_if_tqdm_is_installed(
    account: TelnyxEmulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    installed: bool,
) -> None:
    if not installed:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["ask", QUESTION, "notes", "--yes"]) == 0
    assert "Sources" in capsys.readouterr().out
    assert "Indexed 2 files" in terminal.getvalue()
    assert ("Embedding: 100%" in terminal.getvalue()) is installed
    assert changes(account) > 0


def test_a_new_bucket_is_deleted_at_the_end(account: TelnyxEmulator) -> None:
    assert main(["ask", QUESTION, "notes", "--yes"]) == 0
    assert changes(account) > 0
    assert buckets(account) == []
    assert account.account.embedded.names() == []


def test_a_bucket_with_keep_can_be_used_without_files(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "notes", "--yes", "--keep"]) == 0
    [name] = buckets(account)
    assert f"pass `--bucket {name}` without files to use it again" in capsys.readouterr().err
    before = changes(account)
    assert main(["ask", "Whose crust is ice?", "--bucket", name]) == 0
    assert "notes/deep/europa.txt" in capsys.readouterr().out
    assert changes(account) == before
    assert buckets(account) == [name]


def test_an_existing_bucket_is_used_without_confirmation_and_never_deleted(
    account: TelnyxEmulator,
) -> None:
    account.account.objects.create_bucket("mine")
    assert main(["ask", QUESTION, "notes", "--bucket", "mine"]) == 0
    assert buckets(account) == ["mine"]
    stored = account.account.objects.list("mine", limit=9).objects
    assert [found.key for found in stored] == ["notes/deep/europa.txt", "notes/titan.md"]


@pytest.mark.usefixtures("account")
def test_a_bucket_of_a_vector_store_can_be_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = langchain_telnyx.TelnyxVectorStore("mine")
    store.add_texts(["Titan has a thick atmosphere."], ids=["titan-1"])
    assert main(["ask", QUESTION, "--bucket", "mine"]) == 0
    assert "[1] titan-1" in capsys.readouterr().out


def test_a_bucket_of_another_account_is_an_error(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.fail(403, path="/theirs")
    assert main(["ask", QUESTION, "notes", "--bucket", "theirs", "--yes"]) == 2
    assert "bucket 'theirs' belongs to another account" in capsys.readouterr().err


def test_a_bucket_that_could_not_be_deleted_is_named(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> bool:
        raise ApiError(403, "10010", None, "The embeddings may not be removed.")

    monkeypatch.setattr(account.account.embedded, "disable", refuse)
    assert main(["ask", QUESTION, "notes", "--yes"]) == 0
    [name] = buckets(account)
    assert f"Bucket {name!r} could not be deleted and may be left behind" in capsys.readouterr().err


def test_an_empty_answer_is_a_failure(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.say("", reasoning="All thought, no word.")
    assert main(["ask", QUESTION, "notes", "--yes"]) == 1
    assert "try another `--model`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["--version"], 0, langchain_telnyx.__version__),
        (["--help"], 0, "answer a question from your own files"),
        (["ask", "--help"], 0, "the bucket to use; one that exists is never deleted"),
        ([], 2, "required: COMMAND"),
        (["sing"], 2, "invalid choice: 'sing'"),
        (["ask"], 2, "required: QUESTION"),
        (["ask", "?", "notes", "-k", "0"], 2, "'0' is not a positive number"),
        (["ask", "?", "notes", "-k", "many"], 2, "'many' is not a positive number"),
        (["ask", "?", "notes", "--loud"], 2, "unrecognized arguments: --loud"),
    ],
    ids=str,
)
def test_the_command_line_explains_itself(
    arguments: list[str], status: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    shown = capsys.readouterr()
    assert ended.value.code == status
    assert text in (shown.err if status else shown.out)
