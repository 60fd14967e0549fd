"""Stages whose units of rows share a manifest with threads, tasks and processes: all pay once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import TelnyxEmbeddings
from langchain_telnyx._shared.key_locks import KeyLocks
from langchain_telnyx._shared.manifest import Manifest
from langchain_telnyx.batch import AddToStore, Embed
from langchain_telnyx.client.errors import APIConnectionError
from langchain_telnyx.emulator import TelnyxEmulator
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from langchain_telnyx.client.call import Flow

pytestmark = pytest.mark.default_quirks("They count requests.", "rate_limited_share")

TEXTS = [f"Moon {number} is made of ice." for number in range(24)]
StageName = Literal["embed", "add"]
# A process that runs a stage over rows once it reads a line.
WORKER = """
import json, sys
from langchain_telnyx import TelnyxEmbeddings
from langchain_telnyx.batch import AddToStore, Embed
name, manifest, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if name == "embed":
    stage = Embed(embeddings=TelnyxEmbeddings(chunk_size=4, **options), manifest=manifest)
else:
    stage = AddToStore("moons", documents_per_write=4, manifest=manifest, **options)
print("ready", flush=True)
texts = json.loads(sys.stdin.readline())
found = stage({"text": texts})
print(json.dumps(found["error"]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[TelnyxEmulator]:
    """Run an emulator that other processes reach."""
    with TelnyxEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(server: TelnyxEmulator) -> Iterator[TelnyxEmulator]:
    """Return an emulator without state."""
    server.reset()
    yield server
    server.reset()


def sent(emulator: TelnyxEmulator) -> Counter[str]:
    """Return how often each text was sent."""
    counts: Counter[str] = Counter()
    for request in list(emulator.requests):
        if request.path.endswith("/ai/openai/embeddings"):
            counts.update(json.loads(request.body)["input"])
        elif request.method == "PUT" and request.path.startswith("/moons/"):
            counts[request.body.decode()] += 1
    return counts


class Worker:
    """A process that runs a stage."""

    def __init__(self, name: StageName, manifest: Path, emulator: TelnyxEmulator) -> None:
        arguments = [name, str(manifest), json.dumps(emulator.options())]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, texts: Sequence[str]) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write(json.dumps(list(texts)) + "\n")
        self.process.stdin.flush()

    def errors(self) -> list[str | None]:
        output, _ = self.process.communicate(timeout=60)
        found: list[str | None] = json.loads(output)
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("name", ["embed", "add"])
def test_processes_with_the_same_rows_send_each_once(
    emulator: TelnyxEmulator, name: StageName, tmp_path: Path
) -> None:
    emulator.latency(0.05)
    workers = [Worker(name, tmp_path / "m.jsonl", emulator) for _ in range(2)]
    # The units of rows of the one are not those of the other.
    for worker, first in zip(workers, (0, 2), strict=True):
        worker.begin(TEXTS[first:] + TEXTS[:first])
    assert [worker.errors() for worker in workers] == [[None] * len(TEXTS)] * 2
    assert sent(emulator) == dict.fromkeys(TEXTS, 1)


def test_a_killed_process_does_not_hold_its_rows(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    emulator.latency(8)
    killed, other = (Worker("embed", tmp_path / "m.jsonl", emulator) for _ in range(2))
    killed.begin(TEXTS)
    while len(sent(emulator)) < len(TEXTS):
        assert killed.process.poll() is None
    killed.kill()
    emulator.latency(0)
    other.begin(TEXTS)
    assert other.errors() == [None] * len(TEXTS)
    assert set(sent(emulator).values()) == {2}


def test_threads_and_tasks_send_each_row_once(emulator: TelnyxEmulator, tmp_path: Path) -> None:
    emulator.latency(0.02)

    def stage() -> Embed:
        embeddings = TelnyxEmbeddings(chunk_size=4, **emulator.options())
        return Embed(embeddings=embeddings, manifest=tmp_path / "m.jsonl")

    def in_thread(first: int) -> Any:
        return stage()({"text": TEXTS[first:] + TEXTS[:first] + ["Io", "Io"]})

    async def in_tasks() -> list[Any]:
        one = stage()
        return await asyncio.gather(*(one.acall({"text": TEXTS[n:]}) for n in range(3)))

    with ThreadPoolExecutor(3) as pool:
        threads = [pool.submit(in_thread, first) for first in (0, 3)]
        tasks = pool.submit(asyncio.run, in_tasks())
        found = [*(each.result() for each in threads), *tasks.result()]
    assert all(error is None for batch in found for error in batch["error"])
    assert all(vector for batch in found for vector in batch["embedding"])
    assert sent(emulator) == dict.fromkeys([*TEXTS, "Io"], 1)


def test_what_fails_for_one_is_requested_by_the_other(tmp_path: Path) -> None:
    """The flow of one ends with an error while that of the other waits."""
    first, second = (Manifest(tmp_path / "m.jsonl") for _ in range(2))
    requested: list[tuple[str, list[str]]] = []

    def request(who: str, *, fails: bool) -> Any:
        def send(keys: Sequence[str]) -> Flow[list[tuple[str, str, str]]]:
            yield from ()
            requested.append((who, list(keys)))
            if fails:
                raise APIConnectionError("the connection is lost")
            return [(key, "", who) for key in keys]

        return send

    def step(flow: Any) -> Any:
        step = flow.send(None)
        while hasattr(step, "run"):  # reads and writes of files
            step = flow.send(step.run())
        return step

    waiting = second.get_or_request_all(["a", "b"], request("second", fails=False))
    locks = KeyLocks(tmp_path / ".m.jsonl.keys.lock")
    held = locks.take(["b"])
    step(waiting)
    assert requested == [("second", ["a"])]
    locks.release(held)
    with pytest.raises(APIConnectionError):
        step(first.get_or_request_all(["b"], request("first", fails=True)))
    with pytest.raises(StopIteration) as ended:
        step(waiting)
    assert ended.value.value == {}
    assert requested[1:] == [("first", ["b"]), ("second", ["b"])]
    assert [second.find(key) for key in "ab"] == ["second", "second"]


@settings(max_examples=examples(30), deadline=None)
@given(
    plans=st.lists(
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4), min_size=2, max_size=4
    )
)
def test_a_key_is_locked_by_one_thread_at_a_time(
    tmp_path_factory: pytest.TempPathFactory, plans: list[list[str]]
) -> None:
    file = tmp_path_factory.mktemp("locks") / ".m.jsonl.keys.lock"
    holders: Counter[str] = Counter()
    most: list[int] = []
    guard = threading.Lock()

    def run(keys: list[str]) -> None:
        left = set(keys)
        while left:
            taken = KeyLocks(file).take(left)
            with guard:
                holders.update(taken)
                most.extend(holders[key] for key in taken)
            with guard:
                holders.subtract(taken)
            KeyLocks(file).release(taken)
            left -= set(taken)

    threads = [threading.Thread(target=run, args=(keys,)) for keys in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}


def test_a_row_that_is_not_in_the_manifest_is_not_waited_for(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    stage = AddToStore("moons", manifest=tmp_path / "m.jsonl", **emulator.options())
    assert stage({"text": TEXTS[:2]})["error"] == [None, None]
    rows = [{"text": text} for text in TEXTS[:1]]
    assert [row is None for row in stage.saved(rows)] == [False]
    model = TelnyxEmbeddings(**emulator.options())
    Embed(embeddings=model, manifest=tmp_path / "other.jsonl")({"text": TEXTS[:1]})
    [line] = (tmp_path / "other.jsonl").read_text("utf-8").splitlines()
    key = json.loads(line)["key"]
    locks = KeyLocks(tmp_path / ".m.jsonl.keys.lock")
    assert locks.take([key]) == [key]
    try:
        assert Embed(embeddings=model, manifest=tmp_path / "m.jsonl").saved(rows) == [None]
    finally:
        locks.release([key])
