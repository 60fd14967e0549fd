"""`langchain-telnyx ask` with documents of many formats: places, skipped files, JSON, progress."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest

from langchain_telnyx._shared.progress import progress
from langchain_telnyx.cli import main, upstreams
from langchain_telnyx.cli.ask import AskRequest, ask
from langchain_telnyx.cli.console import progress_lines
from langchain_telnyx.cli.documents import Documents, SkippedFile, skipped_lines, source_name

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a handbook, prices, a note in UTF-16 and files without text."""
    notes = tmp_path / "notes"
    notes.mkdir()
    handbook = docx.Document()
    handbook.add_heading("Keys", 1)
    handbook.add_paragraph("The spare key lies under the blue pot.")
    handbook.save(str(notes / "handbook.docx"))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    for row in (["Item", "Price"], ["Day pass", "12 euros"], ["Bike", "9 euros"]):
        sheet.append(row)
    book.save(notes / "prices.xlsx")
    (notes / "visit.txt").write_bytes(
        "Hello.\n\nThe dentist expects us on 14 March.".encode("utf-16")
    )
    (notes / "photo.raw").write_bytes(bytes(range(256)) * 10)
    (notes / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(upstreams, "LOCAL_SERVERS", ())


QUESTIONS = (
    "Where is the spare key?",
    "How much is the day pass?",
    "When does the dentist expect us?",
)
SKIPPED = [
    {"file": "notes/old.doc", "reason": "an old binary format: save it as .docx"},
    {"file": "notes/photo.raw", "reason": "binary, not text"},
]


def result(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_json_has_answers_places_skipped_files_tokens_and_cost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask(AskRequest(questions=QUESTIONS, paths=(Path("notes"),), as_json=True)) == 0
    printed = result(capsys)
    best = [answer["sources"][0] for answer in printed["answers"]]
    assert [(each["file"], each["places"], each["cited"]) for each in best] == [
        ("notes/handbook.docx", ["section 'Keys'"], True),
        ("notes/prices.xlsx", ["sheet 'Prices', row 1 to sheet 'Prices', row 3"], True),
        ("notes/visit.txt", ["lines 1-3"], True),
    ]
    texts = [answer["answer"] for answer in printed["answers"]]
    assert "The spare key lies under the blue pot. [1]" in texts[0]
    assert "12 euros" in texts[1]
    assert texts[2] == "The dentist expects us on 14 March. [1]"
    assert printed["skipped"] == SKIPPED
    assert printed["cost"] == "0"
    for name in ("input", "output"):
        assert printed["tokens"][name] == sum(each["tokens"][name] for each in printed["answers"])
        assert printed["tokens"][name] > 0


@pytest.mark.default_quirks(
    "It prints the usage that the service returns.", "usage_absent", "stream_usage"
)
def test_on_the_service_documents_are_uploaded_as_text_and_the_cost_is_told(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTIONS[0], "notes", "--yes", "--keep", "--json"]) == 0
    printed = result(capsys)
    assert printed["answers"][0]["sources"][0]["file"] == "notes/handbook.docx"
    assert 0 < float(printed["cost"]) < 0.1
    stored = account.account.objects.list(printed["bucket"], limit=9).objects
    assert [found.key for found in stored] == [
        "notes/handbook.docx.md",
        "notes/prices.xlsx.md",
        "notes/visit.txt",
    ]
    texts = [b"".join(account.account.objects.read(found)).decode() for found in stored]
    assert texts[0].strip() == "# Keys\n\nThe spare key lies under the blue pot."
    assert texts[2].startswith("Hello.\n")
    assert main(["ask", QUESTIONS[0], "--bucket", printed["bucket"]]) == 0
    assert "[1] notes/handbook.docx  " in capsys.readouterr().out


def test_tokens_that_the_service_does_not_report_are_unknown(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    account.change_quirks(stream_usage="never")
    assert main(["ask", QUESTIONS[0], "notes", "--yes", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["tokens"] is printed["answers"][0]["tokens"] is printed["cost"] is None


@pytest.mark.default_quirks(
    "It prints the usage that the service returns.", "usage_absent", "stream_usage"
)
def test_tokens_and_cost_are_printed(
    account: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTIONS[0], "notes", "--yes"]) == 0
    shown = capsys.readouterr()
    assert " tokens, $0.0" in shown.err
    assert shown.err.rstrip().endswith("notes/photo.raw: binary, not text")
    assert shown.out.count("notes/handbook.docx") == 1
    assert account.requests


def test_many_skipped_files_are_counted_by_reason() -> None:
    skipped = [SkippedFile(f"{at}.bin", "binary, not text") for at in range(40)]
    skipped += [SkippedFile("a.doc", "an old format")]
    assert skipped_lines(skipped) == [
        "Skipped 41 files:",
        "  40 binary, not text, such as 0.bin",
        "  1 an old format, such as a.doc",
        "  `--json` lists all.",
    ]
    assert skipped_lines([]) == []


def test_a_name_that_a_conversion_would_take_is_kept(tmp_path: Path) -> None:
    (tmp_path / "converted").mkdir()
    for parent in ("a", "b"):
        Path(parent, "notes").mkdir(parents=True)
        Path(parent, "notes", "x.docx").write_bytes(Path("notes/handbook.docx").read_bytes())
    documents = Documents([Path("a/notes"), Path("b/notes")], tmp_path / "converted")
    assert len(documents.files) == 2
    assert all(source_name(key).endswith("notes/x.docx") for key in documents.files)


def test_a_long_step_prints_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    printed = ""
    until = time.monotonic() + 30
    with progress_lines(every=0.01), progress("Embedding", 7, show=False) as bar:
        bar.to(3)
        while "3 of 7" not in printed and time.monotonic() < until:
            printed += capsys.readouterr().err
    assert "Embedding: 3 of 7 files, " in printed


def test_a_finished_step_prints_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_lines(), progress("Embedding", 7, show=False) as bar:
        bar.to(7)
    assert capsys.readouterr().err == ""
