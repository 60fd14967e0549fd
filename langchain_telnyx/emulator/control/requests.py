"""The recorded requests: list, wait, stream, delete."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.control.errors import Refusal
from langchain_telnyx.emulator.control.records import (
    DEFAULT_BODY,
    LARGEST_BODY,
    RecordedRequest,
    Records,
)
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.recording import RequestLog
from langchain_telnyx.emulator.serving.request_record import RequestRecord
from langchain_telnyx.emulator.serving.script_matching import Matcher

router = APIRouter(tags=["requests"])

_STREAM = "text/event-stream"
_KEEP_ALIVE = 15.0
_MOST = 1000
_LONGEST_WAIT = 60.0


class Selection(BaseModel):
    """Which requests to return."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, description="only changes after this cursor")
    limit: int = Field(100, ge=1, le=_MOST, description="the most requests")
    wait: float = Field(
        0, ge=0, le=_LONGEST_WAIT, description="the most seconds to wait for a request"
    )
    running: bool = Field(default=False, description="also requests whose response has not ended")
    max_body: int = Field(
        DEFAULT_BODY, ge=0, le=LARGEST_BODY, description="the most bytes of each body"
    )
    method: str | None = Field(None, description="only requests with this method")
    path: str | None = Field(None, description="only requests whose path contains this text")
    status: int | None = Field(None, description="only requests with this status")
    unmatched: bool | None = Field(
        None, description="only requests that used no scripted answer, although some waited"
    )
    when: str | None = Field(None, min_length=1, description="text of the last user message")
    model: str | None = Field(None, min_length=1, description="the model of the request")
    tool: str | None = Field(None, min_length=1, description="the name of a tool in the request")
    after_tool: str | None = Field(
        None, min_length=1, description="the tool whose result ends the request"
    )

    def matches(self, record: RequestRecord) -> bool:
        """Return whether a request is selected. One with too long a body matches no matcher."""
        status = None if record.response is None else record.response.status
        if not (
            (self.running or record.duration is not None)
            and (self.method is None or self.method.upper() == record.method)
            and (self.path is None or self.path in record.path)
            and self.status in {None, status}
            and self.unmatched in {None, record.unmatched}
        ):
            return False
        matcher = Matcher(
            when=self.when, model=self.model, tool=self.tool, after_tool=self.after_tool
        )
        if not matcher:
            return True
        return len(record.body) == record.size and matcher.matches(record.view())


class RequestPage(BaseModel):
    """Requests in order of their last change: a request changes at its start and at its end."""

    requests: list[RecordedRequest]
    cursor: int = Field(description="pass it as `after` to get later changes")
    has_more: bool = Field(description="whether there are more requests at once")


class Deleted(BaseModel):
    """How many requests were deleted."""

    deleted: int


class Changes:
    """Waits for changes of a log, on the event loop of its user."""

    def __init__(self, log: RequestLog) -> None:
        self._log = log
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._end = log.listen(self._notify)

    async def wait(self, seconds: float) -> bool:
        """Wait for a change since the last one; return whether there is one."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def close(self) -> None:
        """End listening."""
        self._end()

    def _notify(self) -> None:
        """Wake the waiter; the change may be of any thread."""
        self._loop.call_soon_threadsafe(self._event.set)


@router.get(
    "/requests",
    operation_id="list_requests",
    summary="List the recorded requests, or stream them as server-sent events.",
    response_model=RequestPage,
    responses={
        200: {
            "content": {
                _STREAM: {
                    "schema": {"type": "string"},
                    "example": 'id: 2\nevent: request\ndata: {"id": 1, "method": "POST"}\n\n',
                }
            },
            "description": "The requests. With `Accept: text/event-stream` a stream of events "
            "`request`, whose ids are cursors; `Last-Event-ID` continues it.",
        }
    },
)
async def list_requests(
    account: CurrentAccount, request: Request, chosen: Annotated[Selection, Query()]
) -> Any:
    """Return the requests after a cursor. `wait` waits for the first one."""
    if _STREAM in request.headers.get("accept", ""):
        return _stream(account, request, chosen)
    after = _valid_cursor(account, chosen.after)
    changes = Changes(account.requests)
    try:
        deadline = asyncio.get_running_loop().time() + chosen.wait
        while True:
            found, cursor = _find(account, chosen, after)
            left = deadline - asyncio.get_running_loop().time()
            if found or left <= 0:
                return _page(account, chosen, found, cursor)
            await changes.wait(left)
    finally:
        changes.close()


@router.get(
    "/requests/{number}",
    operation_id="get_request",
    summary="Return one recorded request, with bodies up to 1 MiB.",
    responses={404: {"model": Refusal, "description": "The log has no such request."}},
)
async def get_request(account: CurrentAccount, number: int) -> RecordedRequest:
    """Return one recorded request."""
    for record in account.requests:
        if record.number == number:
            return Records(account, LARGEST_BODY).read(record)
    raise HTTPException(404, f"The log has no request {number}.")


@router.delete(
    "/requests",
    operation_id="delete_requests",
    summary="Delete the recorded requests; cursors stay valid.",
)
async def delete_requests(account: CurrentAccount) -> Deleted:
    """Delete the recorded requests."""
    deleted = len(account.requests)
    account.requests.clear()
    return Deleted(deleted=deleted)


def _valid_cursor(account: Account, cursor: int) -> int:
    # A cursor of an emulator that was restarted: everything is new.
    return cursor if cursor <= account.requests.revision else 0


def _find(account: Account, chosen: Selection, after: int) -> tuple[list[RequestRecord], int]:
    """Return the selected requests after a cursor, and the cursor after all changes."""
    cursor = account.requests.revision
    found = [record for record in account.requests.changes(after) if chosen.matches(record)]
    return found, cursor


def _page(
    account: Account, chosen: Selection, found: list[RequestRecord], cursor: int
) -> RequestPage:
    shown = found[: chosen.limit]
    has_more = len(found) > len(shown)
    records = Records(account, chosen.max_body)
    return RequestPage(
        requests=[records.read(record) for record in shown],
        cursor=shown[-1].revision if has_more else max(cursor, *(r.revision for r in shown), 0),
        has_more=has_more,
    )


def _stream(account: Account, request: Request, chosen: Selection) -> Response:
    after = chosen.after
    last = request.headers.get("last-event-id", "")
    if last.isdecimal():
        after = int(last)
    return StreamingResponse(
        _events(account, chosen, _valid_cursor(account, after)), media_type=_STREAM
    )


async def _events(account: Account, chosen: Selection, after: int) -> AsyncIterator[str]:
    log = account.requests
    changes = Changes(log)
    try:
        yield "retry: 1000\n\n"
        while True:
            records = Records(account, chosen.max_body)
            found, cursor = _find(account, chosen, after)
            for record in found:
                revision = record.revision
                data = records.read(record).model_dump()
                after = max(after, revision)
                yield _event("request", data, after)
            after = max(after, cursor)
            if not await changes.wait(_KEEP_ALIVE):
                yield ": keep-alive\n\n"
    finally:
        changes.close()


def _event(name: str, data: Any, cursor: int) -> str:
    return f"id: {cursor}\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
