"""Conversations and their messages; the emulator's own `…/end` stands for hanging up."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.conversations import state as conversations
from langchain_telnyx.emulator.areas.conversations.filters import instant
from langchain_telnyx.emulator.areas.conversations.messages import Message
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError
from langchain_telnyx.emulator.areas.conversations.state import Conversation
from langchain_telnyx.emulator.areas.insights.state import Run
from langchain_telnyx.emulator.areas.odd_rows import with_odd_row
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter()

_Scalar = str | int | bool
# The service's limit is not known; other lists of the API are silently truncated at this one.
_MOST_LISTED = 100
_LONGEST_MESSAGE = 4 * 1024 * 1024
_MessagePage = Annotated[PageParameters, Depends(paged(first=1, size=20, largest=100))]


def _strings(metadata: dict[str, str | bool]) -> dict[str, str | bool]:
    # The schema has only strings; the documentation calls this field a boolean.
    if any(isinstance(value, bool) and key != "ai_disabled" for key, value in metadata.items()):
        raise ValueError("metadata values must be strings")
    return {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in metadata.items()
    }


def _moment(text: str) -> str:
    datetime.fromisoformat(text.upper())
    if "T" not in text.upper():
        raise ValueError("a date and a time are needed")
    try:
        return instant(text)
    except FilterError:
        return text  # the first or last hours of the calendar, which are out of range in UTC


_Metadata = Annotated[dict[str, str | bool], AfterValidator(_strings)]


class CreateConversation(RequestBody):
    """The body of `POST /ai/conversations`."""

    name: str = ""
    metadata: _Metadata = Field(default_factory=dict)


class DescribeConversation(RequestBody):
    """The body of `PUT /ai/conversations/{id}`."""

    metadata: _Metadata = Field(default_factory=dict)


class AddMessage(RequestBody):
    """The body of `POST /ai/conversations/{id}/message`."""

    role: str
    content: Annotated[str, Field(max_length=_LONGEST_MESSAGE)] = ""
    name: str = ""
    sent_at: Annotated[str, AfterValidator(_moment)] = ""
    tool_call_id: str = ""
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    tool_choice: str | dict[str, Any] = ""
    metadata: dict[str, _Scalar | list[_Scalar]] = Field(default_factory=dict)

    def message(self) -> Message:
        """Return the message to add."""
        details = self.model_dump(
            include={"name", "tool_call_id", "tool_calls", "tool_choice", "metadata"},
            exclude_unset=True,
        )
        return Message(self.role, self.content, sent_at=self.sent_at or None, details=details)


class EndConversation(RequestBody):
    """The body of `POST /emulator/conversations/{id}/end`, which is optional."""

    insight_group_id: str | None = None


@router.get("/ai/conversations")
def list_conversations(
    request: Request,
    account: CurrentAccount,
    limit: Annotated[int | None, Query(ge=1)] = None,
) -> dict[str, Any]:
    """List conversations by PostgREST's filters, oldest first by default.

    A limit above the maximum is capped.
    """
    parameters = [pair for pair in request.query_params.multi_items() if pair[0] != "limit"]
    try:
        condition, orders = conversations.read_query(parameters)
        most = min(limit or _MOST_LISTED, _MOST_LISTED)
        found = account.conversations.records.listed(condition, orders=orders, limit=most)
    except FilterError as error:
        raise invalid_filter(error) from error
    rows = [_shown(conversation) for conversation in found]
    return {"data": with_odd_row(account.settings.quirks, "conversations", rows)}


@router.post("/ai/conversations")
def create_conversation(body: CreateConversation, account: CurrentAccount) -> dict[str, Any]:
    """Create a conversation; unlike other responses, this one is not wrapped in `data`."""
    return _shown(account.conversations.records.create(body.name, _text(body.metadata)))


@router.get("/ai/conversations/{conversation_id}")
def get_conversation(conversation_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a conversation."""
    return {"data": _shown(_need(conversation_id, account))}


@router.put("/ai/conversations/{conversation_id}")
def update_conversation(
    conversation_id: str, body: DescribeConversation, account: CurrentAccount
) -> dict[str, Any]:
    """Replace a conversation's metadata; missing fields are removed."""
    found = _need(conversation_id, account)
    if "metadata" in body.model_fields_set:
        changed = account.conversations.records.describe(conversation_id, _text(body.metadata))
        found = changed or found
    return {"data": _shown(found)}


@router.delete("/ai/conversations/{conversation_id}")
def delete_conversation(conversation_id: str, account: CurrentAccount) -> Response:
    """Delete a conversation, its messages and its insights."""
    if not account.conversations.records.delete(conversation_id):
        raise resource_not_found()
    return Response()


@router.post("/ai/conversations/{conversation_id}/message")
def add_message(conversation_id: str, body: AddMessage, account: CurrentAccount) -> Response:
    """Add a message to a conversation."""
    if not account.conversations.messages.add(conversation_id, [body.message()]):
        raise resource_not_found()
    return Response()


@router.get("/ai/conversations/{conversation_id}/messages")
def list_messages(
    conversation_id: str, account: CurrentAccount, page: _MessagePage
) -> dict[str, Any]:
    """List the messages of users, assistants and tools, latest first."""
    _need(conversation_id, account)
    messages = account.conversations.messages
    found = messages.page(conversation_id, limit=page.size, offset=page.offset)
    rows = with_odd_row(account.settings.quirks, "messages", [_read(message) for message in found])
    return page_of(messages.count(conversation_id), rows, page)


@router.get("/ai/conversations/{conversation_id}/conversations-insights")
def list_conversation_insights(conversation_id: str, account: CurrentAccount) -> dict[str, Any]:
    """List the insights of a conversation, finished or not."""
    _need(conversation_id, account)
    rows = [_run(run) for run in account.conversations.insights.of(conversation_id)]
    return page_of(len(rows), rows, PageParameters(1, max(20, len(rows)), 1))


@router.post("/emulator/conversations/{conversation_id}/end")
def end_conversation(
    conversation_id: str, account: CurrentAccount, body: EndConversation | None = None
) -> dict[str, Any]:
    """End a conversation; the real service does so when the caller hangs up."""
    group = body.insight_group_id if body else None
    try:
        ended, run = account.conversations.end(conversation_id, group)
    except LookupError as error:
        raise resource_not_found() from error
    return {"data": {**_shown(ended), "ended_at": ended.ended_at, "insights": run and _run(run)}}


@router.get("/emulator/public_key")
def public_key(account: CurrentAccount) -> dict[str, Any]:
    """Return the key that verifies webhooks; the real one is in the vendor's portal."""
    return {"data": {"public": account.webhooks.public_key}}


def invalid_filter(error: FilterError) -> ApiError:
    """Return the error for an invalid filter."""
    return ApiError(400, "10031", "Invalid filter", str(error))


def _need(conversation_id: str, account: Account) -> Conversation:
    found = account.conversations.records.find(conversation_id)
    if found is None:
        raise resource_not_found()
    return found


def _shown(found: Conversation) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "created_at": found.created_at,
        "last_message_at": found.last_message_at,
        "metadata": found.metadata,
    }


def _read(message: Message) -> dict[str, Any]:
    read: dict[str, Any] = {
        "role": message.role,
        "text": message.content,
        "created_at": message.created_at,
        "sent_at": message.moment,
    }
    calls = [_called(call) for call in message.details.get("tool_calls", ()) if _is_call(call)]
    if calls:
        read["tool_calls"] = calls
    if "metadata" in message.details:
        read["metadata"] = message.details["metadata"]
    return read


def _is_call(call: dict[str, Any]) -> bool:
    """Return whether a stored tool call has the form of responses; requests may have any form."""
    function = call.get("function")
    return (
        call.get("type") == "function"
        and isinstance(call.get("id"), str)
        and isinstance(function, dict)
        and isinstance(function.get("name"), str)
        and isinstance(function.get("arguments"), str)
    )


def _called(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    named = {"name": function["name"], "arguments": function["arguments"]}
    return {"id": call["id"], "type": "function", "function": named}


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": run.status,
        "created_at": run.created_at,
        "insight_group_id": run.insight_group_id,
        "conversation_insights": [
            {"insight_id": insight, "result": result} for insight, result in run.results
        ],
    }


def _text(metadata: dict[str, str | bool]) -> dict[str, str]:
    return {key: str(value) for key, value in metadata.items()}
