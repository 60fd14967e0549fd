"""Conversations: create, describe, find and delete them, and wait for their insights.

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

# Defined here, because `list` is a method inside the class.
_Conversations: TypeAlias = Rows[Conversation]
_Insights: TypeAlias = Rows[ConversationInsights]


class Conversations(ConversationMessages[M]):
    """`telnyx.conversations`: conversations of every channel, and their insights.

    Filters are PostgREST's: a string such as `gte.2025-01-01`, a filter from the functions of
    `langchain_telnyx.client.postgrest`, or a list of filters that must all match.
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
        """List conversations in one request; `iterate` lists any number.

        Operation: `get_conversations_public_conversations_get`.

        Args:
            id: Filter by id.
            name: Filter by name.
            created_at: Filter by when they began.
            last_message_at: Filter by their latest message.
            metadata: Filters by metadata field.
            or_: Filters of which one must match, from `any_of`.
            order: Columns to order by, such as `created_at.desc`.
            limit: Conversations at most.

        Raises:
            ValueError: A string has no operator.

        Example:
            ```python
            from langchain_telnyx import Telnyx
            from langchain_telnyx.client.postgrest import eq, gte, lt

            Telnyx().conversations.list(
                created_at=[gte("2025-04-01"), lt("2025-05-01")],
                metadata={"telnyx_end_user_target": eq("+13125550001")},
                order="created_at.desc",
            )
            ```
        """
        columns = _columns(id, name, created_at, last_message_at)
        filters: Query = _filters(columns, metadata, or_)
        return Call(
            "GET",
            "/ai/conversations",
            rows(Conversation, part=limit is not None),
            query=(*filters, *query(order=order, limit=limit)),
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
        """Iterate over all conversations that meet the filters, the newest first.

        The API has no pages here: each request is for conversations that began no later than the
        last one.

        Args:
            id: Filter by id.
            name: Filter by name.
            created_at: Filter by when they began.
            last_message_at: Filter by their latest message.
            metadata: Filters by metadata field.
            or_: Filters of which one must match, from `any_of`.
            page_size: Conversations per request.

        Raises:
            ValueError: A string has no operator.
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
        """Create a conversation.

        Operation: `create_new_conversation_public_conversations_post`.

        Args:
            name: Its name.
            metadata: Its metadata; with `ai_disabled` set to `True`, assistants
                do not answer.
            idempotency_key: Identifies the request if it is repeated; default: a new key.
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
            NotFoundError: The id does not exist.
        """
        return Call("GET", path("/ai/conversations/{}", conversation_id), data(Conversation))

    @endpoint
    def update(
        self, conversation_id: str, *, metadata: Mapping[str, str | bool]
    ) -> Call[Conversation]:
        """Replace the metadata of a conversation.

        Operation: `update_conversation_by_id_public_conversations_put`.

        Args:
            conversation_id: The conversation.
            metadata: The new metadata.

        Raises:
            NotFoundError: The id does not exist.
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
            NotFoundError: The id does not exist.
        """
        return Call("DELETE", path("/ai/conversations/{}", conversation_id), check_empty)

    @endpoint
    def insights(self, conversation_id: str) -> Call[_Insights]:
        """List the insights of a conversation, finished or in progress.

        Operation: `get_conversations_public__conversation_id__insights_get`.

        Args:
            conversation_id: The conversation.

        Returns:
            An item for each insight group that was applied; none before the conversation ends.

        Raises:
            NotFoundError: The conversation does not exist.
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
        """Wait until the insights of an ended conversation are complete.

        Insights appear a few seconds after the end of a conversation, and no endpoint announces
        them: while there are none, this waits for the first, up to the timeout for a conversation
        that gets none.

        Args:
            conversation_id: The conversation.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Called with the result of every poll.

        Raises:
            TaskError: Some insights failed; `reasons` names them.
            TaskTimeoutError: They were not complete in time.
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
    fields = {f"metadata->{key}": condition for key, condition in (metadata or {}).items()}
    return (*parameters({**columns, **fields}), *query(**{"or": or_}))


def _strings(metadata: Mapping[str, str | bool] | None) -> dict[str, str] | None:
    # The schema allows only strings, but documents `ai_disabled` as a boolean.
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
    """Return the state of all together: of one in progress, else of one that failed."""
    to_come = [insights.status for insights in found if not insights.settled]
    if to_come or not found:
        return to_come[0] if to_come else "not begun"
    return FAILED if any(insights.status == FAILED for insights in found) else COMPLETED


def _reasons(found: Sequence[ConversationInsights]) -> Flow[dict[str, str]]:
    yield from ()  # the API returns what failed, but not why
    return {insights.id: insights.status for insights in found if insights.status == FAILED}
