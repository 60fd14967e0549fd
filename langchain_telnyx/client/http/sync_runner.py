"""Runs sync calls.

`SyncRunner` and `AsyncRunner` mirror each other method by method. Everything with logic (retry,
decoding, paging, errors) is in the sans-I/O modules, which both share.
"""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

from langchain_telnyx.client.attempts import Open, Send, Step, stream_attempts
from langchain_telnyx.client.call import (
    Call,
    Concurrently,
    Paging,
    Reply,
    RunExternal,
    Sleep,
    Steps,
    StreamCall,
)
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.deadlines import (
    current_deadline,
    deadline_at,
    earliest,
    scope,
    time_limit,
)
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import expand
from langchain_telnyx.client.http.bodies import read_body, save
from langchain_telnyx.client.http.extra_bytes import close_if_dirty
from langchain_telnyx.client.http.faults import connection_error, faults
from langchain_telnyx.client.http.files import pieces
from langchain_telnyx.client.http.pools import SyncPool
from langchain_telnyx.client.http.requests import OutgoingRequest, prepare_request
from langchain_telnyx.client.http.streams import Stream
from langchain_telnyx.client.http.supervision import (
    SEND_OPTIONS,
    build_request,
    note_response,
    run_in_time,
)
from langchain_telnyx.client.http.worker_threads import WorkerThreads
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.client.protocols import SyncHTTPClient
from langchain_telnyx.client.redaction import NO_REDACTION
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")


class SyncRunner:
    """Runs calls, flows, streams and listings for sync callers.

    Args:
        config: How to reach the API.
        client: An HTTP client of the user's, which is used as it is and never closed.
        state: The state of the storage, shared by the runners of a client.
    """

    def __init__(
        self,
        config: Config,
        client: SyncHTTPClient | None = None,
        state: StorageState | None = None,
    ) -> None:
        self.config = config
        self.state = state or StorageState()
        self._client = client
        self._pool = SyncPool(config) if client is None else None

    def run(self, flow: Steps[T], end: float | None = None) -> T:
        """Run a call or a flow, and return its result.

        Args:
            flow: The call or flow.
            end: When it must end, on the monotonic clock; default: the deadline of the caller.
        """
        return self._run_steps(
            expand(flow, self.config, self.state, earliest(current_deadline(), end))
        )

    def stream(self, stream: StreamCall[T]) -> Stream[T]:
        """Open a stream; returns once its first item has arrived."""
        opened: Stream[T] = self._run_steps(
            stream_attempts(stream, self.config, self.state, current_deadline())
        )
        return opened

    def pages(self, paging: Paging[T]) -> Generator[T, None, None]:
        """Yield every item of a listing; pages are fetched as their items are consumed."""
        walk = Pager(paging, self.config.deadline)
        while not walk.ended:
            yield from self.run(walk.page())

    def each(self, flows: Iterable[Callable[[], Steps[T]]], width: int) -> Generator[T, None, None]:
        """Yield the results of many flows in their order; some flows run ahead of the reader."""
        from langchain_telnyx.client.http.prefetch import prefetch  # noqa: PLC0415 - seldom used

        return prefetch(self.run, flows, width, self.config.deadline)

    def close(self) -> None:
        """Close every connection opened here; the next request opens new ones."""
        if self._pool is not None:
            self._pool.close()

    def close_idle(self) -> None:
        """Close the connections that are not in use, and the others once they are free."""
        if self._pool is not None:
            self._pool.close_idle()

    def _run_steps(self, steps: Generator[Step, Any, T]) -> T:
        redactor = NO_REDACTION
        try:
            step = next(steps)
            while True:
                try:
                    step_result = self._run_step(step)
                # ValueError: a value of the caller cannot be part of a request.
                except (TelnyxError, OSError, ValueError) as error:
                    step = steps.throw(error)
                else:
                    redactor = getattr(step_result, "redactor", redactor)
                    step = steps.send(step_result)
        except StopIteration as stop:
            result: T = stop.value
            return result
        except TelnyxError as error:
            # It may quote a decoded response.
            redactor.error(error)
            raise
        finally:
            steps.close()  # so that a flow that ends early releases its locks at once

    def _run_step(self, step: Step) -> Any:
        match step:
            case Send():
                return self._attempt(step)
            case Open():
                return self._open_stream(step)
            case Sleep():
                inside = scope.get()
                return time.sleep(step.seconds) if inside is None else inside.pause(step.seconds)
            case Concurrently():
                return self._run_concurrently(step)
            case RunExternal():
                with deadline_at(step.end):
                    return step.run()

    def _run_concurrently(self, step: Concurrently) -> list[Any]:
        def one(make: Callable[[], Steps[Any]]) -> Any:
            try:
                return self.run(make(), step.end)
            except TelnyxError as error:
                return error
            finally:
                if step.on_each is not None:
                    step.on_each()

        with WorkerThreads[Any](min(step.width, len(step.flows)), "telnyx-together") as crew:
            waiting = [crew.submit(partial(one, make)) for make in step.flows]
            return [crew.result(future) for future in waiting]

    def _attempt(self, step: Send) -> Reply:
        request = prepare_request(step.call, self.config, end=step.end)
        limit = time_limit(step.end, request.label)
        if limit is None:
            return self._exchange(step.call, request)
        exchange = partial(self._exchange, step.call, request)
        return run_in_time(exchange, limit, ours=self._pool is not None)

    def _open_stream(self, step: Open) -> Stream[Any]:
        timeouts = step.stream.timeouts
        request = prepare_request(step.stream.call, self.config, stream=timeouts, end=step.end)
        limit = time_limit(step.end, request.label)
        if limit is None:
            return self._open(step.stream, request)
        opening = partial(self._open, step.stream, request)
        return run_in_time(opening, limit, ours=self._pool is not None, close=Stream.close)

    def _exchange(self, call: Call[Any], request: OutgoingRequest) -> Reply:
        try:
            response = self._send(request)
            note_response()
            try:
                content = b""
                if call.into is None or not response.is_success:
                    content = read_body(response, request)
                else:
                    save(response, request, call.into)
            except BaseException:
                response.close()
                raise
        except faults() as cause:
            raise connection_error(request.redactor.error(cause), request.label) from cause
        return request.reply(response.status_code, response.headers, content)

    def _open(self, stream: StreamCall[T], request: OutgoingRequest) -> Stream[T]:
        try:
            response = self._send(request)
        except faults() as cause:
            raise connection_error(request.redactor.error(cause), request.label) from cause
        note_response()
        opened = Stream(response, stream, request, self)
        try:
            opened.begin()
        except BaseException:
            opened.close()
            raise
        return opened

    def _send(self, request: OutgoingRequest) -> Any:
        if isinstance(request.body, bytes):
            return self._send_body(request, request.body)
        # A library leaves the files open when it fails.
        with closing(pieces(request.body, request.length)) as body:
            return self._send_body(request, body)

    def _send_body(self, request: OutgoingRequest, body: Any) -> Any:
        if self._pool is not None:
            return self._pool.send(request, body)
        assert self._client is not None  # noqa: S101 - narrows the type: one of the two is there
        library_request = build_request(self._client, request, body, is_async=False)
        return close_if_dirty(self._client.send(library_request, **SEND_OPTIONS))
