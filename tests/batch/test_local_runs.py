"""Jobs in one process: files, reports, costs, and interruptions at any point."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_helpers import recording, transcribed

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings
from langchain_telnyx.batch import (
    Analyze,
    Chat,
    Embed,
    Stage,
    Transcribe,
    estimate,
    process,
    recordings,
    run,
)
from langchain_telnyx.batch.ray import run_on_ray
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.errors import AuthenticationError, ConfigurationError, CostLimitError
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.batch.conftest import Runner

pytestmark = pytest.mark.default_quirks("They count requests.", "rate_limited_share")

TOPIC = {
    "title": "Topic",
    "description": "What the call is about.",
    "type": "object",
    "properties": {"topic": {"type": "string"}},
}


def prompts(emulator: TelnyxEmulator) -> Counter[str]:
    return Counter(
        json.loads(request.body)["messages"][-1]["content"]
        for request in list(emulator.requests)
        if request.path.endswith("/chat/completions")
    )


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def calls(emulator: TelnyxEmulator, folder: Path, count: int = 3) -> list[dict[str, Any]]:
    folder.mkdir()
    for number in range(count):
        folder.joinpath(f"{number}.wav").write_bytes(recording(5 + number))
        emulator.transcript(f"{number}.wav", f"Call number {number}.")
    folder.joinpath("odd.wav").write_bytes(b"")
    return recordings(folder)


def job(emulator: TelnyxEmulator) -> list[Stage]:
    options = emulator.options()
    return [
        Transcribe(price_per_minute=0.1, **options),
        Analyze(TOPIC, chat_model=ChatTelnyx(**options)),
        Embed(embeddings=TelnyxEmbeddings(**options), price_per_million_tokens=1),
    ]


def echo(emulator: TelnyxEmulator, **options: Any) -> Chat:
    return Chat("{text}", chat_model=ChatTelnyx(**emulator.options()), **options)


@pytest.mark.default_quirks("It reads the costs of answers.", "usage_absent")
def test_a_folder_becomes_a_file_and_a_second_run_sends_nothing(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    rows = calls(emulator, tmp_path / "calls")
    output = tmp_path / "out" / "calls.jsonl"
    report = runner.run(rows, job(emulator), output=output)
    found = lines(output)
    assert [row["text"] for row in found] == [*(f"Call number {n}." for n in range(3)), None]
    assert all(row["topic"] and len(row["embedding"]) == 1024 for row in found[:3])
    assert (report.rows, report.failures, report.output) == (4, {"ValueError": 1}, output)
    assert report.cost == report.spent > 0.03
    assert f"4 rows in {report.seconds:.1f} s, 1 failed (1 ValueError); $0.0" in str(report)
    sent = len(emulator.requests)
    again = runner.run(rows, job(emulator), output=output)
    assert lines(output) == found
    assert len(emulator.requests) == sent
    assert again.spent == 0
    assert again.cost == report.cost
    assert sorted(path.name for path in output.parent.iterdir()) == [
        "calls.jsonl",
        "calls.jsonl.manifest.jsonl",
    ]


def test_a_job_above_its_limit_sends_nothing(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    rows = calls(emulator, tmp_path / "calls")
    output = tmp_path / "calls.jsonl"
    with pytest.raises(CostLimitError, match=r"estimated to cost \$0\.1.* Nothing was sent") as no:
        runner.run(iter(rows), job(emulator), output=output, max_cost=0.03)
    assert len(emulator.requests) == 0
    assert (no.value.max_cost, no.value.estimate.rows) == (0.03, 4)
    # The odd one has no length, and counts as a minute.
    assert (no.value.estimate.audio_seconds, no.value.estimate.unknown_lengths) == (78, 1)
    runner.run(iter(rows), job(emulator), output=output, max_cost=1)
    assert runner.run(iter(rows), job(emulator), output=output, max_cost=0.0001).spent == 0


def test_the_estimate_of_a_job_is_close_to_its_cost(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    rows = calls(emulator, tmp_path / "calls")[:3]
    found = estimate(rows, job(emulator))
    assert (found.rows, found.without_requests, found.audio_seconds, found.unknown_lengths) == (
        3,
        0,
        18,
        0,
    )
    transcription = found.by_stage["Transcribe"]
    assert transcription is not None
    assert float(transcription) == pytest.approx(0.03)
    report = run(rows, job(emulator), manifest=tmp_path / "m.jsonl")
    assert report.cost < found.cost < 2 * report.cost
    rest = estimate(
        rows, [stage.configured(manifest=tmp_path / "m.jsonl") for stage in job(emulator)]
    )
    assert rest.cost == 0
    assert rest.without_requests == 3


def test_an_unknown_price_is_refused_with_a_limit(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    stages = [Transcribe(**emulator.options())]
    rows = calls(emulator, tmp_path / "calls")
    assert estimate(rows, stages).by_stage == {"Transcribe": None}
    with pytest.raises(
        ConfigurationError, match=r"that of Transcribe is unknown.*price_per_minute"
    ):
        runner.run(rows, stages, output=tmp_path / "a.jsonl", max_cost=1)


@pytest.mark.default_quirks("It reads the costs of answers.", "usage_absent")
def test_a_job_stops_at_its_limit_and_a_later_one_continues(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    rows = [{"text": f"row {number} " + "word " * 50} for number in range(30)]
    # An estimate without output tokens is too low.
    stage = echo(emulator, expected_output_tokens=0, max_concurrency=2)
    output = tmp_path / "a.jsonl"
    limit = float(estimate(rows, [stage]).cost) + 0.0001
    report = runner.run(rows, [stage], output=output, max_cost=limit)
    assert report.failures.keys() == {"CostLimitError"}
    answered = [row for row in lines(output) if row["error"] is None]
    # The two requests in progress finish.
    assert limit <= report.spent < limit + 2 * max(row["cost"] for row in answered)
    assert len(answered) == 30 - report.failed == len(emulator.requests)
    rest = runner.run(rows, [stage], output=output)
    assert (rest.failed, len(emulator.requests)) == (0, 30)
    assert rest.cost == report.spent + rest.spent


def test_an_answer_without_token_counts_spends_its_estimate(runner: Runner, tmp_path: Path) -> None:
    rows = [{"text": f"row {number}"} for number in range(4)]
    with TelnyxEmulator(sockets=False, quirks=Quirks(usage_absent=True)) as emulator:
        found = estimate(rows, [echo(emulator)])
        report = runner.run(rows, [echo(emulator)], output=tmp_path / "a.jsonl", max_cost=1)
    assert report.spent == found.cost > 0
    assert report.cost == 0  # that of a row is unknown


def test_a_wrong_key_ends_the_job_and_keeps_the_finished_rows(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    rows = [{"text": f"row {number}"} for number in range(12)]
    stage = echo(emulator, max_concurrency=1)
    emulator.fail(401, when="row 9")
    output = tmp_path / "a.jsonl"
    with pytest.raises(AuthenticationError) as raised:
        runner.run(rows, [stage], output=output, batch_size=4)
    assert not output.exists()
    partial = tmp_path / ".a.jsonl.partial"
    assert raised.value.__notes__ == [f"The finished rows are in {str(partial)!r}."]
    assert [row["text"] for row in lines(partial)] == [f"row {number}" for number in range(8)]
    assert runner.run(rows, [stage], output=output, batch_size=4).failed == 0
    assert max(prompts(emulator).values()) <= 2  # "row 9" was refused once
    assert sum(prompts(emulator).values()) == 13


def test_rows_are_read_as_they_are_needed(emulator: TelnyxEmulator, runner: Runner) -> None:
    read: list[int] = []

    def rows() -> Iterator[dict[str, Any]]:
        number = 0
        while True:
            read.append(number)
            yield {"text": f"row {number}"}
            number += 1

    found = runner.process(rows(), [echo(emulator)], stop=5, batch_size=3)
    assert [row["text"] for row in found] == [f"row {number}" for number in range(5)]
    assert len(read) <= 12


@settings(max_examples=examples(15), deadline=None)
@given(
    stops=st.lists(st.integers(1, 14), max_size=3),
    batch_size=st.integers(1, 6),
    width=st.integers(1, 4),
    faults=st.lists(st.integers(0, 13), max_size=3, unique=True),
    awaited=st.booleans(),
)
def test_an_interrupted_job_pays_nothing_twice_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    stops: list[int],
    batch_size: int,
    width: int,
    faults: list[int],
    *,
    awaited: bool,
) -> None:
    from tests.batch.conftest import Runner  # noqa: PLC0415 - not a fixture here

    runner = Runner(awaited=awaited)
    manifest = tmp_path_factory.mktemp("job") / "m.jsonl"
    rows = [{"text": f"row {number}."} for number in range(14)]
    with TelnyxEmulator(sockets=False) as emulator:
        for number in faults:
            emulator.fail(400, when=f"row {number}.", optional=True)
        options: dict[str, Any] = {"manifest": manifest, "batch_size": batch_size}
        for stop in stops:
            runner.process(rows, [echo(emulator, max_concurrency=width)], stop=stop, **options)
        found = runner.process(rows, [echo(emulator, max_concurrency=width)], **options)
        found = runner.process(rows, [echo(emulator, max_concurrency=width)], **options)
        assert [row["text"] for row in found] == [row["text"] for row in rows]
        assert all(row["error"] is None and row["answer"] for row in found)
        counts = prompts(emulator)
        # A refused request costs nothing, and is sent again. Requests in flight at an interruption
        # are cancelled: a thread finishes them, a task may not, and they are the only repetitions.
        interrupted = sum(stop < len(rows) for stop in stops)
        repeated = (
            sum(counts.values())
            - len(rows)
            - sum(1 for number in faults if counts[f"row {number}."] > 1)
        )
        assert 0 <= repeated <= interrupted * 2 * width
        entries = [entry["key"] for entry in lines(manifest)]
        assert len(entries) == len(set(entries)) == len(rows)


PROGRAM = """
    import sys
    from langchain_telnyx import ChatTelnyx
    from langchain_telnyx.batch import Chat, run

    rows = [{"text": f"row {number}."} for number in range(30)]
    stage = Chat("{text}", chat_model=ChatTelnyx(base_url=sys.argv[1]), max_concurrency=3)
    print(run(rows, [stage], output=sys.argv[2], batch_size=8).failed)
"""


def test_a_killed_process_repeats_only_its_requests_in_flight(tmp_path: Path) -> None:
    output = tmp_path / "a.jsonl"
    manifest = tmp_path / "a.jsonl.manifest.jsonl"
    with TelnyxEmulator() as emulator:
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), emulator.base_url, str(output)]
        environment = {**os.environ, "TELNYX_API_KEY": emulator.api_key}
        emulator.latency(0.05)
        with subprocess.Popen(command, env=environment) as first:
            while not manifest.exists() or len(lines_so_far(manifest)) < 9:
                assert first.poll() is None
                time.sleep(0.01)
            first.send_signal(signal.SIGKILL)
        saved = len(lines_so_far(manifest))
        assert saved < 30
        emulator.latency(0)
        second = subprocess.run(command, env=environment, capture_output=True, check=True)
        assert second.stdout.split() == [b"0"]
        counts = prompts(emulator)
        assert len(counts) == 30
        assert set(counts.values()) <= {1, 2}
        assert sum(counts.values()) - 30 <= 3  # one for each request at a time
        assert len(lines(output)) == 30


def lines_so_far(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").split("\n")[:-1] if line]


def test_ctrl_c_ends_the_job_at_once_and_keeps_what_is_finished(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    rows = [{"text": f"row {number}."} for number in range(200)]
    output = tmp_path / "a.jsonl"
    emulator.latency(0.05)

    def interrupt() -> None:
        while len(emulator.requests) < 12:
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run(rows, [echo(emulator, max_concurrency=4)], output=output, batch_size=4)
    thread.join()
    assert len(emulator.requests) < 40
    saved = len(lines(tmp_path / "a.jsonl.manifest.jsonl"))
    assert saved >= len(lines(tmp_path / ".a.jsonl.partial")) > 0


def test_two_stages_may_not_write_the_same_column(emulator: TelnyxEmulator) -> None:
    with pytest.raises(ConfigurationError, match="Two stages write the column 'answer'"):
        list(process([{"text": "a"}], [echo(emulator), echo(emulator)]))
    second = echo(emulator, output_column="again")
    [row] = process([{"text": "a"}], [echo(emulator), second])
    assert row["answer"] == row["again"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"output": "a.csv"}, "extension"),
        ({"batch_size": 0}, "`batch_size`"),
        ({"stages": []}, "`stages` is empty"),
    ],
)
def test_invalid_options_are_refused(
    emulator: TelnyxEmulator, runner: Runner, options: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"stages": [echo(emulator)], **options}
    with pytest.raises(ConfigurationError, match=message):
        runner.run([{"text": "a"}], **given)


def test_parquet_needs_pyarrow(
    emulator: TelnyxEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match="pip install pyarrow"):
        run([{"text": "a"}], [echo(emulator)], output=tmp_path / "a.parquet")
    assert len(emulator.requests) == 0


def test_ray_is_an_extra(
    emulator: TelnyxEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"langchain-telnyx\[ray\]"):
        run_on_ray([{"text": "a"}], [echo(emulator)], output=tmp_path / "a")


def test_async_runs_do_not_block_the_event_loop(emulator: TelnyxEmulator) -> None:
    emulator.latency(0.2)
    stage = echo(emulator)

    async def ticks() -> int:
        task = asyncio.create_task(stage.acall({"text": ["a", "b", "c"]}))
        count = 0
        while not task.done():
            await asyncio.sleep(0.01)
            count += 1
        return count

    assert asyncio.run(ticks()) >= 5


def test_equal_recordings_are_paid_once(
    emulator: TelnyxEmulator, runner: Runner, tmp_path: Path
) -> None:
    for name in ("a.wav", "b.wav"):
        tmp_path.joinpath(name).write_bytes(recording(2))
        emulator.transcript(name, "The same.")
    stage = Transcribe(manifest=tmp_path / "m.jsonl", **emulator.options())
    found = runner.call(stage, recordings(tmp_path))
    assert [row["text"] for row in found] == ["The same."] * 2
    assert transcribed(emulator) == 1
