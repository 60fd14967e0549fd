"""`langchain-telnyx transcribe`: formats, files, failures and reruns."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import srt
import webvtt

from langchain_telnyx.cli import main

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

PROGRAM = Path(sys.executable).with_name("langchain-telnyx")
FIRST = "Good morning. How can I help?"
SECOND = "I want to cancel my order."


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder of two recordings, and go to where it is."""
    for number, name in enumerate(["calls/first.wav", "calls/deep/second.wav"], 2):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(file), "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(8000)
            written.writeframes(bytes(16_000 * number))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def account(telnyx_emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch) -> TelnyxEmulator:
    """Set the environment as a user of Telnyx has it; the account is an emulated one."""
    for name, value in telnyx_emulator.environment().items():
        monkeypatch.setenv(name, value)
    telnyx_emulator.transcript("first.wav", f"Speaker 0: {FIRST}")
    telnyx_emulator.transcript("second.wav", f"Speaker 1: {SECOND}")
    return telnyx_emulator


def request_count(account: TelnyxEmulator) -> int:
    return sum(request.path.endswith("/audio/transcriptions") for request in account.requests)


@pytest.mark.usefixtures("account")
def test_a_recording_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "calls/first.wav"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{FIRST}\n"
    assert "Backend: Telnyx at " in shown.err
    assert "Transcribed 1 of 1 recordings in " in shown.err


@pytest.mark.usefixtures("account")
def test_several_recordings_are_printed_with_their_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["transcribe", "calls"]) == 0
    assert capsys.readouterr().out == (
        f"calls/deep/second.wav\n\n{SECOND}\n\ncalls/first.wav\n\n{FIRST}\n\n"
    )


@pytest.mark.usefixtures("account")
def test_subtitles_are_written_to_a_folder_with_their_names() -> None:
    shutil.copytree("calls", "others")
    shutil.rmtree("others/deep")
    assert main(["transcribe", "calls", "others", "--format", "srt", "-o", "subtitles/"]) == 0
    files = sorted(Path("subtitles").iterdir())
    assert [file.name for file in files] == ["first-2.srt", "first.srt", "second.srt"]
    [cue] = srt.parse(files[2].read_text("utf-8"), ignore_errors=False)
    assert cue.content == SECOND


@pytest.mark.usefixtures("account")
def test_one_subtitle_file_can_be_named() -> None:
    call = ["transcribe", "calls/first.wav", "--format", "vtt", "--diarize", "-o", "out/a.vtt"]
    assert main(call) == 0
    assert [cue.voice for cue in webvtt.read("out/a.vtt").captions] == ["Speaker 0", "Speaker 0"]


def test_text_shows_speakers_with_diarize(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.transcript("first.wav", f"Speaker 0: {FIRST}\nSpeaker 1: {SECOND}")
    assert main(["transcribe", "calls/first.wav", "--diarize"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("] ")[2] for line in lines] == [
        f"Speaker 0: {FIRST}",
        f"Speaker 1: {SECOND}",
    ]
    assert lines[0].startswith("[00:00] ")
    named = ["--diarize", "--speaker", "0=Agent", "--speaker", "speaker-1=Ann B.", "-o", "texts/"]
    assert main(["transcribe", "calls", *named]) == 0
    assert "] Agent: Good morning." in Path("texts/first.txt").read_text("utf-8")
    assert "] Ann B.: I want" in Path("texts/first.txt").read_text("utf-8")
    assert "] Ann B.: I want" in Path("texts/second.txt").read_text("utf-8")


def test_text_shows_channels_without_diarize(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    segments = [
        {"text": "Hello?", "start": 0.0, "end": 0.5, "channel": 0},
        {"text": "Hi.", "start": 0.5, "end": 1.0, "channel": 1},
    ]
    account.transcript("first.wav", segments)
    call = ["transcribe", "calls/first.wav", "--multichannel", "--speaker", "channel-1=Caller"]
    assert main(call) == 0
    assert capsys.readouterr().out == "[00:00] Channel 0: Hello?\n[00:00] Caller: Hi.\n"
    assert b"diarize" not in account.requests[-1].body
    assert main([*call, "--format", "vtt"]) == 0
    assert "<v Caller>Hi.</v>" in capsys.readouterr().out


@pytest.mark.usefixtures("account")
def test_json_lines_are_documents_of_the_mode(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["transcribe", "calls", "--format", "jsonl", "--mode", "sentences"]
    assert main(call) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["page_content"] for line in lines] == [SECOND, "Good morning.", "How can I help?"]
    assert lines[1]["metadata"]["source"] == "calls/first.wav"
    assert main([*call, "-o", "lines/"]) == 0
    assert len(Path("lines/first.jsonl").read_text("utf-8").splitlines()) == 2


def test_options_reach_the_service(account: TelnyxEmulator) -> None:
    call = ["transcribe", "calls/first.wav", "--model", "deepgram/nova-2", "--language", "en-US"]
    assert main(call) == 0
    assert b"deepgram/nova-2" in account.requests[-1].body
    assert b"en-US" in account.requests[-1].body


@pytest.mark.usefixtures("account")
def test_a_recording_that_fails_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path("calls/a.wav").write_bytes(b"not audio")
    assert main(["transcribe", "calls/a.wav", "calls/first.wav", "--json"]) == 1
    failed, done = map(json.loads, capsys.readouterr().out.splitlines())
    assert failed["metadata"]["source"] == "calls/a.wav"
    assert "HTTP 400" in failed["metadata"]["error"]
    assert done["page_content"] == FIRST


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_a_failure_is_reported_and_a_rerun_requests_the_rest(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("calls/a.wav").write_bytes(b"no sound")
    call = ["transcribe", "calls", "--resume", "done.jsonl"]
    assert main(call) == 1
    shown = capsys.readouterr()
    assert SECOND in shown.out
    assert FIRST in shown.out
    assert "Not transcribed: 'calls/a.wav': HTTP 400" in shown.err
    assert "Transcribed 2 of 3 recordings" in shown.err
    Path("calls/a.wav").unlink()
    assert main(call) == 0
    assert capsys.readouterr().out == shown.out
    assert request_count(account) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.wav"], "'nowhere.wav' does not exist."),
        (["calls/*.mp3"], "'calls/*.mp3' does not exist."),
        (["empty"], "Nothing to transcribe in 'empty': no recordings."),
        (["calls", "--mode", "words"], "`--mode` requires `--format jsonl`"),
        (["calls", "--speaker", "Agent"], "Invalid `--speaker Agent`"),
        (["calls", "--speaker", "=Agent"], "Invalid `--speaker =Agent`: '' is not a"),
        (
            ["calls", "--speaker", "0=A", "--speaker", "speaker-0=B"],
            "the speaker already has a name",
        ),
        (["calls", "--format", "srt"], "pass a folder for them, such as `-o subtitles/`"),
    ],
)
def test_a_usage_error_is_one_line_and_status_2(
    account: TelnyxEmulator,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("empty").mkdir()
    assert main(["transcribe", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("langchain-telnyx transcribe: ")
    assert message in line
    assert not account.requests


def test_an_unsupported_model_is_one_line(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["transcribe", "calls/first.wav", "--format", "srt", "--model", "nvidia/parakeet-v3"]
    assert main(call) == 2
    assert "returns no times" in capsys.readouterr().err
    assert not account.requests


def test_a_wrong_key_is_one_line(
    account: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEYwrong")
    assert main(["transcribe", "calls"]) == 1
    _, line = capsys.readouterr().err.splitlines()
    assert line.startswith("langchain-telnyx transcribe: HTTP 401 ")
    assert "KEYwrong" not in line
    assert account.requests


def test_without_a_key_the_error_names_the_speech_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    assert main(["transcribe", "calls/first.wav"]) == 1
    output = capsys.readouterr().err
    assert "Backend: the offline emulator" in output
    assert "install `langchain-telnyx[emulator-speech]`" in output


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_ctrl_c_interrupts_at_once_and_results_are_stored(account: TelnyxEmulator) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["transcribe", "calls/first.wav", "--resume", "done.jsonl"]) == 0
        account.latency(60)
        with subprocess.Popen(
            [PROGRAM, "transcribe", "calls/first.wav", "calls/deep", "--resume", "done.jsonl"],
            env={**os.environ, **account.environment()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            until = time.monotonic() + 60
            while request_count(account) < 2 and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=30)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 130, errors
    assert FIRST in out
    assert "Traceback" not in errors
