"""Jobs on a local Ray cluster of two cores: results, killed workers, missing keys, cost limits."""

from __future__ import annotations

import importlib
import json
import os
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.rate_limiters import InMemoryRateLimiter
from recording_helpers import recording, transcribed

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.batch import Analyze, Chat, Transcribe, estimate, recordings
from langchain_telnyx.batch.ray import run_on_ray
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.errors import CostLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Ray raises warnings of its own.
pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("default"), pytest.mark.timeout(300)]

SCHEMA = {
    "title": "Topic",
    "description": "What the call is about.",
    "type": "object",
    "properties": {"topic": {"type": "string"}, "urgent": {"type": "boolean"}},
    "required": ["topic", "urgent"],
}


@pytest.fixture(scope="module")
def service() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator() as running:
        yield running


def start(ray: Any) -> None:
    """Start a cluster of two cores; again if Ray gives up after 30 s, on a busy machine."""
    for attempt in range(3):
        try:
            ray.init(
                num_cpus=2,
                object_store_memory=200_000_000,
                include_dashboard=False,
                _node_ip_address="127.0.0.1",
                logging_level="ERROR",
            )
        except Exception as error:
            ray.shutdown()
            if attempt == 2 or "timed out during startup" not in str(error):
                raise
        else:
            return


@pytest.fixture(scope="module")
def ray(service: TelnyxEmulator) -> Iterator[Any]:
    """A cluster whose workers have the key in their environment."""
    ray: Any = importlib.import_module("ray")
    os.environ["TELNYX_API_KEY"] = service.api_key
    start(ray)
    importlib.import_module("ray.data").DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()
    del os.environ["TELNYX_API_KEY"]


@pytest.fixture(autouse=True)
def emulator(
    service: TelnyxEmulator,
    ray: Any,  # noqa: ARG001 - it runs
    monkeypatch: pytest.MonkeyPatch,
) -> TelnyxEmulator:
    service.reset()
    # Other tests have no key in the environment; the driver reads its models' key from it.
    monkeypatch.setenv("TELNYX_API_KEY", service.api_key)
    return service


def prompts(emulator: TelnyxEmulator) -> Counter[str]:
    return Counter(
        json.loads(request.body)["messages"][-1]["content"]
        for request in list(emulator.requests)
        if request.path.endswith("/chat/completions")
    )


def rows_in(ray: Any, folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ray.data.read_parquet(str(folder)).take_all()
    return rows


def test_recordings_become_insights_in_parquet_and_a_second_run_sends_nothing(
    ray: Any, emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    for number in range(6):
        tmp_path.joinpath(f"{number}.wav").write_bytes(recording(1 + number))
        emulator.transcript(f"{number}.wav", f"Call number {number}.")
    tmp_path.joinpath("odd.wav").write_bytes(b"")
    stages = [
        Transcribe(base_url=emulator.base_url, price_per_minute=0.01),
        Analyze(SCHEMA, chat_model=ChatTelnyx(base_url=emulator.base_url)),
    ]
    rows = recordings(tmp_path)
    with pytest.raises(CostLimitError, match="Nothing was sent"):
        run_on_ray(rows, stages, output=tmp_path / "out", max_cost=0.0001)
    assert len(emulator.requests) == 0
    report = run_on_ray(rows, stages, output=tmp_path / "out", max_cost=1)
    assert (report.rows, report.failures) == (7, {"ValueError": 1})
    assert 0 < report.spent == report.cost
    found = rows_in(ray, tmp_path / "out")
    assert sorted(row["text"] for row in found if row["error"] is None) == [
        f"Call number {number}." for number in range(6)
    ]
    assert all(isinstance(row["urgent"], bool) for row in found if row["error"] is None)
    [odd] = [row for row in found if row["error"] is not None]
    assert odd["path"].endswith("odd.wav")
    assert odd["error"].startswith("ValueError: ")
    sent = len(emulator.requests)
    assert transcribed(emulator) == 6
    again = run_on_ray(rows, stages, output=tmp_path / "out", max_cost=0.0001)
    assert len(emulator.requests) == sent
    assert (again.rows, again.failed, again.cost) == (7, 1, report.cost)
    assert again.spent == 0


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_repeats_only_its_requests_in_flight(
    ray: Any, emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    folder = tmp_path / "workers"
    folder.mkdir()

    def limiter() -> InMemoryRateLimiter:
        folder.joinpath(str(os.getpid())).touch()  # each worker creates one
        return InMemoryRateLimiter(requests_per_second=1000, max_bucket_size=1000)

    model = ChatTelnyx(base_url=emulator.base_url, max_retries=0)
    stage = Chat("Echo: {text}", chat_model=model, max_concurrency=4, rate_limiter=limiter)
    rows = [{"text": f"row {number}"} for number in range(60)]
    manifest = tmp_path / "answers.jsonl"
    emulator.latency(0.2)
    in_flight: set[str] = set()

    def saved() -> int:
        return len(manifest.read_text("utf-8").splitlines()) if manifest.exists() else 0

    def kill() -> None:
        while saved() < 10 or len(list(folder.iterdir())) < 2:
            time.sleep(0.01)
        victim = min(int(file.name) for file in folder.iterdir())
        before = prompts(emulator)
        os.kill(victim, signal.SIGKILL)
        # Received, and not in the manifest: those of the other worker are, too.
        in_flight.update(before)
        assert saved() < 60, "the job was over"

    killer = threading.Thread(target=kill)
    killer.start()
    report = run_on_ray([*rows], [stage], output=tmp_path / "out", manifest=manifest, batch_size=5)
    killer.join()
    assert len(list(folder.iterdir())) == 3  # a third worker replaced the victim
    assert (report.rows, report.failed) == (60, 0)
    found = rows_in(ray, tmp_path / "out")
    assert sorted(row["text"] for row in found) == sorted(row["text"] for row in rows)
    counts = prompts(emulator)
    assert len(counts) == 60
    repeated = {prompt: count for prompt, count in counts.items() if count > 1}
    # A worker has 2 of the stage's 4 requests at a time.
    assert len(repeated) <= 2
    assert set(repeated.values()) <= {2}
    assert repeated.keys() <= in_flight
    run_on_ray(rows, [stage], output=tmp_path / "out", manifest=manifest, batch_size=5)
    assert prompts(emulator) == counts


@pytest.mark.slow
def test_a_worker_without_a_key_ends_the_job_with_a_clear_error(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    stage = Chat("Echo: {text}", chat_model=ChatTelnyx(base_url=emulator.base_url))
    without = {"env_vars": {"TELNYX_API_KEY": ""}}
    with pytest.raises(Exception, match="Set TELNYX_API_KEY there") as raised:
        run_on_ray([{"text": "a"}], [stage], output=tmp_path / "out", runtime_env=without)
    assert emulator.api_key not in str(raised.value)
    assert len(emulator.requests) == 0


@pytest.mark.slow
def test_a_job_stops_at_its_cost_and_a_later_one_continues(
    ray: Any, emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    # An estimate without output tokens is too low.
    model = ChatTelnyx(base_url=emulator.base_url)
    stage = Chat("Echo: {text}", chat_model=model, max_concurrency=2, expected_output_tokens=0)
    rows = [{"text": f"row {number} " + "word " * 50} for number in range(40)]
    output = tmp_path / "out"
    emulator.latency(0.05)
    limit = float(estimate(rows, [stage]).cost) + 0.0001
    report = run_on_ray(rows, [stage], output=output, max_cost=limit, batch_size=4)
    assert report.failures.keys() == {"CostLimitError"}
    assert 0 < report.failed < 40
    # The two requests in progress finish, and the costs of two more may be on their way.
    assert limit <= report.spent < limit + 4 * max(row["cost"] for row in rows_in(ray, output))
    sent = len(emulator.requests)
    assert sent == 40 - report.failed
    rest = run_on_ray(rows, [stage], output=output, batch_size=4)
    assert rest.failed == 0
    assert len(emulator.requests) == 40
    assert len(rows_in(ray, output)) == 40


@pytest.mark.slow
def test_a_stage_class_works_in_map_batches(ray: Any, emulator: TelnyxEmulator) -> None:
    options = {
        "prompt": "Echo: {text}",
        "chat_model": ChatTelnyx(base_url=emulator.base_url),
        "output_column": "reply",
    }
    dataset = ray.data.from_items([{"text": f"row {number}"} for number in range(4)])
    pool = ray.data.ActorPoolStrategy(size=1)
    found = dataset.map_batches(
        Chat, fn_constructor_kwargs=options, compute=pool, num_cpus=0.1, batch_size=4
    ).take_all()
    assert sorted(row["text"] for row in found) == [f"row {number}" for number in range(4)]
    assert all(row["reply"] and row["error"] is None for row in found)
