"""`langchain-telnyx transcribe`, run as a user runs it: formats, files, failures, and reruns."""

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


def asked(account: TelnyxEmulator) -> int:
    return sum(request.path.endswith("/audio/transcriptions") for request in account.requests)


@pytest.mark.usefixtures("account")
def test_a_recording_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "calls/first.wav"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{FIRST}\n"
    assert "Backend: Telnyx at " in shown.err
    assert "Transcribed 1 of 1 recordings in " in shown.err


@pytest.mark.usefixtures("account")
def test_several_are_printed_with_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["transcribe", "calls"]) == 0
    assert capsys.readouterr().out == (
        f"calls/deep/second.wav\n\n{SECOND}\n\ncalls/first.wav\n\n{FIRST}\n\n"
    )


@pytest.mark.usefixtures("account")
def test_subtitles_go_to_a_folder_each_under_its_name() -> None:
    shutil.copytree("calls", "others")
    shutil.rmtree("others/deep")
    assert main(["transcribe", "calls", "others", "--format", "srt", "-o", "subtitles/"]) == 0
    files = sorted(Path("subtitles").iterdir())
    assert [file.name for file in files] == ["first-2.srt", "first.srt", "second.srt"]
    [cue] = srt.parse(files[2].read_text("utf-8"), ignore_errors=False)
    assert cue.content == SECOND


@pytest.mark.usefixtures("account")
def test_one_file_of_subtitles_may_be_named_itself() -> None:
    call = ["transcribe", "calls/first.wav", "--format", "vtt", "--diarize", "-o", "out/a.vtt"]
    assert main(call) == 0
    assert [cue.voice for cue in webvtt.read("out/a.vtt").captions] == ["Speaker 0", "Speaker 0"]


def test_text_says_who_speaks_where_speakers_are_told_apart(
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


def test_channels_are_named_without_speakers_told_apart(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [
        {"text": "Hello?", "start": 0.0, "end": 0.5, "channel": 0},
        {"text": "Hi.", "start": 0.5, "end": 1.0, "channel": 1},
    ]
    account.transcript("first.wav", said)
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


def test_a_failure_is_named_the_others_are_printed_and_a_rerun_asks_for_the_rest(
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
    assert asked(account) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.wav"], "'nowhere.wav' is not there."),
        (["calls/*.mp3"], "'calls/*.mp3' is not there."),
        (["empty"], "There is nothing to transcribe in 'empty': no recordings."),
        (["calls", "--mode", "words"], "`--mode` is what a line of `--format jsonl` holds"),
        (["calls", "--speaker", "Agent"], "`--speaker Agent` cannot be used"),
        (["calls", "--speaker", "=Agent"], "`--speaker =Agent` cannot be used: '' is not a"),
        (["calls", "--speaker", "0=A", "--speaker", "speaker-0=B"], "the same speaker again"),
        (["calls", "--format", "srt"], "name a folder for them, such as `-o subtitles/`"),
    ],
)
def test_a_call_that_cannot_work_is_one_line_and_status_2(
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


def test_a_model_that_cannot_do_it_is_one_line(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["transcribe", "calls/first.wav", "--format", "srt", "--model", "nvidia/parakeet-v3"]
    assert main(call) == 1
    assert "tells no times" in capsys.readouterr().err
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


def test_without_a_key_the_emulator_says_what_it_needs_to_hear(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    assert main(["transcribe", "calls/first.wav"]) == 1
    said = capsys.readouterr().err
    assert "Backend: the offline emulator" in said
    assert "install `langchain-telnyx[emulator-speech]`" in said


def test_ctrl_c_ends_it_at_once_and_what_was_done_is_kept(account: TelnyxEmulator) -> None:
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
            while asked(account) < 2 and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=30)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 130, said
    assert FIRST in out
    assert "Traceback" not in said
