"""`langchain-telnyx doctor --live`: its arguments, its price and its reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from langchain_telnyx.cli import main
from langchain_telnyx.doctor.live import plan
from langchain_telnyx.emulator import Quirks, TelnyxEmulator


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_a_dry_run_sends_nothing(
    telnyx_emulator: TelnyxEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:-2]] == [p.name for p in plan().probes]
    assert f"${plan().usd:.4f} at most" in shown
    assert f"{plan().searches} searches at most: free up to 10,000 a month" in shown
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


def test_the_page_lists_each_probe_with_its_price_and_each_assumption() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "doctor.md").read_text("utf-8")
    for probe in plan().probes:
        rows = [line for line in page.splitlines() if line.startswith(f"| `{probe.name}` |")]
        [row] = [row for row in rows if probe.requests in row]
        assert (f"${probe.usd:g}" if probe.usd else "free") in row
        for name, statement in probe.assumptions.items():
            assert f"| `{name}` | {statement} |" in page
