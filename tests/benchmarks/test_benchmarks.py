"""The benchmark suite works: tests assert the work, not its time."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

pytest_plugins = ["tests.benchmarks.script_fixtures"]

FOLDER = Path(__file__).parent
CHAT = "/v2/ai/openai/chat/completions"
PASSAGE = "The quiet harbour keeps its lights on until the last boat is home. " * 12


def body(script: str, *, stream: bool = False) -> dict[str, object]:
    return {"stream": stream, "messages": [{"role": "user", "content": f"Hello. [[{script}]]"}]}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    command = [sys.executable, str(FOLDER / "server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield cast("IO[str]", process.stdout).readline().strip()


@pytest.mark.parametrize("path", [CHAT, "/v2/ai/chat/completions", "/v1/chat/completions"])
def test_every_chat_path_has_the_same_response(server: str, path: str) -> None:
    reply = httpx.post(server + path, json=body("delay_ms=0")).json()
    assert reply["choices"][0]["message"]["content"] == (
        "The quiet harbour keeps its lights on until the last boat is home."
    )
    assert reply["usage"]["total_tokens"] == 36


def test_embeddings_have_the_requested_encoding(server: str) -> None:
    request = {"model": "m", "input": ["a", "b", "c"]}
    path = f"{server}/v2/ai/openai/embeddings"
    numbers = [row["embedding"] for row in httpx.post(path, json=request).json()["data"]]
    packed = httpx.post(path, json={**request, "encoding_format": "base64"}).json()["data"]
    assert [row["index"] for row in packed] == [0, 1, 2]
    decoded = [struct.unpack("<1024f", base64.b64decode(row["embedding"])) for row in packed]
    assert [list(vector) for vector in decoded] == numbers
    assert numbers[0] != numbers[1] != numbers[2]


def test_an_unknown_path_is_a_404(server: str) -> None:
    reply = httpx.post(server + "/v2/ai/nowhere", json={})
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (404, "10005")


def test_a_connection_serves_many_requests(server: str) -> None:
    with httpx.Client(base_url=server) as client:
        streams = [network_stream(client) for _ in range(3)]
    assert streams[0] is streams[1] is streams[2]


def network_stream(client: httpx.Client) -> object:
    return client.post(CHAT, json=body("chunks=3", stream=True)).extensions["network_stream"]


@pytest.mark.parametrize("script", ["chunks=5", "chunks=5 pace_ms=1"])
def test_a_stream_has_the_requested_deltas_then_its_finish_reason_then_usage(
    server: str, script: str
) -> None:
    text = httpx.post(server + CHAT, json=body(script, stream=True)).text
    *events, done = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    chunks = [json.loads(event) for event in events]
    deltas = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]]
    assert deltas == ["", " pebble", " pebble", " pebble", " pebble", " pebble", ""]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 1020
    assert done == "[DONE]"


@pytest.mark.parametrize("script", ["delay_ms=50", "chunks=1 delay_ms=50"])
def test_a_response_has_the_requested_delay(server: str, script: str) -> None:
    begun = time.monotonic()
    httpx.post(server + CHAT, json=body(script, stream="chunks" in script))
    assert time.monotonic() - begun >= 0.05


def test_the_server_ends_with_the_process_that_started_it(run: Run) -> None:
    ended = run("server.py")  # its input is empty
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow  # the benchmark itself checks the work
@pytest.mark.parametrize(
    ("row", "units", "text"),
    [
        ("stream", 1000, " pebble" * 1000),
        (
            "abatch_100_wide",
            500,
            "The quiet harbour keeps its lights on until the last boat is home.",
        ),
        ("call_stream", 1000, "pebble " * 1000),
        ("first_token", 50, " pebble"),
        ("bind_tools", 100, ""),
        ("structured_by_function", 20, '{"name": "Titan", "radius": 2575}'),
        ("structured_by_schema", 20, '{"name": "Titan", "radius": 2575}'),
        ("embed_documents", 5000, "0.5859375"),
        pytest.param("add_5000_documents", 5000, "", marks=pytest.mark.slow),
        ("search_wide", 500, PASSAGE),
    ],
)
def test_a_row_does_its_work_with_our_model(
    server: str, row: str, units: int, text: str, run: Run
) -> None:
    done = run("worker.py", "ours", row, server, stdin="turn\n")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["units"], figures["text"]) == (units, text)
    assert figures["cpu"] > 0
    assert figures["wall"] > 0


@pytest.mark.parametrize("contender", ["ours", "httpx"])
def test_both_stores_write_and_search(server: str, contender: str, program: Run) -> None:
    text = f"""
import asyncio, contenders, rows, store_rows
from langchain_core.documents import Document

async def main():
    store = contenders.Subject(contenders.CONTENDERS[{contender!r}], {server!r}).store
    ids = await store.aadd_documents([Document("a"), Document("b")])
    found = await store.asimilarity_search("c", k=4)
    print(len(set(ids)), [store_rows.text_of(passage) for passage in found])

asyncio.run(main())
"""
    done = program(text)
    assert done.stdout == f"2 {[PASSAGE] * 4}\n", done.stderr


def test_the_server_supports_the_requests_of_stores(server: str) -> None:
    bucket = f"{server}/bench-store"
    assert httpx.head(bucket).status_code == 200
    assert httpx.put(f"{bucket}/a.txt", content=b"a").headers["etag"].startswith('"')
    embedding = f"{server}/v2/ai/embeddings"
    task = httpx.post(embedding, json={"bucket_name": "bench-store"}).json()["data"]
    settled = httpx.get(f"{embedding}/{task['task_id']}").json()["data"]
    assert settled["status"] == "success"
    found = httpx.post(f"{embedding}/similarity-search", json={}).json()["data"]
    assert [hit["document_chunk"] for hit in found] == [PASSAGE] * 4


class WrongAnswers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": "Something else."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        reply = json.dumps({"id": "c1", "model": "m", "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def test_wrong_work_raises_an_error(run: Run) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), WrongAnswers) as wrong:
        threading.Thread(target=wrong.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{wrong.server_port}"
        done = run("worker.py", "ours", "invoke", address, stdin="turn\n")
        wrong.shutdown()
    assert done.returncode != 0
    assert "and did Work(units=50, text='Something else.')" in done.stderr


def test_a_run_stores_every_turn_of_all_contenders(tmp_path: Path, run: Run) -> None:
    results = tmp_path / "results.json"
    done = run(
        *("run.py", "--here", "--contenders", "ours", "floor", "--rows", "first_model"),
        *("--rounds", "1", "--output", str(results)),
    )
    assert done.returncode == 0, done.stderr
    turns = json.loads(results.read_text())["turns"]
    assert [(turn["contender"], turn["row"], turn["round"]) for turn in turns] == [
        ("ours", "first_model", 1),
        ("floor", "first_model", 1),
    ]
    assert turns[0]["modules"] > turns[1]["modules"]
    assert "| `first_model` | modules | - |" in done.stdout


def test_rows_of_embeddings_skip_a_contender_without_embeddings(tmp_path: Path, run: Run) -> None:
    results = tmp_path / "results.json"
    done = run(
        *("run.py", "--here", "--contenders", "floor", "--rows", "embed_documents", "first_model"),
        *("--rounds", "1", "--output", str(results)),
    )
    assert done.returncode == 0, done.stderr
    assert [turn["row"] for turn in json.loads(results.read_text())["turns"]] == ["first_model"]


@pytest.mark.parametrize("row", ["invoke", "ainvoke", "stream", "astream", "first_token"])
def test_a_row_does_its_work_without_langchain(server: str, row: str, run: Run) -> None:
    done = run("worker.py", "httpx2", row, server, stdin="turn\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cpu"] > 0  # it raises if the work differs


def test_rows_of_chat_models_skip_a_client_without_langchain(tmp_path: Path, run: Run) -> None:
    results = tmp_path / "results.json"
    done = run(
        *("run.py", "--here", "--contenders", "httpx2", "floor", "--rows", "first_model"),
        *("bind_tools", "--rounds", "1", "--output", str(results)),
    )
    assert done.returncode == 0, done.stderr
    turns = json.loads(results.read_text())["turns"]
    assert {(turn["contender"], turn["row"]) for turn in turns} == {
        ("httpx2", "first_model"),
        ("floor", "first_model"),
        ("floor", "bind_tools"),
    }
    assert "- raw httpx2: not a chat model of LangChain (`bind_tools`)" in done.stdout


def test_a_contender_that_fails_has_a_reason_and_the_others_a_figure(
    tmp_path: Path, run: Run
) -> None:
    results = tmp_path / "results.json"
    done = run(
        *("run.py", "--here", "--contenders", "telnyx-sdk", "floor", "--rows", "first_model"),
        *("--rounds", "2", "--output", str(results)),
    )
    assert done.returncode == 0, done.stderr
    assert [turn["contender"] for turn in json.loads(results.read_text())["turns"]] == ["floor"] * 2
    reason = "ModuleNotFoundError: No module named 'telnyx'"
    assert f"- Telnyx SDK: fails: {reason} (`first_model`)" in done.stdout


@pytest.mark.parametrize("row", ["bind_tools", "first_model"])
def test_a_process_that_ends_without_figures_is_a_failure(row: str, program: Run) -> None:
    text = f"""
import pathlib, sys, turns
pythons = {{"groq": pathlib.Path("/bin/false"), "floor": pathlib.Path(sys.executable)}}
done = turns.take_turns({row!r}, pythons, "http://127.0.0.1:9", number=1)
print(done.failures, {{turn["contender"] for turn in done.turns}})
"""
    done = program(text)
    assert done.stdout == "{'groq': 'exit code 1, without figures'} {'floor'}\n", done.stderr


@pytest.mark.parametrize(("contender", "row"), [("floor", "search_wide"), ("httpx", "stream")])
def test_rows_without_a_supporting_contender_raise_an_error(
    contender: str, row: str, run: Run
) -> None:
    done = run("run.py", "--here", "--contenders", contender, "--rows", row)
    assert done.returncode != 0
    assert "None of these contenders supports these rows." in done.stderr


def test_a_row_is_divided_into_layers(server: str, run: Run) -> None:
    done = run("layers_worker.py", "ours", "bind_tools", server, "--seconds", "0.2")
    assert done.returncode == 0, done.stderr
    layers = json.loads(done.stdout)
    assert layers["samples"] > 0
    assert layers["seconds"]["this package"] > 0
    assert layers["seconds"]["HTTP library"] == 0  # binding sends nothing
