"""Local OpenAI-compatible servers are found, offered, and used only when the user says so."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.cli import main, upstreams
from langchain_telnyx.cli.upstreams import UpstreamChoice, UpstreamError, choose, find_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class FakeServer:
    """A server with models; it notes the paths and bodies of its requests."""

    def __init__(self, *models: str, status: int = 200, body: bytes | None = None) -> None:
        self.requests: list[tuple[str, Any]] = []
        listed = {"object": "list", "data": [{"id": model} for model in models]}
        answer = json.dumps(listed).encode() if body is None else body
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, self.headers.get("authorization")))
                self._send(status, "application/json", answer)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append((self.path, json.loads(sent)))
                event = {"id": "1", "choices": [{"index": 0, "delta": {"content": "By local."}}]}
                end = {"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
                lines = [f"data: {json.dumps(each)}\n\n" for each in (event, end)]
                self._send(200, "text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())

            def _send(self, code: int, kind: str, content: bytes) -> None:
                self.send_response(code)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name of http.server
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/v1"


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    with ExitStack() as stack:

        def start(*models: str, **options: Any) -> FakeServer:
            fake = FakeServer(*models, **options)
            thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(fake.server.server_close)
            stack.callback(thread.join)
            stack.callback(fake.server.shutdown)
            return fake

        yield start


@pytest.fixture(autouse=True)
def _note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "note.md").write_text("The key is under the mat.", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(upstreams, "LOCAL_SERVERS", ())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def test_servers_with_a_chat_model_are_found_in_their_order(
    serve: Callable[..., FakeServer],
) -> None:
    embeddings = serve("nomic-embed-text")
    one, two = serve("nomic-embed-text", "llama3.2"), serve("qwen3")
    page, broken = serve(body=b"<html>A web site</html>"), serve(status=500)
    servers = [
        ("E", embeddings.port), ("W", page.port), ("A", one.port),
        ("B", broken.port), ("N", free_port()), ("C", two.port),
    ]  # fmt: skip
    found = find_local(servers, timeout=30)
    assert [(each.name, each.chat_model) for each in found] == [("A", "llama3.2"), ("C", "qwen3")]
    assert one.requests == [("/v1/models", None)]


def test_a_port_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert find_local([("S", silent.getsockname()[1])], timeout=0.05) == []


def test_ask_offers_a_local_server_and_does_not_use_it(
    serve: Callable[..., FakeServer],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake = serve("llama3.2")
    monkeypatch.setattr(upstreams, "LOCAL_SERVERS", (("Ollama", fake.port),))
    monkeypatch.setattr(upstreams, "_LOCAL_TIMEOUT", 30)
    assert main(["ask", "Where is the key?", "note.md"]) == 0
    shown = capsys.readouterr()
    assert f"Ollama with llama3.2 runs at {fake.url}: pass `--upstream auto`" in shown.err
    assert "The key is under the mat. [1]" in shown.out
    assert [path for path, _ in fake.requests] == ["/v1/models"]


@pytest.mark.parametrize("automatic", [True, False])
def test_ask_lets_the_chosen_server_answer(
    serve: Callable[..., FakeServer],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    automatic: bool,
) -> None:
    fake = serve("llama3.2")
    monkeypatch.setattr(upstreams, "LOCAL_SERVERS", (("Ollama", fake.port),))
    # A key of Telnyx is not used when an upstream is named.
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_unused")
    url = "auto" if automatic else fake.url
    assert main(["ask", "Where is the key?", "note.md", "--upstream", url]) == 0
    shown = capsys.readouterr()
    assert "By local." in shown.out
    assert f"llama3.2 {'of Ollama ' if automatic else ''}at {fake.url}" in shown.err
    path, body = fake.requests[-1]
    assert path == "/v1/chat/completions"
    assert body["model"] == "llama3.2"
    assert "under the mat" in json.dumps(body["messages"])


@pytest.mark.parametrize("command", [["ask", "?", "note.md"], ["emulator", "--port", "0"]])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:{port}/v1", "cannot be reached: Connection refused."),
        ("localhost:11434", "is not a URL such as http://127.0.0.1:11434/v1."),
        ("auto", "no local server with a chat model"),
    ],
)
def test_an_upstream_that_cannot_be_used_is_one_line_and_status_2(
    command: list[str], url: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--upstream", url.format(port=free_port())]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"langchain-telnyx {command[0]}: --upstream ")
    assert reason in line


def test_a_refused_key_is_named_without_the_key(serve: Callable[..., FakeServer]) -> None:
    fake = serve(status=401)
    with pytest.raises(UpstreamError, match="check `--upstream-api-key`") as caught:
        choose(UpstreamChoice(url=fake.url, api_key="KEY_secret"))
    assert "KEY_secret" not in str(caught.value)
    assert fake.requests == [("/v1/models", "Bearer KEY_secret")]


def test_a_named_server_without_a_list_of_models_is_used_with_the_named_model(
    serve: Callable[..., FakeServer],
) -> None:
    fake = serve(status=404)
    found, model = choose(UpstreamChoice(url=f"{fake.url}/", model="mine"))
    assert (found.url, model) == (fake.url, "mine")
