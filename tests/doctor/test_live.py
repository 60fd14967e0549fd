"""`langchain-telnyx doctor --live`: finds each quirk of the service, and leaves nothing behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import Telnyx
from langchain_telnyx.cli import main
from langchain_telnyx.doctor.live import Outcome, plan, run, sweep
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.doctor.live.outcomes import quirks_of
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Without a fixed sleep: embeddings of the emulator take milliseconds.
QUICK: dict[str, Any] = {"poll_interval": 0.02, "wait_timeout": 30}
MARKUPS = ("kimi", "hermes", "qwen", "glm", "deepseek", "dsml", "minimax", "minimax_3", "harmony")
FLIPS: list[tuple[str, dict[str, Any]]] = [
    ("chat.plain", {"reasoning_field": "reasoning"}),
    ("chat.plain", {"reasoning_field": "both"}),
    ("chat.plain", {"reasoning_swallows_answer": True}),
    ("chat.stream", {"stream_comments": True}),
    ("chat.tools", {"tools_refuse_output_cap": True}),
    ("chat.tools", {"tools_need_parameters_type": False}),
    *[("chat.tools", {"tool_markup": markup}) for markup in (*MARKUPS, "harmony_words")],
    ("chat.formats", {"response_format_json_schema": False}),
    ("chat.formats", {"strict_schemas_must_be_closed": True}),
    ("chat.formats", {"guided_decoding": False}),
    ("chat.fields", {"strict_histories": True}),
    ("chat.fields", {"plain_models_refuse_enable_thinking": False}),
    ("chat.images", {"image_url": "object"}),
    ("chat.images", {"image_url": "string"}),
    ("chat.paths", {"legacy_chat": False}),
    ("chat.paths", {"keeps_responses": True}),
    ("vectors", {"base64_embeddings": "ignored"}),
    ("vectors", {"base64_embeddings": "refused"}),
    ("buckets.regions", {"presigned_envelope": "data"}),
    ("buckets.regions", {"wrong_region": "redirect"}),
    ("buckets.regions", {"wrong_region": "not_found"}),
    ("buckets.keys", {"key_limit": 250}),
    ("buckets.keys", {"segment_limit": 255}),
    ("buckets.embedding", {"search_cap": 10}),
    ("buckets.embedding", {"file_words": {"success": "embedded"}}),
    ("buckets.embedding", {"task_words": {"partial_success": "done_in_part"}}),
    ("buckets.embedding", {"task_visible_after": 1}),
    ("buckets.embedding", {"failed_file_in_success": True}),
    *[
        ("buckets.embedding", {"filename_form": form})
        for form in ("encoded", "with_bucket", "without_suffix", "lower", "basename")
    ],
]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def outcomes(emulator: TelnyxEmulator, journal: Path, only: str | None = None) -> list[Outcome]:
    return [*run(plan(only), journal=journal, **QUICK, **emulator.options())]


def buckets(emulator: TelnyxEmulator) -> list[str]:
    return [bucket.name for bucket in emulator.account.objects.buckets()]


def test_every_assumption_holds_on_the_emulator(journal: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        found = outcomes(emulator, journal)
        assert buckets(emulator) == []
    stated = [name for probe in plan().probes for name in probe.assumptions]
    assert [outcome.assumption for outcome in found] == stated
    assert [str(outcome) for outcome in found if outcome.verdict == "differs"] == []
    # Only what the emulator does not send.
    assert [each.assumption for each in found if each.verdict == "unknown"] == [
        "paths.rate_limit_reset"
    ]
    assert Journal(journal).leftovers() == []


@pytest.mark.parametrize(("probe", "flip"), FLIPS, ids=str)
def test_a_quirk_is_found_and_written_down(journal: Path, probe: str, flip: dict[str, Any]) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(**flip)) as emulator:
        found = outcomes(emulator, journal, probe)
        assert buckets(emulator) == []
    assert "differs" in {outcome.verdict for outcome in found}
    assert quirks_of(found) == flip


def test_the_pessimistic_profile_differs_in_all_that_is_probed(journal: Path) -> None:
    profile = Quirks.pessimistic()
    with TelnyxEmulator(sockets=False, quirks=profile) as emulator:
        options = {**QUICK, "wait_timeout": 3}
        found = [*run(plan(), journal=journal, **options, **emulator.options())]
        assert buckets(emulator) == []
    quirks = quirks_of(found)
    assert len(quirks) >= 18
    approximate = {"key_limit", "file_words", "task_words", "search_delay", "segment_limit"}
    for name in quirks.keys() - approximate:
        assert quirks[name] == getattr(profile, name), name
    Quirks(**quirks)  # which the emulator takes


def test_a_run_that_is_left_early_removes_what_it_made(journal: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        running: Iterator[Outcome] = run(
            plan("buckets.embedding"), journal=journal, **QUICK, **emulator.options()
        )
        next(running)
        assert len(buckets(emulator)) == 1
        running.close()  # type: ignore[attr-defined]  # a generator
        assert buckets(emulator) == []


def test_a_run_that_is_killed_is_swept(
    telnyx_emulator: TelnyxEmulator, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Telnyx(**telnyx_emulator.options()).storage.create_bucket("holiday-photos")
    command = "from langchain_telnyx.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    arguments = [
        "doctor",
        "--live",
        "--only",
        "buckets",
        "--poll-interval",
        "0.01",
        "--journal",
        journal,
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *map(str, arguments)], stdout=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while len(buckets(telnyx_emulator)) < 2 and time.monotonic() < end:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = [name for name in buckets(telnyx_emulator) if name != "holiday-photos"]
    assert {resource.name for resource in Journal(journal).leftovers()} >= {*left}
    assert main(["doctor", "--clean", "--journal", str(journal)]) == 0
    assert buckets(telnyx_emulator) == ["holiday-photos"]
    assert " removed, 0 could not be removed." in capsys.readouterr().out
    assert Journal(journal).leftovers() == []


def test_buckets_without_a_journal_are_swept_by_their_name(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        telnyx = Telnyx(**emulator.options())
        for name in ("lct-doctor-0123", "notes"):
            telnyx.storage.create_bucket(name)
            telnyx.storage.put_object(name, "a.txt", b"Hi")
        found = sweep(tmp_path / "none.jsonl", **emulator.options())
        assert found == {Resource("bucket", "lct-doctor-0123"): None}
        assert buckets(emulator) == ["notes"]


def test_a_journal_that_a_crash_cut_is_read(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "journal.jsonl"
    journal = Journal(file)
    first, second = Resource("bucket", "a"), Resource("bucket", "b")
    journal.creates(first)
    journal.creates(second)
    journal.removed(first)
    with file.open("a", encoding="utf-8") as lines:
        lines.write('{"creates": ["buck')
    assert journal.leftovers() == [second]


def test_a_dry_run_sends_nothing(
    telnyx_emulator: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:-1]] == [p.name for p in plan().probes]
    assert f"${plan().usd:.4f} at most" in shown
    assert not telnyx_emulator.requests


def test_a_run_above_the_price_is_refused(
    telnyx_emulator: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--live", "--max-usd", "0.001"]) == 2
    assert "`--max-usd` is 0.001" in capsys.readouterr().err
    assert main(["doctor", "--live", "--only", "bucket_s"]) == 2
    assert "there are chat.plain, " in capsys.readouterr().err
    assert not telnyx_emulator.requests
    assert plan().usd <= 0.05  # the default


def test_reports_as_json_and_quirks_of_a_file(
    tmp_path: Path,
    journal: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "quirks.json"
    with TelnyxEmulator(quirks=Quirks(tools_refuse_output_cap=True)) as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        arguments = ["doctor", "--live", "--only", "chat.tools", "--json", "--quirks", str(file)]
        assert main([*arguments, "--journal", str(journal)]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["quirks"] == {"tools_refuse_output_cap": True}
    verdicts = {row["assumption"]: row["verdict"] for row in report["assumptions"]}
    assert verdicts["tools.with_output_cap"] == "differs"
    assert Quirks.load(file) == Quirks(tools_refuse_output_cap=True)
    assert Quirks.load("pessimistic") == Quirks.pessimistic()
    file.write_text('{"tools_refuse": 1}')
    with pytest.raises(ValueError, match="tools_refuse"):
        Quirks.load(file)


def test_cassettes_have_no_key_and_no_ids(tmp_path: Path, journal: Path) -> None:
    cassette = tmp_path / "cassette.jsonl"
    with TelnyxEmulator(sockets=False) as emulator:
        options = {**QUICK, **emulator.options()}
        found = [*run(plan(), journal=journal, cassette=cassette, **options)]
        key = emulator.api_key
    text = cassette.read_text("utf-8")
    assert len(found) > 40
    assert key not in text
    ids = set(re.findall(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", text))
    assert ids <= {"00000000-0000-0000-0000-000000000000"}
    entries = [json.loads(line) for line in text.splitlines()]
    assert len(entries) > 40
    assert len(text) < 500_000
    chat = next(e for e in entries if e["request"]["path"].endswith("/chat/completions"))
    assert chat["response"]["body"]["choices"][0]["message"]["role"] == "assistant"


def test_an_account_that_is_refused_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], journal: Path
) -> None:
    with TelnyxEmulator() as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TELNYX_API_KEY", "KEY0192_another")
        assert main(["doctor", "--live", "--journal", str(journal)]) == 1
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert "KEY0192_another" not in shown.err + shown.out


def test_a_bucket_that_cannot_be_removed_is_reported_and_stays_in_the_journal(
    telnyx_emulator: TelnyxEmulator, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {**telnyx_emulator.options(), "max_retries": 0}
    running = run(plan("buckets.regions"), journal=journal, **QUICK, **options)
    found = [next(running)]
    [name] = buckets(telnyx_emulator)
    telnyx_emulator.fail(503, times=50, path=f"/{name}")
    found += running
    [reported] = [each for each in found if each.assumption == "buckets.regions.removed"]
    assert name in reported.evidence
    assert Journal(journal).leftovers() == [Resource("bucket", name)]
    assert main(["doctor", "--clean", "--journal", str(journal)]) == 1
    shown = capsys.readouterr()
    assert "0 removed, 1 could not be removed." in shown.out
    assert name in shown.err
    telnyx_emulator.reset()
