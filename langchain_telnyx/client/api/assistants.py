"""AI assistants: create, change, copy and delete them, and chat with them.

API page: https://developers.telnyx.com/api-reference/assistants/create-an-assistant
"""

from collections.abc import Callable
from typing import Any, TypeAlias, Unpack

from langchain_telnyx.client.api.assistant_events import AssistantEvents
from langchain_telnyx.client.api.assistant_fields import (
    AssistantChanges,
    AssistantFields,
    request_body,
)
from langchain_telnyx.client.api.assistant_results import (
    Assistant,
    AssistantAnswer,
    AssistantEvent,
    DeletedAssistant,
)
from langchain_telnyx.client.call import (
    Call,
    Reply,
    StreamCall,
    StreamTimeouts,
    idempotency_headers,
    omit_none,
    path,
    query,
)
from langchain_telnyx.client.decode import check_empty, data, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint, streaming
from langchain_telnyx.client.rows import Rows

# Defined here, because `list` is a method inside the class.
_Assistants: TypeAlias = Rows[Assistant]


class Assistants(Resource[M]):
    """`telnyx.assistants`: assistants that answer calls, messages and chats."""

    @endpoint
    def list(self) -> Call[_Assistants]:
        """List all assistants.

        Endpoint: `GET /ai/assistants`.
        """
        return Call("GET", "/ai/assistants", rows(Assistant))

    @endpoint
    def create(
        self,
        name: str,
        instructions: str,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[AssistantFields],
    ) -> Call[Assistant]:
        """Create an assistant.

        Endpoint: `POST /ai/assistants`.

        Args:
            name: Its name.
            instructions: Its system message; `{{name}}` stands for a dynamic variable.
            idempotency_key: Identifies the request if it is repeated; default: a new key.
            **fields: Its other settings.

        Raises:
            TypeError: A field is unknown.
        """
        return Call(
            "POST",
            "/ai/assistants",
            data(Assistant),
            json=request_body(fields, AssistantFields, name=name, instructions=instructions),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def get(
        self,
        assistant_id: str,
        *,
        call_control_id: str | None = None,
        fetch_dynamic_variables_from_webhook: bool | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Call[Assistant]:
        """Fetch an assistant.

        Endpoint: `GET /ai/assistants/{assistant_id}`.

        Args:
            assistant_id: Its id.
            call_control_id: The call whose variables are fetched.
            fetch_dynamic_variables_from_webhook: Whether to request its variables from its webhook.
            from_: The caller's number, for the webhook.
            to: The called number, for the webhook.

        Raises:
            NotFoundError: The id does not exist.
        """
        parameters = {
            "call_control_id": call_control_id,
            "fetch_dynamic_variables_from_webhook": fetch_dynamic_variables_from_webhook,
            "from": from_,
            "to": to,
        }
        return Call("GET", _path(assistant_id), data(Assistant), query=query(**parameters))

    @endpoint
    def update(self, assistant_id: str, **changes: Unpack[AssistantChanges]) -> Call[Assistant]:
        """Change settings of an assistant; those that are not passed do not change.

        The API stores a new version. It is the one in use, unless `promote_to_main` is false.

        Endpoint: `POST /ai/assistants/{assistant_id}`.

        Args:
            assistant_id: Its id.
            **changes: The new settings. A list or an object replaces the previous one.

        Raises:
            NotFoundError: The id does not exist.
            TypeError: A field is unknown.
        """
        body = request_body(changes, AssistantChanges)
        return Call("POST", _path(assistant_id), data(Assistant), json=body)

    @endpoint
    def delete(
        self, assistant_id: str, *, hard_delete: bool | None = None
    ) -> Call[DeletedAssistant]:
        """Delete an assistant. The service can restore it for 30 days.

        Endpoint: `DELETE /ai/assistants/{assistant_id}`.

        Args:
            assistant_id: Its id.
            hard_delete: Whether to delete it permanently, with its versions.

        Raises:
            NotFoundError: The id does not exist.
            BadRequestError: Another assistant refers to it.
        """
        parameters = query(hard_delete=hard_delete)
        return Call("DELETE", _path(assistant_id), data(DeletedAssistant), query=parameters)

    @endpoint
    def clone(self, assistant_id: str, *, idempotency_key: str | None = None) -> Call[Assistant]:
        """Copy an assistant, without its telephony and messaging settings.

        Endpoint: `POST /ai/assistants/{assistant_id}/clone`.

        Args:
            assistant_id: Its id.
            idempotency_key: Identifies the request if it is repeated; default: a new key.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call(
            "POST",
            _path(assistant_id, "/clone"),
            data(Assistant),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def versions(self, assistant_id: str) -> Call[_Assistants]:
        """List the versions of an assistant: its settings after each update.

        Endpoint: `GET /ai/assistants/{assistant_id}/versions`.

        Args:
            assistant_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("GET", _path(assistant_id, "/versions"), rows(Assistant))

    @endpoint
    def promote(self, assistant_id: str, version_id: str) -> Call[Assistant]:
        """Use a version of an assistant from now on, which undoes later updates.

        Endpoint: `POST /ai/assistants/{assistant_id}/versions/{version_id}/promote`.

        Args:
            assistant_id: Its id.
            version_id: The version, from `versions`, or from a result before an update.

        Raises:
            NotFoundError: The assistant or the version does not exist.
        """
        target = path("/ai/assistants/{}/versions/{}/promote", assistant_id, version_id)
        return Call("POST", target, data(Assistant), repeatable=True)

    @endpoint
    def get_texml(self, assistant_id: str) -> Call[str]:
        """Fetch the TeXML that connects a call with an assistant.

        Endpoint: `GET /ai/assistants/{assistant_id}/texml`.

        Args:
            assistant_id: Its id.

        Raises:
            NotFoundError: The id does not exist.
        """
        return Call("GET", _path(assistant_id, "/texml"), _text)

    @endpoint
    def chat(
        self, assistant_id: str, content: str, *, conversation_id: str, name: str | None = None
    ) -> Call[AssistantAnswer]:
        """Send a message of a conversation to an assistant, and return its answer.

        The service stores both in the conversation. The request is not repeated after the server
        may have received it, because a repeated message is stored twice.

        Endpoint: `POST /ai/assistants/{assistant_id}/chat`.

        Args:
            assistant_id: The assistant.
            content: The message.
            conversation_id: The conversation, from `conversations.create`.
            name: The display name of the user.

        Raises:
            NotFoundError: The assistant or the conversation does not exist.
        """
        return _chat(assistant_id, content, conversation_id, name, data(AssistantAnswer))

    @streaming
    def stream(
        self,
        assistant_id: str,
        content: str,
        *,
        conversation_id: str,
        name: str | None = None,
        timeouts: StreamTimeouts | None = None,
    ) -> StreamCall[AssistantEvent]:
        """Send a message to an assistant, and stream its answer; see `chat`.

        Endpoint: `POST /ai/assistants/{assistant_id}/chat` with `stream`.

        Args:
            assistant_id: The assistant.
            content: The message.
            conversation_id: The conversation, from `conversations.create`.
            name: The display name of the user.
            timeouts: How long to wait for the events.

        Returns:
            The events: `delta` with each part, then `done` with the whole answer.

        Raises:
            StreamError: An error arrived, or the stream ended before `done`.
        """
        call: Call[None] = _chat(
            assistant_id, content, conversation_id, name, check_empty, stream=True
        )
        return StreamCall(
            call, AssistantEvents, timeouts=timeouts or StreamTimeouts(), whole=_whole
        )


def _path(assistant_id: str, end: str = "") -> str:
    return path(f"/ai/assistants/{{}}{end}", assistant_id)


def _chat(  # noqa: PLR0917 - the fields of the request
    assistant_id: str,
    content: str,
    conversation_id: str,
    name: str | None,
    decode: Callable[[Reply], Any],
    stream: bool | None = None,  # noqa: FBT001 - the API's field
) -> Call[Any]:
    body = omit_none(content=content, conversation_id=conversation_id, name=name, stream=stream)
    return Call("POST", _path(assistant_id, "/chat"), decode, json=body)


def _text(reply: Reply) -> str:
    check_empty(reply)
    if "json" not in reply.headers.get("content-type", ""):
        return reply.text
    found = reply.json()
    if not isinstance(found, str):
        raise ValueError("the body is not text")  # noqa: TRY004 - the error of decoders
    return found


def _whole(reply: Reply) -> list[AssistantEvent]:
    """Return the answer of a server that does not stream."""
    answer = data(AssistantAnswer)(reply)
    return [AssistantEvent(type="done", **answer.model_dump())]
