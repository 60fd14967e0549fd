"""Summaries of files: every format that can be read, in the requested form."""

from __future__ import annotations

import io
import json
import wave
from typing import TYPE_CHECKING, Any

import pytest
from fpdf import FPDF

if TYPE_CHECKING:
    from tests.emulator.conftest import Api

MINUTES = (
    "The committee met to discuss the new bridge over the river. The bridge over the river shall "
    "carry trams. Coffee was served. The river bridge will open to trams in May. Ann wore a hat. "
    "Somebody had left a window open."
)
OPENING = "The committee met to discuss the new bridge over the river."
BRIDGE = "The bridge over the river shall carry trams."
TRAMS = "The river bridge will open to trams in May."


def summarize(api: Api, filename: str, prompt: str | None = None) -> str:
    body = {"bucket": "docs", "filename": filename}
    if prompt is not None:
        body["system_prompt"] = prompt
    summary: str = api.data("POST", "/ai/summarize", json=body)["summary"]
    return summary


def pdf(text: str) -> bytes:
    document = FPDF()
    document.add_page()
    document.set_font("helvetica")
    document.multi_cell(0, text=text)
    return bytes(document.output())


@pytest.mark.parametrize(
    ("filename", "body"),
    [
        ("a.txt", MINUTES),
        ("a.md", f"# Minutes\n\n{MINUTES}"),
        ("a.html", f"<html><body><h1>Minutes</h1><p>{MINUTES}</p></body></html>"),
        ("a.json", json.dumps({"minutes": MINUTES})),
        ("a.csv", f'minutes,year\n"{MINUTES}",2026\n'),
        ("a.pdf", pdf(MINUTES)),
        ("unknown.ext", MINUTES),
    ],
)
def test_every_format_is_summarized(api: Api, filename: str, body: str | bytes) -> None:
    api.put("docs", filename, body)
    summary = summarize(api, filename)
    assert "discuss the new bridge over the river." in summary
    assert "The river bridge will open to trams in May." in summary
    assert "hat" not in summary


@pytest.mark.parametrize(
    ("prompt", "summary"),
    [
        ("Summarize in one sentence.", OPENING),
        ("Be brief: two short sentences, please.", f"{OPENING} {TRAMS}"),
        ("Answer with 2 bullet points.", f"- {OPENING}\n- {TRAMS}"),
        ("As a bulleted list, in at most 20 words.", f"- {OPENING}\n- {BRIDGE}"),
        ("A single sentence of up to 99 words.", OPENING),
        ("Speak like a pirate.", f"{OPENING} {BRIDGE} {TRAMS}"),
        ("No more than 4 words.", "The committee met to…"),
    ],
)
def test_the_system_prompt_determines_the_form(api: Api, prompt: str, summary: str) -> None:
    api.put("docs", "a.txt", MINUTES)
    assert summarize(api, "a.txt", prompt) == summary


def test_the_bucket_need_not_be_embedded_and_the_key_may_have_folders(api: Api) -> None:
    api.put("docs", "2026/may/a.txt", "Titan is a moon of Saturn.")
    assert summarize(api, "2026/may/a.txt") == "Titan is a moon of Saturn."


def test_a_recording_is_summarized_by_its_transcript(api: Api) -> None:
    silence = io.BytesIO()
    with wave.open(silence, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(16_000))
    api.put("docs", "call.wav", silence.getvalue())
    api.put("docs", "call.wav.txt", MINUTES)
    assert summarize(api, "call.wav", "in one sentence") == OPENING


@pytest.mark.parametrize(
    ("filename", "body", "detail"),
    [
        ("junk.bin", bytes(range(256)) * 20, "The file is binary"),
        ("blank.txt", " \n ", "The file contains no text."),
        ("broken.pdf", b"%PDF-1.4 no", ""),
    ],
)
def test_a_file_without_text_is_refused(
    api: Api, filename: str, body: str | bytes, detail: str
) -> None:
    api.put("docs", filename, body)
    answer = api.send("POST", "/ai/summarize", json={"bucket": "docs", "filename": filename})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["code"] == "10015"
    assert error["detail"].startswith(detail)


@pytest.mark.parametrize(("bucket", "filename"), [("nowhere", "a.txt"), ("docs", "b.txt")])
def test_a_missing_file_is_a_404(api: Api, bucket: str, filename: str) -> None:
    api.put("docs", "a.txt", MINUTES)
    answer = api.send("POST", "/ai/summarize", json={"bucket": bucket, "filename": filename})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "10005")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"bucket": "docs"},
        {"bucket": "docs", "filename": 1},
        {"bucket": "docs", "filename": "a.txt", "system_prompt": None},
    ],
)
def test_bad_bodies_are_422(api: Api, body: dict[str, Any]) -> None:
    assert api.send("POST", "/ai/summarize", json=body).status_code == 422
