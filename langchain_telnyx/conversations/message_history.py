"""`TelnyxChatMessageHistory`: the messages of a chat, kept in a Telnyx conversation."""

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
from langchain_telnyx.client.flows import together
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.postgrest import eq
from langchain_telnyx.conversations.message_codec import heard, latest, said
from langchain_telnyx.types import TelnyxOptions

SESSION = "langchain_session_id"
"""The field of a conversation's metadata that holds the session."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MOST_REMEMBERED = 1024
"""Conversations whose last moment a process remembers."""


class TelnyxChatMessageHistory(Closing, BaseChatMessageHistory):
    """The messages of a session, in a Telnyx conversation; for chains of LangChain's older kind.

    New agents keep theirs in LangGraph's checkpoints. What is kept here is a conversation like
    those of Telnyx's assistants: it can be listed, searched and looked at in the portal.

    Messages come back in the order in which they were added, with their ids, names, tool calls,
    usage and metadata; `docs/conversations.md` says what survives. Messages that others add to the
    conversation are read too. What is added stands after all that is there, whatever the clocks of
    the machines that write: the conversation is read before it is added to.

    Building one does no I/O. The conversation of a session is begun by the first message. Where two
    programs begin one at the same time, both are read, and the older is written to.

    API page: https://developers.telnyx.com/api-reference/conversations/get-conversation-messages

    Args:
        session_id: The session, by any name of yours.
        conversation_id: Instead of a session, a conversation that is there, such as a caller's.
        name: What to call the conversation of a session.
        metadata: What is to be known about it, beside the session.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: Neither a session nor a conversation is given, or both are.

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
                "A history is that of a session or of a conversation: give `session_id`, any name "
                "of yours, or `conversation_id`, one of the API's."
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
        """The messages, in the order in which they were said.

        Raises:
            NotFoundError: There is no conversation of that id.
        """
        return heard(self._telnyx.send(self._read()))

    async def aget_messages(self) -> list[BaseMessage]:
        """Return the messages, in the order in which they were said; see `messages`."""
        return heard(await self._telnyx.aio.send(self._read()))

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages, one after the other.

        Args:
            messages: The messages.

        Raises:
            ValueError: One cannot be written as JSON, or no time is left after the last message of
                the conversation; none was added.
            NotFoundError: There is no conversation of that id.
            PartialError: The first were added, and the rest were not: `done` and `failed` have
                their positions.
        """
        self._telnyx.send(self._add(_checked(messages)))

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages, one after the other; see `add_messages`."""
        await self._telnyx.aio.send(self._add(_checked(messages)))

    def clear(self) -> None:
        """Delete the conversation, with all that is known of it: the API deletes no single message.

        A session begins a new one with its next message; a history by `conversation_id` is over.
        """
        self._telnyx.send(self._clear())

    async def aclear(self) -> None:
        """Delete the conversation, with all that is known of it; see `clear`."""
        await self._telnyx.aio.send(self._clear())

    def _conversations(self) -> Flow[list[str]]:
        """Return the ids of the session's conversations, the oldest first: one as a rule."""
        if self.conversation_id:
            return [self.conversation_id]
        found = yield from self._telnyx.calls.conversations.list(
            metadata={SESSION: eq(self.session_id or "")}, order="created_at.asc"
        )
        return [conversation.id for conversation in found]

    def _read(self, ids: Sequence[str] | None = None) -> Flow[list[ConversationMessage]]:
        if ids is None:
            ids = yield from self._conversations()
        transcript = self._telnyx.calls.conversations.transcript
        answers = yield from together([partial(transcript, each) for each in ids])
        messages: list[ConversationMessage] = []
        for answer in answers:
            if isinstance(answer, NotFoundError) and not self.conversation_id:
                continue  # it was cleared a moment ago
            if isinstance(answer, TelnyxError):
                raise answer
            messages += answer
        return messages

    def _add(self, messages: Sequence[BaseMessage]) -> Flow[None]:
        if not messages:
            return
        ids = yield from self._conversations()
        if not ids:
            yield from self._telnyx.calls.conversations.create(
                name=self._name, metadata={**self._metadata, SESSION: self.session_id or ""}
            )
            ids = yield from self._conversations()  # another program may have been faster
        # The API promises no order but that of the times it is told.
        last = latest((yield from self._read(ids)))
        requests = [_request(message, _MOMENTS.after(last, ids[0])) for message in messages]
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
        for answer in (yield from together([partial(delete, each) for each in ids])):
            if isinstance(answer, TelnyxError) and not isinstance(answer, NotFoundError):
                raise answer

    def __repr__(self) -> str:
        if self.conversation_id:
            return f"TelnyxChatMessageHistory(conversation_id={self.conversation_id!r})"
        return f"TelnyxChatMessageHistory({self.session_id!r})"


class _Moments:
    """Hands out times, each a millisecond or more after the one before it in its conversation.

    Args:
        clock: Returns nanoseconds since 1970.
    """

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._last: LRU[str, datetime] = LRU(_MOST_REMEMBERED)

    def after(self, moment: datetime | None, conversation_id: str) -> datetime:
        """Return a time after a moment, and after all that were handed out for a conversation.

        It is the clock's where that is later.

        Raises:
            ValueError: There is no later time.
        """
        now = _EPOCH + self._clock() // 1_000_000 * _MILLISECOND

        def following(last: datetime | None) -> datetime:
            before = [last or _EPOCH, *([moment] if moment else [])]
            try:
                return max(now, *(_whole(each) + _MILLISECOND for each in before))
            except OverflowError as error:
                raise ValueError(
                    f"The conversation {conversation_id!r} has a message of {max(before)}, and no "
                    f"time is left after that: begin another conversation."
                ) from error

        return self._last.update(conversation_id, following)


_MOMENTS = _Moments()


def _whole(moment: datetime) -> datetime:
    """Return a moment in UTC, in whole milliseconds, as they are written."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _checked(messages: Sequence[BaseMessage]) -> Sequence[BaseMessage]:
    """Return messages that can be written.

    Raises:
        ValueError: One cannot.
    """
    for message in messages:
        _request(message, _EPOCH)
    return messages


def _request(message: BaseMessage, moment: datetime) -> JSON:
    written = moment.isoformat(timespec="milliseconds")
    return {**said(message, written), "sent_at": written}


def _partial(position: int, count: int, error: TelnyxError) -> PartialError:
    return PartialError(
        f"{position} of {count} messages were added before one could not be: {error} Add the rest "
        f"again, from position {position} on.",
        [str(each) for each in range(position)],
        {str(each): error for each in range(position, count)},
    )
