"""`langchain-telnyx summarize`: files, buckets, failures and reruns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

MAY = "The new bridge over the river carries trams. Coffee was served. The river bridge opens soon."
JUNE = "The bridge is closed. Trams do not cross the bridge. It rained."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a folder with two files, and change to its parent."""
    (tmp_path / "minutes").mkdir()
    (tmp_path / "minutes" / "may.txt").write_text(MAY, "utf-8")
    (tmp_path / "minutes" / "june.txt").write_text(JUNE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary_requests(account: TelnyxEmulator) -> list[dict[str, str]]:
    """Return the bodies of requests for summaries."""
    return [json.loads(r.body) for r in account.requests if r.path.endswith("/ai/summarize")]


def buckets(account: TelnyxEmulator) -> list[str]:
    return [bucket.name for bucket in account.account.objects.buckets()]


def test_files_are_uploaded_summarized_and_deleted(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["summarize", "minutes", "--yes", "--prompt", "In one sentence."]) == 0
    shown = capsys.readouterr()
    assert shown.out.split("\n\n")[0] == "minutes/june.txt"
    assert "\nminutes/may.txt\n\nThe " in shown.out
    assert "Summarized 2 of 2 files in " in shown.err
    assert [body["system_prompt"] for body in summary_requests(account)] == ["In one sentence."] * 2
    assert buckets(account) == []


@pytest.mark.usefixtures("account")
def test_one_summary_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summarize", "minutes/may.txt", "--yes", "--prompt", "In one sentence."]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_without_a_key_the_emulator_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summarize", "minutes/may.txt"]) == 0
    shown = capsys.readouterr()
    assert "bridge" in shown.out
    assert "Backend: the offline emulator" in shown.err


def test_files_of_a_bucket_are_summarized_without_upload(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.account.objects.create_bucket("mine")
    assert main(["ask", "Who?", "minutes", "--bucket", "mine"]) == 0
    capsys.readouterr()
    call = ["summarize", "minutes/may.txt", "--bucket", "mine", "--resume", "done.jsonl"]
    assert main(call) == 0
    assert "bridge" in capsys.readouterr().out
    assert main(call) == 0
    assert "bridge" in capsys.readouterr().out
    assert len(summary_requests(account)) == 1
    assert buckets(account) == ["mine"]
    assert main(["summarize", "nothing.txt", "--bucket", "mine"]) == 1
    assert "Not summarized: 'nothing.txt': HTTP 404" in capsys.readouterr().err


@pytest.mark.default_quirks("It lists the requests.", "rate_limited_share")
def test_a_failure_is_reported_and_a_rerun_requests_the_rest(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("minutes/broken.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    call = ["summarize", "minutes", "--yes", "--resume", "done.jsonl"]
    assert main(call) == 1
    shown = capsys.readouterr()
    assert "Not summarized: 'minutes/broken.pdf': HTTP 400" in shown.err
    assert "Summarized 2 of 3 files" in shown.err
    Path("minutes/broken.pdf").unlink()
    account.requests.clear()
    assert main(call) == 0
    assert capsys.readouterr().out == shown.out
    assert {request.method for request in account.requests} == {"GET"}  # not even a bucket
    assert main([*call, "--prompt", "In one sentence."]) == 0
    assert len(summary_requests(account)) == 2


def test_with_a_key_and_without_a_terminal_nothing_is_created(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["summarize", "minutes"]) == 2
    output = capsys.readouterr().err
    assert "upload 2 files to it, summarize them, and delete it afterwards?" in output
    assert "pass `--yes`" in output
    assert {request.method for request in account.requests} == {"GET"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nowhere"], "'nowhere' does not exist."), (["empty"], "Nothing to read in 'empty'")],
)
def test_a_usage_error_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(["summarize", *arguments]) == 2
    assert f"langchain-telnyx summarize: {message}" in capsys.readouterr().err


def test_a_recording_is_sent(account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]) -> None:
    Path("call.flac").write_bytes(b"fLaC")
    account.transcript("call.flac", MAY)
    assert main(["summarize", "call.flac", "--yes"]) == 1  # too short to be one, but it was sent
    assert summary_requests(account)[0]["filename"] == "call.flac"
    assert "Not summarized: 'call.flac': HTTP 400" in capsys.readouterr().err


@pytest.mark.default_quirks("It lists the requests.", "rate_limited_share")
def test_a_manifest_is_never_uploaded(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("minutes/new.jsonl").touch()
    for _ in range(2):
        arguments = ["minutes", "minutes/done.jsonl", "--resume", "minutes/done.jsonl", "--yes"]
        Path("minutes/done.jsonl").touch()
        assert main(["summarize", *arguments]) == 0
        assert main(["summarize", "minutes", "--resume", "minutes/new.jsonl", "--yes"]) == 0
    capsys.readouterr()
    names = ["minutes/june.txt", "minutes/may.txt"]
    assert sorted(body["filename"] for body in summary_requests(account)) == sorted(names * 2)
    assert main(["summarize", "minutes/done.jsonl", "--yes"]) == 2
    assert sorted(file.name for file in Path("minutes").iterdir()) == [
        "done.jsonl",
        "june.txt",
        "may.txt",
        "new.jsonl",
    ]


def test_identical_files_are_summarized_once(account: TelnyxEmulator) -> None:
    for number in range(4):
        Path("minutes", f"copy{number}.txt").write_text(MAY, "utf-8")
    assert main(["summarize", "minutes", "--resume", "done.jsonl", "--yes"]) == 0
    assert len(summary_requests(account)) == 2
