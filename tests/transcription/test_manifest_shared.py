"""A manifest that is shared by threads, tasks and processes, with crashes and deletions."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording_helpers import recording, texts, transcribed

from langchain_telnyx import APIResponseError, PartialError, Telnyx, TelnyxTranscriptionLoader
from langchain_telnyx._shared.locks import Lock
from langchain_telnyx._shared.manifest import Manifest, is_manifest
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_telnyx.emulator import TelnyxEmulator

Reply = tuple[int, dict[str, str], bytes]
ENTRIES = {f"{number:064x}": {"text": f"Ä {number}\n"} for number in range(3)}
pytestmark = pytest.mark.default_quirks("They count requests.", "rate_limited_share")


def written(file: Path) -> bytes:
    file.unlink(missing_ok=True)
    for key, answer in ENTRIES.items():
        Manifest(file).store(key, "a.wav", answer)
    return file.read_bytes()


def test_a_file_cut_at_any_byte_has_complete_results_and_accepts_new_ones(
    tmp_path: Path,
) -> None:
    file = tmp_path / "m.jsonl"
    whole = written(file)
    for cut in range(len(whole) + 1):
        file.write_bytes(whole[:cut])
        manifest = Manifest(file)
        lines = [line for line in whole[:cut].split(b"\n") if line.endswith(b"}}")]
        expected = [*list(ENTRIES.values())[: len(lines)], *[None] * (3 - len(lines))]
        assert [manifest.find(key) for key in ENTRIES] == expected
        manifest.store("new", "b.wav", cut + 1)
        for reader in (manifest, Manifest(file)):
            assert [reader.find(key) for key in (*ENTRIES, "new")] == [*expected, cut + 1]


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_damage_affects_only_its_own_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("damaged") / "m.jsonl"
    lines = written(file).splitlines(keepends=True)
    hit = data.draw(st.integers(0, 2))
    damage = st.one_of(
        st.binary(max_size=40), st.just(b"[" * 100_000), st.just(b'{"key": 1, "answer": 1}')
    )
    lines[hit] = data.draw(damage).replace(b"\n", b"") + b"\n"
    file.write_bytes(b"".join(lines))
    found = [Manifest(file).find(key) for key in ENTRIES]
    assert found == [None if at == hit else answer for at, answer in enumerate(ENTRIES.values())]


def test_damaged_lines_are_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "m.jsonl"
    file.write_bytes(b"\xff\n[]\n\n")
    manifest = Manifest(file)
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            manifest.store(str(number), "a.wav", 1)
            assert manifest.find(str(number)) == 1
    [record] = caplog.records
    assert "2 damaged lines" in record.getMessage()


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("store"), st.integers(0, 2), st.integers(0, 3)),
            st.tuples(st.sampled_from(["delete", "empty", "tear", "reopen"]), st.integers(0, 2)),
        ),
        max_size=25,
    )
)
def test_several_manifests_agree_after_any_change_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    file = tmp_path_factory.mktemp("shared") / "deep" / "m.jsonl"
    manifests = [Manifest(file) for _ in range(3)]
    expected: dict[str, int] = {}
    for count, (what, who, *key) in enumerate(steps, 1):
        match what:
            case "store":
                manifests[who].store(str(key[0]), "a.wav", count)
                expected[str(key[0])] = count
            case "delete":
                file.unlink(missing_ok=True)
                expected.clear()
            case "empty":
                if file.exists():
                    file.write_bytes(b"")
                expected.clear()
            case "tear":
                file.parent.mkdir(exist_ok=True)
                with file.open("ab") as handle:
                    handle.write(b'{"key": "0", "ans')
            case _:
                manifests[who] = Manifest(file)
        for manifest in manifests:
            for each in "0123":
                assert manifest.find(each) == expected.get(each)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[], Reply]], str]]:
    """Start a server on loopback, and return its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(reply: Callable[[], Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                status, headers, body = reply()
                with suppress(OSError):  # the process was killed
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Be silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v2"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


# Paying once


@pytest.fixture
def slow(emulator: TelnyxEmulator) -> TelnyxEmulator:
    """An emulator with slow responses, so that requests without a lock would overlap."""
    emulator.transcript("a.wav", "Hello.")
    emulator.fail(503, path="/audio/transcriptions", times=1, retry_after=1)
    return emulator


SCRIPT = """
    import sys
    import time
    from pathlib import Path
    from langchain_telnyx import TelnyxTranscriptionLoader

    Path(f"ready{sys.argv[3]}").touch()
    while not Path("go").exists():
        time.sleep(0.001)
    loader = TelnyxTranscriptionLoader(
        "a.wav", manifest="deep/m.jsonl", base_url=sys.argv[1], api_key=sys.argv[2]
    )
    print(loader.load()[0].page_content)
"""


def test_processes_with_one_manifest_pay_once(serve: Callable[..., str]) -> None:
    sent: list[int] = []

    def reply() -> Reply:
        sent.append(1)
        time.sleep(0.5)  # so that all of them want it before it is there
        return 200, {"content-type": "application/json"}, b'{"text": "Hello."}'

    Path("a.wav").write_bytes(recording(1))
    Path("script.py").write_text(textwrap.dedent(SCRIPT), "utf-8")
    command = [sys.executable, "script.py", serve(reply), "KEY"]
    running = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    while not all(Path(f"ready{number}").exists() for number in range(3)):
        assert all(each.poll() in {None, 0} for each in running)
        time.sleep(0.01)
    Path("go").touch()
    assert [each.communicate(timeout=60)[0] for each in running] == ["Hello.\n"] * 3
    assert len(sent) == 1
    assert [file.name for file in Path("deep").iterdir()] == ["m.jsonl"]


def test_a_process_that_is_killed_while_it_waits_leaves_the_others_to_go_on(
    serve: Callable[..., str],
) -> None:
    arrived = threading.Event()
    sent: list[int] = []

    def reply() -> Reply:
        sent.append(1)
        arrived.set()
        if len(sent) == 1:
            killed.wait(60)
        return 200, {"content-type": "application/json"}, b'{"text": "Hello."}'

    killed = threading.Event()
    Path("a.wav").write_bytes(recording(1))
    Path("script.py").write_text(textwrap.dedent(SCRIPT), "utf-8")
    Path("go").touch()
    url = serve(reply)
    first = subprocess.Popen([sys.executable, "script.py", url, "KEY", "0"])
    assert arrived.wait(60)
    first.kill()
    first.wait(60)
    killed.set()
    loader = TelnyxTranscriptionLoader(
        "a.wav", manifest="deep/m.jsonl", base_url=url, api_key="KEY"
    )
    assert texts(loader.load()) == ["Hello."]
    assert len(sent) == 2
    assert [file.name for file in Path("deep").iterdir()] == ["m.jsonl"]


@pytest.mark.parametrize("manifest", ["m.jsonl", None])
def test_identical_concurrent_recordings_are_sent_once(
    load: Callable[..., Any], slow: TelnyxEmulator, manifest: str | None
) -> None:
    content = recording(1)
    Path("b.wav").write_bytes(content)
    inputs = [("a.wav", content), ("a.wav", content), "b.wav", ("a.wav", bytearray(content))]
    slow.transcript("b.wav", "Hello.")
    assert texts(load(inputs, manifest=manifest)) == ["Hello."] * 4
    assert transcribed(slow) == 2  # one of them is the refusal


def test_threads_and_loops_with_loaders_of_their_own_pay_once(
    maker: Callable[..., TelnyxTranscriptionLoader], slow: TelnyxEmulator
) -> None:
    found: list[str] = []

    def run(number: int) -> None:
        loader = maker(("a.wav", recording(1)), manifest="m.jsonl")
        found.extend(texts(asyncio.run(loader.aload()) if number % 2 else loader.load()))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["Hello."] * 6
    assert transcribed(slow) == 2


@pytest.mark.parametrize("manifest", ["m.jsonl", None])
def test_a_failed_request_does_not_fail_the_waiting_ones(
    load: Callable[..., Any], emulator: TelnyxEmulator, manifest: str | None
) -> None:
    emulator.transcript("a.wav", "Hello.")
    emulator.fail(400, path="/audio/transcriptions", times=1)
    documents = load([("a.wav", recording(1))] * 4, manifest=manifest, on_error="document")
    assert sorted(texts(documents)) == ["", "Hello.", "Hello.", "Hello."]


async def test_a_cancelled_load_releases_its_locks(
    maker: Callable[..., TelnyxTranscriptionLoader], emulator: TelnyxEmulator
) -> None:
    emulator.transcript("a.wav", "Hello.")
    emulator.fail(503, path="/audio/transcriptions", times=1, retry_after=50)
    waits = asyncio.Event()
    loader = maker(("a.wav", recording(1)), manifest="m.jsonl", on_retry=lambda _: waits.set())
    task = asyncio.create_task(loader.aload())
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert texts(await loader.aload()) == ["Hello."]


def test_a_lock_is_exclusive_and_its_file_is_deleted(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    file.touch()  # as a crash leaves it
    first, second = Lock(file), Lock(file)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.take()
    second.release()
    second.release()
    assert not file.exists()


def test_a_deleted_manifest_loses_only_its_results(
    maker: Callable[..., TelnyxTranscriptionLoader], emulator: TelnyxEmulator, calls: Path
) -> None:
    documents = maker(calls, manifest="m.jsonl", max_concurrency=1).lazy_load()
    assert next(documents).page_content == "Call number 0."
    Path("m.jsonl").unlink()
    assert [each.page_content[:11] for each in documents] == ["Call number"] * 4
    assert transcribed(emulator) == 5
    assert is_manifest(Path("m.jsonl"))


# Answers that cannot be read


@pytest.fixture
def answered(
    serve: Callable[..., str],
) -> Iterator[Callable[..., tuple[dict[str, Any], list[int]]]]:
    """Start a server that answers everything with one body, and counts."""

    def start(body: bytes, kind: str = "application/json") -> tuple[dict[str, Any], list[int]]:
        count: list[int] = []

        def reply() -> Reply:
            count.append(1)
            return 200, {"content-type": kind}, body

        client = Telnyx(api_key="KEY", base_url=serve(reply))
        clients.append(client)
        return {"client": client}, count

    clients: list[Telnyx] = []
    yield start
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    "body", [b'{"text": null, "words": [1]}', b'{"txt": "hi"}', b'{"text": "hi']
)
def test_an_unreadable_result_is_on_the_error_and_paid_once(
    answered: Callable[..., Any], body: bytes
) -> None:
    options, count = answered(body)
    modes: list[Any] = ["text", "text", "words"]
    for mode in modes:
        loader = TelnyxTranscriptionLoader(
            ("a.wav", recording(1)),
            manifest="m.jsonl",
            mode=mode,
            model="deepgram/nova-3",
            **options,
        )
        with pytest.raises(PartialError, match="not what the API documents") as caught:
            loader.load()
        [error] = caught.value.failed.values()
        assert isinstance(error, APIResponseError)
        assert error.response.text == body.decode()
    assert len(count) == 1


def test_a_result_without_the_details_of_the_mode_is_on_the_error(
    answered: Callable[..., Any],
) -> None:
    options, count = answered(b'{"text": "hi"}')
    options |= {"manifest": "m.jsonl", "model": "deepgram/nova-3", "on_error": "document"}
    [failed] = TelnyxTranscriptionLoader(("a.wav", recording(1)), mode="words", **options).load()
    assert failed.metadata["answer"] == '{"text": "hi"}'
    [document] = TelnyxTranscriptionLoader(("a.wav", recording(1)), **options).load()
    assert document.page_content == "hi"
    assert len(count) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<html>busy</html>", "text/html"), (b'{"errors": [{"title": "busy"}]}', "application/json")],
)
def test_invalid_results_are_not_stored(
    answered: Callable[..., Any], body: bytes, kind: str
) -> None:
    options, count = answered(body, kind)
    loader = TelnyxTranscriptionLoader(
        ("a.wav", recording(1)), manifest="m.jsonl", on_error="document", **options
    )
    for _ in range(2):
        assert "busy" in loader.load()[0].metadata["answer"]
    assert len(count) == 2
