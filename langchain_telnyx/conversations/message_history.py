"""`TelnyxChatMessageHistory`: a chat message history, stored in a Telnyx conversation."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Unpack

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import BaseMessage

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.conversation_results import ConversationMessage
from langchain_telnyx.client.call import JSON, Flow
from langchain_telnyx.client.errors import (
    ConfigurationError,
    NotFoundError,
    PartialError,
    TelnyxError,
)
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.postgrest import eq
from langchain_telnyx.conversations.message_codec import (
    decode_messages,
    encode_message,
    latest_time,
)
from langchain_telnyx.types import TelnyxOptions

SESSION = "langchain_session_id"
"""The field of a conversation's metadata for the session."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MAX_CONVERSATIONS = 1024
"""Number of conversations whose latest time a process caches."""


class TelnyxChatMessageHistory(Closing, BaseChatMessageHistory):
    """A chat message history, stored in a Telnyx conversation, for LangChain's older chains.

    New agents store messages in LangGraph's checkpoints. This history is a conversation like those
    of Telnyx's assistants: it can be listed, searched and viewed in the portal.

    Messages are returned in the order in which they were added, with their ids, names, tool calls,
    usage and metadata; the guide lists the details. Messages that other programs add
    to the conversation are returned too. New messages always follow the existing ones, even if
    machines have different clocks, because the history reads the conversation before it adds to it.

    The constructor sends no requests. The first message creates the conversation of a session. If
    two programs create one at the same time, both are read, and the older one is written to.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/conversations.md

    API page: https://developers.telnyx.com/api-reference/conversations/get-conversation-messages

    Args:
        session_id: The session: any string.
        conversation_id: An existing conversation instead of a session, such as a caller's.
        name: The name of the session's conversation.
        metadata: Additional metadata of the session's conversation.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: Neither `session_id` nor `conversation_id` is set, or both are.

    Example:
        ```python
        from langchain_telnyx import TelnyxChatMessageHistory

        history = TelnyxChatMessageHistory("ann-and-the-moons")
        history.add_user_message("Whose moon is Titan?")
        history.add_ai_message("Saturn's.")
        history.messages  # [HumanMessage(…), AIMessage(…)]
        ```
    """

    def __init__(
        self,
        session_id: str | None = None,
        *,
        conversation_id: str | None = None,
        name: str | None = None,
        metadata: Mapping[str, str | bool] | None = None,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        if bool(session_id) == bool(conversation_id):
            raise ConfigurationError(
                "Pass either `session_id`, any string, or `conversation_id`, the id of an existing "
                "conversation."
            )
        super().__init__()
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx
        self.session_id = session_id
        self.conversation_id = conversation_id
        self._name = name
        self._metadata = dict(metadata or {})

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # core allows a property
        """The messages in order.

        Raises:
            NotFoundError: The conversation does not exist.
        """
        return decode_messages(self._telnyx.send(self._read()))

    async def aget_messages(self) -> list[BaseMessage]:
        """Return the messages in order; see `messages`."""
        return decode_messages(await self._telnyx.aio.send(self._read()))

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages one by one.

        Args:
            messages: The messages.

        Raises:
            ValueError: A message cannot be encoded as JSON, or the last message of the conversation
                has the latest possible time. No message was added.
            NotFoundError: The conversation does not exist.
            PartialError: Only the first messages were added; `done` and `failed` have the
                positions.
        """
        self._telnyx.send(self._add(_check(messages)))

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages one by one; see `add_messages`."""
        await self._telnyx.aio.send(self._add(_check(messages)))

    def clear(self) -> None:
        """Delete the conversation with its insights. The API cannot delete single messages.

        The next message of a session creates a new conversation. A history with a
        `conversation_id` cannot be used any more.
        """
        self._telnyx.send(self._clear())

    async def aclear(self) -> None:
        """Delete the conversation with its insights; see `clear`."""
        await self._telnyx.aio.send(self._clear())

    def _conversations(self) -> Flow[list[str]]:
        """Return the ids of the session's conversations, oldest first. Usually there is one."""
        if self.conversation_id:
            return [self.conversation_id]
        conversations = yield from self._telnyx.calls.conversations.list(
            metadata={SESSION: eq(self.session_id or "")}, order="created_at.asc"
        )
        return [conversation.id for conversation in conversations]

    def _read(self, ids: Sequence[str] | None = None) -> Flow[list[ConversationMessage]]:
        if ids is None:
            ids = yield from self._conversations()
        transcript = self._telnyx.calls.conversations.transcript
        results = yield from concurrently([partial(transcript, each) for each in ids])
        messages: list[ConversationMessage] = []
        for result in results:
            if isinstance(result, NotFoundError) and not self.conversation_id:
                continue  # deleted in the meantime
            if isinstance(result, TelnyxError):
                raise result
            messages += result
        return messages

    def _add(self, messages: Sequence[BaseMessage]) -> Flow[None]:
        if not messages:
            return
        ids = yield from self._conversations()
        if not ids:
            yield from self._telnyx.calls.conversations.create(
                name=self._name, metadata={**self._metadata, SESSION: self.session_id or ""}
            )
            ids = yield from self._conversations()  # another program may have created one, too
        # The API guarantees no order other than that of `sent_at`.
        last = latest_time((yield from self._read(ids)))
        requests = [_request(message, _TIMES.after(last, ids[0])) for message in messages]
        for position, request in enumerate(requests):
            try:
                yield from self._telnyx.calls.conversations.add_message(ids[0], **request)
            except TelnyxError as error:
                if position == 0:
                    raise
                raise _partial(position, len(requests), error) from error

    def _clear(self) -> Flow[None]:
        ids = yield from self._conversations()
        delete = self._telnyx.calls.conversations.delete
        for result in (yield from concurrently([partial(delete, each) for each in ids])):
            if isinstance(result, TelnyxError) and not isinstance(result, NotFoundError):
                raise result

    def __repr__(self) -> str:
        if self.conversation_id:
            return f"TelnyxChatMessageHistory(conversation_id={self.conversation_id!r})"
        return f"TelnyxChatMessageHistory({self.session_id!r})"


class _UniqueTimes:
    """Generates strictly increasing times per conversation, in milliseconds.

    Args:
        clock: Returns the time in nanoseconds since 1970.
    """

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._last: LRU[str, datetime] = LRU(_MAX_CONVERSATIONS)

    def after(self, moment: datetime | None, conversation_id: str) -> datetime:
        """Return the current time, or a later one: after `moment` and all earlier results.

        Raises:
            ValueError: The latest possible time is reached.
        """
        now = _EPOCH + self._clock() // 1_000_000 * _MILLISECOND

        def following(last: datetime | None) -> datetime:
            previous = [last or _EPOCH, *([moment] if moment else [])]
            try:
                return max(now, *(_whole_milliseconds(each) + _MILLISECOND for each in previous))
            except OverflowError as error:
                raise ValueError(
                    f"The conversation {conversation_id!r} has a message of {max(previous)}, which "
                    f"is the latest possible time. Start another conversation."
                ) from error

        return self._last.update(conversation_id, following)


_TIMES = _UniqueTimes()


def _whole_milliseconds(moment: datetime) -> datetime:
    """Return a time in UTC, in whole milliseconds."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _check(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    """Check that all messages can be encoded, and return them.

    Raises:
        ValueError: A message cannot be encoded.
    """
    for message in messages:
        _request(message, _EPOCH)
    return messages


def _request(message: BaseMessage, moment: datetime) -> JSON:
    sent_at = moment.isoformat(timespec="milliseconds")
    return {**encode_message(message, sent_at), "sent_at": sent_at}


def _partial(position: int, count: int, error: TelnyxError) -> PartialError:
    return PartialError(
        f"{position} of {count} messages were added, then one failed: {error} Add the rest again, "
        f"from position {position}.",
        [str(each) for each in range(position)],
        {str(each): error for each in range(position, count)},
    )
