"""`doctor --live` leaves nothing behind: not at its end, not after an error, not after a kill."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from langchain_telnyx import Telnyx
from langchain_telnyx.cli import main
from langchain_telnyx.doctor.live import Outcome, plan, run, sweep
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.doctor.live_runs import QUICK, buckets, register_speech, resources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Runs the command, and kills it by SIGKILL at the n-th request or line after the n-th line of the
# journal.
KILLED = """
import os, signal, sys
from langchain_telnyx.cli import main
from langchain_telnyx.doctor.live.journal import Journal
from langchain_telnyx.doctor.live.session import Session

lines, steps, before = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "before"
write, send = Journal._write, Session._send

def step():
    global steps
    if lines <= 0:
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1

def journal(self, entry):
    global lines
    lines -= 1
    if before:
        step()
    write(self, entry)
    step()

def request(self, call):
    step()
    return send(self, call)

Journal._write, Session._send = journal, request
sys.exit(main(sys.argv[4:]))
"""
# The line of the journal from which a run in the pessimistic profile takes ten seconds.
_SLOW_FROM = 6
OWN = ["holiday-photos", "Ann", "Mood"]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


class Point(NamedTuple):
    """A point of a run: after a number of the journal's lines, and of steps after them."""

    profile: str
    lines: int
    steps: int
    side: str


def _points() -> Iterator[Point]:
    """Yield random points."""
    points = random.Random(17)
    for profile in ("default", "pessimistic"):
        # The last one is in the life of conversations and insights.
        for lines in (1, points.randint(2, 6), points.randint(7, 9), points.randint(11, 17)):
            side = points.choice(["before", "after"])
            yield Point(profile, lines, points.randint(0, 3), side)


def _marked(point: Point) -> Any:
    """Return a point as a parameter; a late one in the pessimistic profile takes a while."""
    slow = point.profile == "pessimistic" and point.lines > _SLOW_FROM
    name = "-".join(map(str, point))
    return pytest.param(point, id=name, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize("point", [_marked(point) for point in _points()])
def test_a_killed_run_is_swept(
    point: Point,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    quirks = Quirks.pessimistic() if point.profile == "pessimistic" else Quirks()
    with TelnyxEmulator(quirks=quirks) as emulator:
        register_speech(emulator)
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        telnyx = Telnyx(**emulator.options())
        telnyx.storage.create_bucket("holiday-photos")
        telnyx.conversations.create(name="Ann")
        telnyx.insights.create(name="Mood", instructions="How is the mood?")
        arguments = ["doctor", "--live", "--journal", str(journal)]
        arguments += ["--poll-interval", "0.02", "--patience", "1"]
        _, lines, steps, side = point
        command = [sys.executable, "-c", KILLED, str(lines), str(steps), side, *arguments]
        ended = subprocess.run(command, check=False, capture_output=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        left = {*resources(emulator)} - {*OWN}
        assert left <= {resource.name for resource in Journal(journal).leftovers()}
        assert main(["doctor", "--clean", "--journal", str(journal)]) == 0
        assert resources(emulator) == OWN
    assert " removed, 0 could not be removed." in capsys.readouterr().out
    assert Journal(journal).leftovers() == []


def test_resources_without_a_journal_are_swept_by_their_name(tmp_path: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        telnyx = Telnyx(**emulator.options())
        for name in ("lct-doctor-0123", "notes"):
            telnyx.storage.create_bucket(name)
            telnyx.storage.put_object(name, "a.txt", b"Hi")
            telnyx.conversations.create(name=name)
            telnyx.insights.create(name=name, instructions="Count.")
        found = sweep(tmp_path / "none.jsonl", **emulator.options())
        kinds = ("bucket", "conversation", "insight")
        assert found == dict.fromkeys(Resource(kind, "lct-doctor-0123") for kind in kinds)
        assert resources(emulator) == ["notes"] * 3


def test_a_run_that_is_left_early_removes_what_it_made(journal: Path) -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        running: Iterator[Outcome] = run(
            plan("buckets.embedding"), journal=journal, **QUICK, **emulator.options()
        )
        next(running)
        assert len(buckets(emulator)) == 1
        running.close()  # type: ignore[attr-defined]  # a generator
        assert buckets(emulator) == []


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


@pytest.mark.default_quirks("It does not retry.", "rate_limited_share")
def test_a_bucket_that_cannot_be_removed_is_reported_and_stays_in_the_journal(
    telnyx_emulator: TelnyxEmulator, journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {**telnyx_emulator.options(), "max_retries": 0}
    running = run(plan("buckets.regions"), journal=journal, **QUICK, **options)
    found = [next(running)]
    [name] = buckets(telnyx_emulator)
    telnyx_emulator.fail(500, times=50, path=f"/{name}")
    found += running
    [reported] = [each for each in found if each.is_leftover]
    assert reported.assumption == "buckets.regions.removed"
    assert name in reported.evidence
    assert Journal(journal).leftovers() == [Resource("bucket", name)]
    assert main(["doctor", "--clean", "--journal", str(journal)]) == 1
    shown = capsys.readouterr()
    assert "0 removed, 1 could not be removed." in shown.out
    assert name in shown.err
    telnyx_emulator.reset()
