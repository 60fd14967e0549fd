"""`kill -9` of the emulator during writes to all of its areas: acknowledged writes survive.

python tests/soak/soak_kills.py --kills 50
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soak_tally import KEY, load

from langchain_telnyx import Telnyx, TelnyxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BASE = "meta-llama/Meta-Llama-3.1-8B-Instruct"
BUCKET, NAMESPACE, CONVERSATION = "kills-objects", "kills-values", "kills-conversation"


def body_of(name: str) -> bytes:
    chance = random.Random(name)
    return chance.randbytes(chance.choice([10, 1000, 100_000]))


@dataclass(frozen=True)
class Area:
    """One area of the API: a function that writes a resource, and one that lists the names."""

    write: Callable[[Telnyx, Places, str], Any]
    names: Callable[[Telnyx, Places], Iterable[str | None]]


@dataclass
class Places:
    """The targets of the writes."""

    namespace: str = ""
    conversation: str = ""

    def make(self, api: Telnyx) -> None:
        api.storage.create_bucket(BUCKET)
        api.storage.put_object(BUCKET, "chats.jsonl", CHAT)
        self.namespace = api.kvs.wait(api.kvs.create(NAMESPACE).id).id
        self.conversation = api.conversations.create(name=CONVERSATION).id


CHAT = (
    b'{"messages": [{"role": "user", "content": "Open?"}, '
    b'{"role": "assistant", "content": "Yes."}]}\n'
)

AREAS = {
    "objects": Area(
        lambda api, _, name: api.storage.put_object(BUCKET, name, body_of(name)),
        lambda api, _: (found.key for found in api.storage.list_objects(BUCKET)),
    ),
    "values": Area(
        lambda api, at, name: api.kvs.put_key(at.namespace, name, body_of(name)),
        lambda api, at: (found.key for found in api.kvs.list_keys(at.namespace)),
    ),
    "messages": Area(
        lambda api, at, name: api.conversations.add_message(at.conversation, "user", name),
        lambda api, at: (
            message.text for message in api.conversations.messages(at.conversation, page_size=100)
        ),
    ),
    "conversations": Area(
        lambda api, _, name: api.conversations.create(name=name),
        lambda api, _: (found.name for found in api.conversations.iterate()),
    ),
    "jobs": Area(
        lambda api, _, name: api.fine_tuning.create(BASE, BUCKET + "/chats.jsonl", suffix=name),
        lambda api, _: (
            job.id.split("-", 6)[-1][-len("jobs-00-000") :] for job in api.fine_tuning.list()
        ),
    ),
    "insights": Area(
        lambda api, _, name: api.insights.create(name, instructions="What is the question?"),
        lambda api, _: (found.name for found in api.insights.list(page_size=99)),
    ),
    "groups": Area(
        lambda api, _, name: api.insight_groups.create(name),
        lambda api, _: (found.name for found in api.insight_groups.list(page_size=99)),
    ),
    "collections": Area(
        lambda api, _, name: api.collections.create(name),
        lambda api, _: (found.name for found in api.collections.list(page_size=100)),
    ),
    "memories": Area(
        lambda api, _, name: api.memory.remember(name, "Drinks tea."),
        lambda api, _: (found.profile_id for found in api.memory.profiles()),
    ),
    "file-systems": Area(
        lambda api, _, name: api.cloudfs.create(name, region="us-central-1"),
        lambda api, _: (found.name for found in api.cloudfs.list()),
    ),
}


@dataclass
class Process:
    """A process to kill once, by SIGKILL."""

    pid: int
    killed: bool = False

    def kill(self) -> None:
        if not self.killed:
            self.killed = True
            os.kill(self.pid, signal.SIGKILL)


@dataclass
class KillRun:
    """The writes so far, and the anomalies.

    Attributes:
        folder: The emulator's data folder.
        seed: Determines when it is killed.
        acknowledged: The names of acknowledged writes by area.
        attempted: All names, acknowledged or not.
        anomalies: Lost, doubled or wrong data.
    """

    folder: str
    seed: object
    places: Places = field(default_factory=Places)
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: {area: [] for area in AREAS})
    attempted: dict[str, set[str]] = field(default_factory=lambda: {area: set() for area in AREAS})
    anomalies: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    def round(
        self, number: int, fork_server: subprocess.Popen[str], *, check_only: bool = False
    ) -> None:
        """Start the emulator, check its data, write, and kill it during the writes."""
        assert fork_server.stdin is not None
        assert fork_server.stdout is not None
        fork_server.stdin.write(f"{self.folder}\n")
        fork_server.stdin.flush()
        started = json.loads(fork_server.stdout.readline())
        emulator = Process(started["pid"])
        root = f"{started['direct']}/v2"
        try:
            with Telnyx(api_key=KEY, base_url=root, max_retries=0, timeout=30) as api:
                load(api)
                if number:
                    self.check(api, number)
                else:
                    self.places.make(api)
                if not check_only:
                    self._write(api, number, emulator)
        finally:
            emulator.kill()

    def _write(self, api: Telnyx, number: int, emulator: Process) -> None:
        limit = self.count + random.Random(f"{self.seed} {number}").randrange(10, 80)
        enough = threading.Event()

        def write(area: str) -> None:
            for step in range(1000):
                name = f"{area}-{number:02}-{step:03}"
                self.attempted[area].add(name)
                try:
                    AREAS[area].write(api, self.places, name)
                except TelnyxError as error:
                    if not emulator.killed:
                        self.anomalies.append(f"round {number}, {area}: {error!r:.200}")
                        enough.set()
                    return
                self.acknowledged[area].append(name)
                if self.count >= limit:
                    enough.set()

        threads = [threading.Thread(target=write, args=(area,)) for area in AREAS]
        for thread in threads:
            thread.start()
        enough.wait(60)
        emulator.kill()  # during the writes
        for thread in threads:
            thread.join()

    def check(self, api: Telnyx, number: int) -> None:
        """Compare the stored data with the acknowledged writes."""
        for name, area in AREAS.items():
            there = Counter(area.names(api, self.places))
            if lost := set(self.acknowledged[name]) - there.keys():
                self.anomalies.append(f"round {number}, {name}: lost {sorted(lost)[:5]}")
            if twice := [each for each in self.attempted[name] if there[each] > 1]:
                self.anomalies.append(f"round {number}, {name}: twice {sorted(twice)[:5]}")
            if name in {"objects", "values"}:
                self._compare(
                    api, name, [n for n in self.attempted[name] if there[n]][-60:], number
                )

    def _compare(self, api: Telnyx, area: str, names: list[str], number: int) -> None:
        for name in names:
            if area == "objects":
                body = api.storage.get_object(BUCKET, name)
            else:
                body = api.kvs.get_key(self.places.namespace, name)
            if hashlib.sha256(body).digest() != hashlib.sha256(body_of(name)).digest():
                self.anomalies.append(f"round {number}, {area}: {name} has other bytes")


def kills(number: int, seed: object) -> dict[str, Any]:
    """Kill the emulator `number` times, and check its data once more."""
    script = Path(__file__).with_name("soak_fork_server.py")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as fork_server,
    ):
        run = KillRun(folder, seed)
        for each in range(number):
            run.round(each, fork_server)
        run.round(number, fork_server, check_only=True)
    return {
        "kills": number,
        "acknowledged": run.count,
        "of": {area: len(names) for area, names in run.acknowledged.items()},
        "anomalies": run.anomalies,
    }


def main() -> None:
    """Run the kills of the command line, and print the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(kills(options.kills, options.seed)))


if __name__ == "__main__":
    main()
