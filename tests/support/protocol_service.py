"""A deterministic bucket service and a scheduler, for tests of the write protocol.

Writers and readers are the store's own flows. The scheduler advances one of them by one request at
a time, in an order from a random seed, and makes requests fail and writers crash in between. The
service embeds an object only when the scheduler triggers it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from langchain_telnyx.client.call import Call, Concurrently, Reply, RunExternal, Sleep, Steps
from langchain_telnyx.client.config import configure
from langchain_telnyx.client.errors import APIConnectionError, TelnyxError
from langchain_telnyx.client.flows import expand

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Generator

Fault: TypeAlias = Literal["refused", "lost"] | None

CONFIG = configure(api_key="KEY0123456789", base_url="http://127.0.0.1:9")


@dataclass
class Service:
    """Objects, and the state of their embedding.

    Attributes:
        objects: Bucket to key to content.
        states: Key to the state of an object of the embedded bucket.
        embedded: Whether the bucket is embedded.
        page_size: The most keys of a page of a listing.
    """

    objects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    embedded: bool = False
    page_size: int = 1000

    def advance(self, rng: random.Random) -> None:
        """Embed one waiting object, or fail to."""
        waiting = [key for key, state in self.states.items() if state == "processing"]
        if waiting:
            key = rng.choice(waiting)
            self.states[key] = "failure" if b"unreadable" in self._main[key] else "success"

    @property
    def _main(self) -> dict[str, bytes]:
        return self.objects.setdefault("moons", {})

    def answer(self, call: Call[Any]) -> Reply:
        """Return the response to a request."""
        if call.host == "storage":
            return self._storage(call)
        body = call.json if isinstance(call.json, dict) else {}
        if call.path == "/ai/embeddings":
            self.embedded = True
            for key in self._main:
                self.states.setdefault(key, "processing")
            return _data({"task_id": "task", "status": "queued"})
        if call.path == "/ai/embeddings/task":
            return _data({"task_id": "task", "status": "processing"})
        if not self.embedded:
            return Reply(404, {}, b'{"detail":[{"detail":"not embedded"}]}')
        if call.path.startswith("/ai/embeddings/buckets/"):
            return _data([{"filename": k, "status": s} for k, s in sorted(self.states.items())])
        assert call.path == "/ai/embeddings/similarity-search"
        hits = [
            {
                "document_chunk": self._main[key].decode(),
                "distance": 0.2 + len(key) / 10_000,
                "metadata": {"filename": key, "embedding": "thenlper/gte-large"},
            }
            for key, state in sorted(self.states.items())
            if state == "success"
        ]
        return _data(hits[: body["num_of_docs"]])

    def _storage(self, call: Call[Any]) -> Reply:
        bucket, _, key = unquote(call.path[1:]).partition("/")
        if call.method == "PUT" and not key:
            self.objects.setdefault(bucket, {})
            return Reply(200, {}, b"")
        held = self.objects.get(bucket)
        if held is None:
            error = b"<Error><Code>NoSuchBucket</Code></Error>"
            return Reply(404, {}, b"" if call.method == "HEAD" else error)
        if call.method == "POST":
            return Reply(501, {}, b"<Error><Code>NotImplemented</Code></Error>")
        if key:
            return self._object(call, bucket, key)
        if call.method == "GET":
            return listing(held, dict(call.query), self.page_size)
        return Reply(200, {}, b"")

    def _object(self, call: Call[Any], bucket: str, key: str) -> Reply:
        held = self.objects[bucket]
        if call.method == "PUT":
            assert isinstance(call.body, bytes)
            held[key] = call.body
            if self.embedded and bucket == "moons":
                self.states[key] = "processing"
            return Reply(200, {"etag": '"x"'}, b"")
        if call.method == "DELETE":
            held.pop(key, None)
            if bucket == "moons":
                self.states.pop(key, None)
            return Reply(204, {}, b"")
        if key not in held:
            return Reply(404, {}, b"<Error><Code>NoSuchKey</Code></Error>")
        return Reply(200, {"content-length": str(len(held[key]))}, held[key])


def listing(
    held: dict[str, bytes], query: dict[str, str], page_size: int, *, is_sorted: bool = True
) -> Reply:
    """Return a page of keys, like ListObjectsV2; `is_sorted`: whether they are in order."""
    after = query.get("continuation-token", query.get("start-after", ""))
    names = sorted(name for name in held if name > after)
    names = [name for name in names if name.startswith(query.get("prefix", ""))]
    page = names[: min(page_size, int(query.get("max-keys", page_size)))]
    rows = "".join(
        f"<Contents><Key>{quote(name)}</Key><Size>{len(held[name])}</Size></Contents>"
        for name in (page if is_sorted else page[::-1])
    )
    is_last = len(page) == len(names)
    end = "" if is_last else f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>"
    form = f"<EncodingType>url</EncodingType><IsTruncated>{str(not is_last).lower()}</IsTruncated>"
    return Reply(200, {}, f"<ListBucketResult>{form}{end}{rows}</ListBucketResult>".encode())


def _data(value: object) -> Reply:
    return Reply(200, {"content-type": "application/json"}, json.dumps({"data": value}).encode())


class Process:
    """A flow that advances request by request; it may crash or end between any two.

    Requests are retried as by the client.
    """

    def __init__(self, flow: Steps[Any]) -> None:
        self._stack: list[Generator[Any, Any, Any]] = [expand(flow, CONFIG)]
        self._together: list[tuple[list[Callable[[], Steps[Any]]], list[Any]]] = []
        self._answer: Any = None
        self._error: TelnyxError | None = None
        self.done = False
        self.result: Any = None
        self.error: Exception | None = None

    def step(self, service: Service, fault: Callable[[], Fault]) -> None:
        """Advance to the next request or pause, and perform it."""
        while not self.done:
            flow = self._stack[-1]
            answer, error = self._answer, self._error
            self._answer = self._error = None
            try:
                step = flow.send(answer) if error is None else flow.throw(error)
            except StopIteration as stop:
                self._finish(stop.value)
                continue
            except (TelnyxError, ValueError) as failure:
                self._finish(failure)
                continue
            match step:
                case Concurrently():
                    self._together.append((list(step.flows), []))
                    self._next_of_together()
                case RunExternal():
                    self._answer = step.run()
                case Sleep():
                    return
                case _:
                    self._perform(step.call, service, fault())
                    return

    def _perform(self, call: Call[Any], service: Service, fault: Fault) -> None:
        if fault == "refused":
            self._answer = Reply(503, {}, b"<Error><Code>SlowDown</Code></Error>", str(call))
            return
        self._answer = service.answer(call)
        if fault == "lost":  # the request was executed
            self._error = APIConnectionError("The connection broke before the answer.")

    def _next_of_together(self) -> None:
        waiting, results = self._together[-1]
        if waiting:
            self._stack.append(expand(waiting.pop(0)(), CONFIG))
        else:
            self._together.pop()
            self._answer = results

    def _finish(self, result: Any) -> None:
        """End the innermost flow, and the process with the outermost one."""
        self._stack.pop()
        failed = isinstance(result, Exception)
        if not self._stack:
            self.done = True
            self.error = result if failed else None
            self.result = None if failed else result
        else:
            self._together[-1][1].append(result)
            self._next_of_together()


def random_fault(rng: random.Random, share: float) -> Callable[[], Fault]:
    """Return a function that decides whether a request is refused, or executed without a
    response."""

    def fault() -> Fault:
        if rng.random() >= share:
            return None
        return rng.choice(("refused", "lost"))

    return fault
