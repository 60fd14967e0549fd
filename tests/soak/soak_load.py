"""Load: many streams, threads, event loops and calls at once, and their memory and time.

Each figure is measured in a process of its own, against an emulator in another:

    python tests/soak/soak_load.py http://127.0.0.1:4010 streams
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import resource
import socket
import statistics
import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from faulty_proxy import JSON
from soak_http import Message, read_message
from soak_runners import sockets
from soak_tally import KEY

from langchain_telnyx import ChatTelnyx, Telnyx

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "moonshotai/Kimi-K2.6"
PROMPT = "Write about harbours, ships and lights. " * 12


def memory() -> int:
    """Return the resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() >> 20


def client_of(origin: str, **options: Any) -> Telnyx:
    return Telnyx(api_key=KEY, base_url=f"{origin}/v2", timeout=120, **options)


def streams(origin: str, number: int = 1000) -> dict[str, Any]:
    """Read `number` streams at once."""
    client = client_of(origin)
    model = ChatTelnyx(model=MODEL, client=client)
    right = str(model.invoke(PROMPT).content)
    before, took, wrong = memory(), list[float](), 0

    async def one() -> str:
        begun = monotonic()
        text = "".join([str(chunk.content) async for chunk in model.astream(PROMPT)])
        took.append(monotonic() - begun)
        return text

    async def everything() -> int:
        texts = await asyncio.gather(*(one() for _ in range(number)))
        await client.aclose()
        return sum(text != right for text in texts)

    wrong = asyncio.run(everything())
    client.close()
    return {
        "streams": number,
        "wrong": wrong,
        "slowest_over_median": round(max(took) / statistics.median(took), 2),
        "grown_mb": memory() - before,
        "sockets": sockets(),
    }


def threads(origin: str, number: int = 50, calls: int = 20) -> dict[str, Any]:
    """Call one client from `number` threads."""
    with client_of(origin) as client:
        model = ChatTelnyx(model=MODEL, client=client)
        right = model.invoke(PROMPT).content
        wrong: list[object] = []

        def one() -> None:
            for _ in range(calls):
                found = model.invoke(PROMPT).content
                if found != right:
                    wrong.append(found)

        _in_threads(one, number)
    return {"threads": number, "calls": number * calls, "wrong": len(wrong), "sockets": sockets()}


def loops(origin: str, number: int = 20, calls: int = 20) -> dict[str, Any]:
    """Call one client from `number` event loops, each in a thread of its own."""
    with client_of(origin) as client:
        model = ChatTelnyx(model=MODEL, client=client)
        right = model.invoke(PROMPT).content
        wrong: list[object] = []

        async def calls_of_a_loop() -> None:
            found = await asyncio.gather(*(model.ainvoke(PROMPT) for _ in range(calls)))
            wrong.extend(each for each in found if each.content != right)
            await client.aclose()

        _in_threads(lambda: asyncio.run(calls_of_a_loop()), number)
    gc.collect()
    return {"loops": number, "calls": number * calls, "wrong": len(wrong), "sockets": sockets()}


def _in_threads(work: Callable[[], None], number: int) -> None:
    workers = [threading.Thread(target=work) for _ in range(number)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def growth(origin: str, number: int = 10_000) -> dict[str, Any]:
    """Make `number` calls, half of them async, and compare the end with the first fifth."""
    client = client_of(origin)
    messages = [{"role": "user", "content": "Hello"}]
    marks: list[tuple[int, int, int, int]] = []

    def mark(tasks: int) -> None:
        gc.collect()
        marks.append((memory(), sockets(), tasks, threading.active_count()))

    async def second_half() -> None:
        for done in range(number // 2):
            await client.aio.chat.create(messages, model=MODEL)
            if done + 1 in {number // 10, number // 2}:
                mark(len(asyncio.all_tasks()))
        await client.aclose()

    for done in range(number // 2):
        client.chat.create(messages, model=MODEL)
        if done + 1 in {number // 10, number // 2}:
            mark(0)
    client.close()
    asyncio.run(second_half())
    (m0, s0, _, t0), (m1, s1, _, t1), (m2, s2, k2, t2), (m3, s3, k3, t3) = marks
    return {
        "calls": number,
        "grown_mb": [m1 - m0, m3 - m2],
        "grown_sockets": [s1 - s0, s3 - s2],
        "grown_tasks": k3 - k2,
        "grown_threads": [t1 - t0, t3 - t2],
    }


def slow_reader(_: str, megabytes: int = 100) -> dict[str, Any]:
    """Read the beginning of a long stream slowly: the server must wait for the reader."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "delta": {"content": "word " * 200}, "finish_reason": None}
    event = f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode()
    listener = socket.create_server(("127.0.0.1", 0))
    sent = 0

    def serve() -> None:
        nonlocal sent
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
            )
            try:
                while sent < megabytes << 20:
                    connection.sendall(event * 16)
                    sent += len(event) * 16
            except OSError:
                return  # the reader has disconnected

    server = threading.Thread(target=serve)
    server.start()
    read = 0
    with Telnyx(api_key=KEY, base_url=f"http://127.0.0.1:{listener.getsockname()[1]}/v2") as client:
        model = ChatTelnyx(model=MODEL, client=client)
        before = memory()
        for chunk_ in model.stream("Go on."):
            read += len(chunk_.text)
            threading.Event().wait(0.001)
            if read >= 2_000_000:
                break
        grown, ahead = memory() - before, sent
    listener.close()
    server.join(30)
    return {"read_mb": read >> 20, "sent_mb": ahead >> 20, "grown_mb": grown}


def requests(origin: str, number: int = 31_000, clients: int = 200) -> dict[str, Any]:
    """Send `number` requests from `clients` clients; the emulator reports its own memory."""
    host, port = origin.removeprefix("http://").split(":")
    headers = {"host": f"{host}:{port}", "authorization": f"Bearer {KEY}", **JSON}
    body = b'{"input": "tea", "model": "thenlper/gte-large"}'
    wires = [
        Message("GET /v2/ai/fine_tuning/jobs HTTP/1.1", headers).wire(),
        Message("POST /v2/ai/openai/embeddings HTTP/1.1", headers, body).wire(),
    ]
    failed = 0

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(host, int(port))
        for at in range(number // clients):
            writer.write(wires[at % 2])
            response = await read_message(reader)
            failed += response is None or " 200 " not in response.start
        writer.close()

    async def everything() -> None:
        await asyncio.gather(*(one() for _ in range(clients)))

    begun = monotonic()
    asyncio.run(everything())
    took = round(monotonic() - begun, 1)
    return {"requests": number, "clients": clients, "failed": failed, "seconds": took}


FIGURES: dict[str, Callable[[str], dict[str, Any]]] = {
    "streams": streams,
    "threads": threads,
    "loops": loops,
    "growth": growth,
    "slow_reader": slow_reader,
    "requests": requests,
}


def main() -> None:
    """Measure one figure, and print it as a line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("origin")
    parser.add_argument("figure", choices=FIGURES)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    # 1,000 streams need more descriptors than some systems give by default.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    print(json.dumps(FIGURES[options.figure](options.origin)))


if __name__ == "__main__":
    main()
