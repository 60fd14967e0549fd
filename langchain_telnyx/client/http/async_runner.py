"""Runs async calls; see `sync_runner`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import aclosing
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
    TimeLimit,
    current_deadline,
    deadline_at,
    earliest,
)
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import expand
from langchain_telnyx.client.http.bodies import aread_body, asave
from langchain_telnyx.client.http.extra_bytes import aclose_if_dirty
from langchain_telnyx.client.http.faults import connection_error, faults
from langchain_telnyx.client.http.files import apieces
from langchain_telnyx.client.http.guarded import guarded
from langchain_telnyx.client.http.pools import AsyncPool
from langchain_telnyx.client.http.requests import OutgoingRequest, prepare_request
from langchain_telnyx.client.http.streams import AsyncStream
from langchain_telnyx.client.http.supervision import (
    SEND_OPTIONS,
    arun_in_time,
    build_request,
    note_response,
)
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.client.loops import running_loop
from langchain_telnyx.client.protocols import AsyncHTTPClient
from langchain_telnyx.client.redaction import NO_REDACTION
from langchain_telnyx.client.storage_state import StorageState

T = TypeVar("T")


class AsyncRunner:
    """Runs calls, flows, streams and listings for async callers.

    Args:
        config: How to reach the API.
        client: An HTTP client of the user's, which is used as it is and never closed.
        state: The state of the storage, shared by the runners of a client.
    """

    def __init__(
        self,
        config: Config,
        client: AsyncHTTPClient | None = None,
        state: StorageState | None = None,
    ) -> None:
        self.config = config
        self.state = state or StorageState()
        self._client = client
        self._pool = AsyncPool(config) if client is None else None

    async def run(self, flow: Steps[T], end: float | None = None) -> T:
        """Run a call or a flow, and return its result; see `SyncRunner.run`."""
        return await self._run_steps(
            expand(flow, self.config, self.state, earliest(current_deadline(), end))
        )

    async def stream(self, stream: StreamCall[T]) -> AsyncStream[T]:
        """Open a stream; returns once its first item has arrived."""
        steps = stream_attempts(stream, self.config, self.state, current_deadline())
        opened: AsyncStream[T] = await self._run_steps(steps)
        return opened

    async def pages(self, paging: Paging[T]) -> AsyncGenerator[T, None]:
        """Yield every item of a listing; pages are fetched as their items are consumed."""
        walk = Pager(paging, self.config.deadline)
        while not walk.ended:
            for item in await self.run(walk.page()):
                yield item

    def each(self, flows: Iterable[Callable[[], Steps[T]]], width: int) -> AsyncGenerator[T, None]:
        """Yield the results of many flows in their order; some flows run ahead of the reader."""
        from langchain_telnyx.client.http.prefetch import aprefetch  # noqa: PLC0415 - seldom used

        return aprefetch(self.run, flows, width, self.config.deadline)

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the next request opens new ones."""
        if self._pool is not None:
            await self._pool.aclose()

    async def aclose_idle(self) -> None:
        """Close the running loop's connections that are not in use, and the others once free."""
        if self._pool is not None:
            await self._pool.aclose_idle()

    async def _run_steps(self, steps: Generator[Step, Any, T]) -> T:
        running_loop()
        redactor = NO_REDACTION
        try:
            step = next(steps)
            while True:
                try:
                    step_result = await self._run_step(step)
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

    async def _run_step(self, step: Step) -> Any:
        match step:
            case Send():
                return await self._attempt(step)
            case Open():
                return await self._open_stream(step)
            case Sleep():
                return await asyncio.sleep(step.seconds)
            case Concurrently():
                return await self._run_concurrently(step)
            case RunExternal():
                with deadline_at(step.end):
                    if step.arun is None:
                        return await asyncio.to_thread(step.run)
                    return await step.arun()

    async def _run_concurrently(self, step: Concurrently) -> list[Any]:
        places = asyncio.Semaphore(max(1, step.width))

        async def one(make: Callable[[], Steps[Any]]) -> Any:
            async with places:
                try:
                    return await self.run(make(), step.end)
                except TelnyxError as error:
                    return error
                finally:
                    if step.on_each is not None:
                        step.on_each()

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(make)) for make in step.flows]
        except BaseExceptionGroup as failures:
            # As in `SyncRunner`: the first, such as a file that cannot be read.
            raise failures.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _attempt(self, step: Send) -> Reply:
        request = prepare_request(step.call, self.config, end=step.end)
        exchange = self._exchange(step.call, request)
        if self._client is not None:
            exchange = guarded(exchange)
        if step.end is None:
            return await exchange
        return await arun_in_time(exchange, TimeLimit(step.end, request.label, None))

    async def _open_stream(self, step: Open) -> AsyncStream[Any]:
        timeouts = step.stream.timeouts
        request = prepare_request(step.stream.call, self.config, stream=timeouts, end=step.end)
        opening = self._open(step.stream, request)
        if self._client is not None:
            opening = guarded(opening, _close)
        if step.end is None:
            return await opening
        return await arun_in_time(opening, TimeLimit(step.end, request.label, None))

    async def _exchange(self, call: Call[Any], request: OutgoingRequest) -> Reply:
        try:
            response = await self._send(request)
            note_response()
            try:
                content = b""
                if call.into is None or not response.is_success:
                    content = await aread_body(response, request)
                else:
                    await asave(response, request, call.into)
            except BaseException:
                await response.aclose()
                raise
        except faults() as cause:
            raise connection_error(request.redactor.error(cause), request.label) from cause
        return request.reply(response.status_code, response.headers, content)

    async def _open(self, stream: StreamCall[T], request: OutgoingRequest) -> AsyncStream[T]:
        try:
            response = await self._send(request)
        except faults() as cause:
            raise connection_error(request.redactor.error(cause), request.label) from cause
        note_response()
        opened = AsyncStream(response, stream, request, self)
        try:
            await opened.begin()
        except BaseException:
            await opened.aclose()
            raise
        return opened

    async def _send(self, request: OutgoingRequest) -> Any:
        if isinstance(request.body, bytes):
            return await self._send_body(request, request.body)
        # A library leaves the files open when it fails or is cancelled.
        async with aclosing(apieces(request.body, request.length)) as body:
            return await self._send_body(request, body)

    async def _send_body(self, request: OutgoingRequest, body: Any) -> Any:
        if self._pool is not None:
            return await self._pool.send(request, body)
        assert self._client is not None  # noqa: S101 - narrows the type: one of the two is there
        library_request = build_request(self._client, request, body, is_async=True)
        return aclose_if_dirty(await self._client.send(library_request, **SEND_OPTIONS))


def _close(opened: AsyncStream[Any]) -> Awaitable[None]:
    return opened.aclose()
