"""Ctrl-C interrupts threads at once, also at the end of the process; finished results survive."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

pytestmark = pytest.mark.waits

# Far longer than the end of a process may take, and shorter than its requests would.
LONG = 60.0
TIMEOUT = 600

# A shell starts background jobs, and so all that they start, with SIGINT ignored.
START = """
import json, pathlib, signal, sys, tempfile
signal.signal(signal.SIGINT, signal.default_int_handler)
from langchain_telnyx import *
o = dict(api_key="K", base_url=sys.argv[1], timeout=600, max_retries=0)
texts = [f"text {number}" for number in range(8)]
"""
CODES = {
    "embeddings": "TelnyxEmbeddings(chunk_size=1, **o).embed_documents(texts)",
    "batch": "ChatTelnyx(**o).batch(texts)",
    "batch of a chain": "(ChatTelnyx(**o) | str).batch(texts)",
    "batch_as_completed": "list(ChatTelnyx(**o).batch_as_completed(texts))",
    "batch of a stream": "ChatTelnyx(streaming=True, **o).batch(texts)",
    "batch over a client that is passed in": (
        "import httpx; ChatTelnyx(http_client=httpx.Client(), **o).batch(texts)"
    ),
    "retriever": "TelnyxRetriever(bucket='docs', **o).batch(texts)",
    "store": "TelnyxVectorStore('docs', **o).add_texts(texts)",
    "search": "TelnyxVectorStore('docs', **o).similarity_search('text')",
}
# Each takes a process; the others run with the slow tests.
QUICK = ("embeddings", "batch of a chain", "batch over a client that is passed in")
EMBEDDED = (
    b'{"object": "list", "model": "m", "data": '
    b'[{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}], '
    b'"usage": {"prompt_tokens": 1, "total_tokens": 1}}'
)


class Stalling:
    """A server that answers some requests, and is silent at those that come then.

    Attributes:
        stalled: Whether it is silent at one.
    """

    def __init__(self, answers: int = 0, body: bytes = b"") -> None:
        self._answers = answers
        self._body = body
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.stalled = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v2"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while connection.recv(65536):
                with self._lock:
                    self._answers -= 1
                    answers = self._answers >= 0
                if not answers:
                    self.stalled.set()
                    self._over.wait(TIMEOUT)
                    return
                head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                size = b"content-length: %d\r\n\r\n" % len(self._body)
                connection.sendall(head + size + self._body)


@pytest.fixture
def stalling() -> Iterator[Callable[..., Stalling]]:
    """Start a server that stalls."""
    servers: list[Stalling] = []

    def start(answers: int = 0, body: bytes = b"") -> Stalling:
        servers.append(Stalling(answers, body))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def interrupted(server: Stalling, code: str) -> tuple[str, str]:
    """Run code in a process, interrupt it once the server stalls, and return what it wrote."""
    process = subprocess.Popen(
        [sys.executable, "-c", START + code, server.base_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stalled.wait(LONG), process.communicate(timeout=1)
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=LONG)
    finally:
        process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
@pytest.mark.parametrize(
    "name",
    [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in CODES],
)
def test_the_process_ends_before_its_requests_finish(
    stalling: Callable[..., Stalling], name: str
) -> None:
    _, errors = interrupted(stalling(), CODES[name])
    assert "KeyboardInterrupt" in errors


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_finished_vectors_are_in_partial(stalling: Callable[..., Stalling]) -> None:
    code = """
try:
    TelnyxEmbeddings(chunk_size=1, max_concurrency=2, **o).embed_documents(texts)
except KeyboardInterrupt as interrupt:
    print(len(interrupt.partial), set(map(tuple, interrupt.partial.values())))
"""
    written, errors = interrupted(stalling(3, EMBEDDED), code)
    assert written.split(" ", 1)[1] == "{(1.0, 0.0)}\n", errors
    assert 1 <= int(written.split()[0]) <= 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_finished_transcripts_are_in_partial(stalling: Callable[..., Stalling]) -> None:
    code = """
folder = pathlib.Path(tempfile.mkdtemp())
files = [folder / f"{number}.wav" for number in range(6)]
for number, file in enumerate(files):
    file.write_bytes(b"RIFF" + bytes(100 + number))
del o["timeout"]
try:
    TelnyxTranscriptionLoader(files, max_concurrency=2, **o).load()
except KeyboardInterrupt as interrupt:
    print([document.page_content for document in interrupt.partial])
"""
    written, errors = interrupted(stalling(3, b'{"text": "Hello."}'), code)
    assert "Hello." in written, errors
