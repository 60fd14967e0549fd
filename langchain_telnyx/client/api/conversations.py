"""Conversations: begin, describe, find and delete them, and await what is found out about them.

API page: https://developers.telnyx.com/api-reference/conversations/list-conversations
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from langchain_telnyx.client.api.conversation_messages import ConversationMessages
from langchain_telnyx.client.api.conversation_pages import newest_first
from langchain_telnyx.client.api.conversation_results import (
    COMPLETED,
    FAILED,
    Conversation,
    ConversationInsights,
)
from langchain_telnyx.client.call import (
    Call,
    Flow,
    Paging,
    Query,
    idempotency_headers,
    omit_none,
    path,
    query,
)
from langchain_telnyx.client.decode import check_empty, data, rows
from langchain_telnyx.client.endpoint import M, endpoint, paged
from langchain_telnyx.client.postgrest import FilterOption, parameters
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.client.waiting import wait_until_done

# Named out here: within the class, `list` is the method.
_Conversations: TypeAlias = Rows[Conversation]
_Insights: TypeAlias = Rows[ConversationInsights]


class Conversations(ConversationMessages[M]):
    """`telnyx.conversations`: what was said, on every channel, and what was found out about it.

    Filters are PostgREST's: a string such as `gte.2025-01-01`, what the functions of
    `langchain_telnyx.client.postgrest` return, or a list of them that must all hold.
    """

    @endpoint
    def list(
        self,
        *,
        id: FilterOption | None = None,  # noqa: A002 - the API's name
        name: FilterOption | None = None,
        created_at: FilterOption | None = None,
        last_message_at: FilterOption | None = None,
        metadata: Mapping[str, FilterOption] | None = None,
        or_: str | None = None,
        order: str | None = None,
        limit: int | None = None,
    ) -> Call[_Conversations]:
        """List conversations, in one request; `iterate` walks through any number.

        Operation: `get_conversations_public_conversations_get`.

        Args:
            id: Filter by id.
            name: Filter by name.
            created_at: Filter by when they began.
            last_message_at: Filter by their latest message.
            metadata: Filters by metadata field.
            or_: Filters of which one must hold, as `any_of` writes them.
            order: Columns to order by, such as `created_at.desc`.
            limit: Conversations at most.

        Raises:
            ValueError: A string is no filter, as it lacks an operator.

        Example:
            ```python
            from langchain_telnyx.client.postgrest import eq, gte, lt

            telnyx.conversations.list(
                created_at=[gte("2025-04-01"), lt("2025-05-01")],
                metadata={"telnyx_end_user_target": eq("+13125550001")},
                order="created_at.desc",
            )
            ```
        """
        columns = _columns(id, name, created_at, last_message_at)
        asked: Query = _filters(columns, metadata, or_)
        return Call(
            "GET",
            "/ai/conversations",
            rows(Conversation, part=limit is not None),
            query=(*asked, *query(order=order, limit=limit)),
        )

    @paged
    def iterate(
        self,
        *,
        id: FilterOption | None = None,  # noqa: A002 - the API's name
        name: FilterOption | None = None,
        created_at: FilterOption | None = None,
        last_message_at: FilterOption | None = None,
        metadata: Mapping[str, FilterOption] | None = None,
        or_: str | None = None,
        page_size: int = 100,
    ) -> Paging[Conversation]:
        """Go through all conversations that meet the filters, the newest first.

        The API has no pages here: each request asks for those that began no later than the last
        one seen.

        Args:
            id: Filter by id.
            name: Filter by name.
            created_at: Filter by when they began.
            last_message_at: Filter by their latest message.
            metadata: Filters by metadata field.
            or_: Filters of which one must hold, as `any_of` writes them.
            page_size: Conversations to a request.

        Raises:
            ValueError: A string is no filter, as it lacks an operator.
        """
        columns = _columns(id, name, created_at, last_message_at)
        return newest_first(_filters(columns, metadata, or_), page_size)

    @endpoint
    def create(
        self,
        *,
        name: str | None = None,
        metadata: Mapping[str, str | bool] | None = None,
        idempotency_key: str | None = None,
    ) -> Call[Conversation]:
        """Begin a conversation.

        Operation: `create_new_conversation_public_conversations_post`.

        Args:
            name: Its name.
            metadata: What is to be known about it; `ai_disabled` set to `True` keeps assistants
                from answering.
            idempotency_key: What the request is known by if it is repeated; default: a new one.
        """
        return Call(
            "POST",
            "/ai/conversations",
            data(Conversation),
            json=omit_none(name=name, metadata=_strings(metadata)),
            headers=idempotency_headers(idempotency_key),
            repeatable=True,
        )

    @endpoint
    def get(self, conversation_id: str) -> Call[Conversation]:
        """Fetch a conversation.

        Operation: `get_conversation_by_id_public_conversations_get`.

        Args:
            conversation_id: Its id.

        Raises:
            NotFoundError: There is none of that id.
        """
        return Call("GET", path("/ai/conversations/{}", conversation_id), data(Conversation))

    @endpoint
    def update(
        self, conversation_id: str, *, metadata: Mapping[str, str | bool]
    ) -> Call[Conversation]:
        """Put metadata in the place of a conversation's.

        Operation: `update_conversation_by_id_public_conversations_put`.

        Args:
            conversation_id: The conversation.
            metadata: All of its metadata, from now on.

        Raises:
            NotFoundError: There is none of that id.
        """
        return Call(
            "PUT",
            path("/ai/conversations/{}", conversation_id),
            data(Conversation),
            json={"metadata": _strings(metadata)},
        )

    @endpoint
    def delete(self, conversation_id: str) -> Call[None]:
        """Delete a conversation with its messages.

        Operation: `delete_conversation_by_id_public_conversations_delete`.

        Args:
            conversation_id: The conversation.

        Raises:
            NotFoundError: There is none of that id.
        """
        return Call("DELETE", path("/ai/conversations/{}", conversation_id), check_empty)

    @endpoint
    def insights(self, conversation_id: str) -> Call[_Insights]:
        """List what was found out about a conversation, and what is being found out.

        Operation: `get_conversations_public__conversation_id__insights_get`.

        Args:
            conversation_id: The conversation.

        Returns:
            An item for each insight group that was applied; none before the conversation ends.

        Raises:
            NotFoundError: There is no such conversation.
        """
        return _insights(conversation_id)

    @endpoint
    def wait_for_insights(
        self,
        conversation_id: str,
        *,
        timeout: float | None = 600.0,
        on_progress: Callable[[_Insights], None] | None = None,
    ) -> Flow[_Insights]:
        """Wait until everything is found out about a conversation that has ended.

        Insights come a few seconds after the end of a conversation, and no endpoint tells that
        they will: as long as there are none at all, this waits for the first, and so until the
        timeout for a conversation that gets none.

        Args:
            conversation_id: The conversation.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Told at every poll.

        Raises:
            TaskError: Some could not be found; `reasons` names them.
            TaskTimeoutError: They were not there in time.
        """
        return wait_until_done(
            lambda: _insights(conversation_id),
            what="Insights of conversation",
            id=conversation_id,
            status=_status,
            succeeded={COMPLETED},
            failed={FAILED},
            timeout=timeout,
            on_progress=on_progress,
            reasons=_reasons,
        )


def _columns(
    id: FilterOption | None,  # noqa: A002 - the API's name
    name: FilterOption | None,
    created_at: FilterOption | None,
    last_message_at: FilterOption | None,
) -> dict[str, FilterOption | None]:
    return {
        "id": id,
        "name": name,
        "created_at": created_at,
        "last_message_at": last_message_at,
    }


def _filters(
    columns: Mapping[str, FilterOption | None],
    metadata: Mapping[str, FilterOption] | None,
    or_: str | None,
) -> Query:
    fields = {f"metadata->{key}": asked for key, asked in (metadata or {}).items()}
    return (*parameters({**columns, **fields}), *query(**{"or": or_}))


def _strings(metadata: Mapping[str, str | bool] | None) -> dict[str, str] | None:
    # The schema has strings only, and yet calls `ai_disabled` a boolean.
    if metadata is None:
        return None
    return {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in metadata.items()
    }


def _insights(conversation_id: str) -> Call[_Insights]:
    where = path("/ai/conversations/{}/conversations-insights", conversation_id)
    return Call("GET", where, rows(ConversationInsights))


def _status(found: Sequence[ConversationInsights]) -> str:
    """Return the state of all together: that of one to come, else of one that failed."""
    to_come = [insights.status for insights in found if not insights.settled]
    if to_come or not found:
        return to_come[0] if to_come else "not begun"
    return FAILED if any(insights.status == FAILED for insights in found) else COMPLETED


def _reasons(found: Sequence[ConversationInsights]) -> Flow[dict[str, str]]:
    yield from ()  # there is nothing to ask: the API tells what failed, and not why
    return {insights.id: insights.status for insights in found if insights.status == FAILED}
