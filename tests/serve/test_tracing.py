"""Runs of a served agent are traced by LangSmith's environment variables."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tracers.langchain import wait_for_all_tracers
from langsmith import utils

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.serve import create_app
from tests.serve.support import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_telnyx.emulator import TelnyxEmulator


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Run a server that receives traces, as LangSmith does, and yield their bodies."""
    bodies: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond(b'{"instance_flags": {}, "batch_ingest_config": {}}')

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            bodies.append(body.decode("utf-8", "replace"))
            self._respond(b"{}")

        do_PATCH = do_POST  # noqa: N815 - its name

        def _respond(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("LANGSMITH_API_KEY", "ls-key")
        _forget_environment()
        yield bodies
        server.shutdown()
    monkeypatch.undo()
    _forget_environment()


def _forget_environment() -> None:
    cached: Any = utils.get_env_var
    cached.cache_clear()


async def test_a_call_is_one_thread_of_traces(emulator: TelnyxEmulator, traces: list[str]) -> None:
    emulator.say("Fine.")
    emulator.say("Good bye.")
    app = create_app(ChatTelnyx(**emulator.options()), token=TOKEN)
    result = await emulator.acall(app, ["How are you?", "Bye"], token=TOKEN, caller="+15550001")
    wait_for_all_tracers()
    sent = "".join(traces)
    assert json.dumps(result.conversation_id) in sent
    assert '"thread_id"' in sent
    assert "How are you?" in sent
    assert emulator.api_key not in sent
    assert TOKEN not in sent
