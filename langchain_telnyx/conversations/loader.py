"""`TelnyxConversationLoader`: what was said to your assistants, as documents."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Literal, TypeAlias, Unpack

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.client.call import Flow, Paging
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import ConfigurationError, ListingError, TelnyxError
from langchain_telnyx.client.flows import concurrently, every
from langchain_telnyx.client.listing import Pager
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.postgrest import Filter, eq, gte, lt
from langchain_telnyx.conversations.transcripts import Told, described, messages, transcript
from langchain_telnyx.transcripts.speakers import names_of
from langchain_telnyx.types import TelnyxOptions

logger = logging.getLogger(__name__)

Wanted: TypeAlias = str | Filter | Iterable[Filter]
"""A value, a filter of `langchain_telnyx.client.postgrest`, or several that must all hold."""

Mode = Literal["transcript", "messages"]
OnError = Literal["raise", "skip", "document"]


class TelnyxConversationLoader(Closing, BaseLoader):
    """Loads conversations of every channel as documents, the newest conversation first.

    In the mode `transcript` each is a document whose lines are labelled by speaker, with the
    further lines of a message indented; in the mode `messages` each message is one. Either way they
    stand in the order in which they were said.

    Metadata of both: `source` and `conversation_id`, the conversation's id; `name`, `created_at`
    and `last_message_at` (ISO 8601); `channel`, `assistant_id`, `phone_number` (the end user's) and
    `agent_number`, where Telnyx knows them; `metadata`, all of the conversation's own; `insights`,
    by the name of the insight, parsed where they are JSON objects. Of messages also `role`,
    `position` (from 0), `sent_at`, and `tool_calls`, where there are any. A document's id is the
    conversation's, and for a message that with its position.

    Building one does no I/O. Loading is lazy: conversations are fetched a few at a time, as
    documents are taken.

    API page: https://developers.telnyx.com/api-reference/conversations/list-conversations

    Args:
        since: Only conversations that began then or later. A time without a zone is UTC.
        until: Only conversations that began before.
        channel: Only those of a channel: `phone_call`, `web_call`, `sms_chat`, `whatsapp_chat`,
            `web_chat`, `websocket_call`.
        assistant_id: Only those of an assistant.
        phone_number: Only those with this end user, such as `+13125550001`.
        name: Only those of this name, or whose name meets a filter of
            `langchain_telnyx.client.postgrest`, such as `like("Voice%")`.
        metadata: Only those whose metadata has these values, or meets these filters.
        or_: Conditions of which one must hold, as `any_of` writes them.
        limit: Conversations at most.
        mode: What is a document.
        insights: Whether to fetch what was found out about each: another request.
        speakers: What to call the speakers of transcripts, by role.
        on_error: What to do about a conversation that cannot be fetched: `raise` the error, after
            the documents before it; `skip` it, which is logged; or give a `document` without text
            whose metadata says the `error`.
        max_concurrency: Conversations to fetch at a time.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: A mode or an option cannot work.

    Example:
        ```python
        from datetime import date

        from langchain_telnyx import TelnyxConversationLoader

        loader = TelnyxConversationLoader(since=date(2026, 1, 1), channel="phone_call")
        for document in loader.lazy_load():
            print(document.metadata["phone_number"], document.page_content)
        ```
    """

    def __init__(
        self,
        *,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        channel: str | None = None,
        assistant_id: str | None = None,
        phone_number: str | None = None,
        name: Wanted | None = None,
        metadata: Mapping[str, Wanted] | None = None,
        or_: str | None = None,
        limit: int | None = None,
        mode: Mode = "transcript",
        insights: bool = True,
        speakers: Mapping[str, str] | None = None,
        on_error: OnError = "raise",
        max_concurrency: int = 8,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        _check("mode", mode, ("transcript", "messages"))
        _check("on_error", on_error, ("raise", "skip", "document"))
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx
        fields = {
            "telnyx_conversation_channel": channel,
            "assistant_id": assistant_id,
            "telnyx_end_user_target": phone_number,
        }
        conditions = {field: eq(value) for field, value in fields.items() if value is not None}
        times = [*([] if since is None else [gte(since)]), *([] if until is None else [lt(until)])]
        self._asked: dict[str, Any] = {
            "created_at": times or None,
            "name": None if name is None else _filters(name),
            "metadata": {
                **conditions,
                **{field: _filters(wanted) for field, wanted in (metadata or {}).items()},
            },
            "or_": or_,
            "page_size": 100 if limit is None else max(1, min(100, limit)),
        }
        self.limit = limit
        self.mode = mode
        self.insights = insights
        try:
            names_of(speakers)
        except ValueError as error:
            raise ConfigurationError(f"`speakers` cannot be used: {error}") from error
        self.speakers = dict(speakers or {})
        self.on_error = on_error
        self.max_concurrency = max(1, max_concurrency)

    def load(self) -> list[Document]:
        """Return all documents.

        Raises:
            ListingError: The listing does not give all conversations; `partial` has the documents
                of those that it gave.
            TelnyxError: See `lazy_load`.
        """
        documents: list[Document] = []
        try:
            documents.extend(self.lazy_load())
        except ListingError as error:
            error.partial = documents
            raise
        return documents

    async def aload(self) -> list[Document]:
        """Return all documents; see `load`."""
        documents: list[Document] = []
        try:
            async for document in self.alazy_load():
                documents.append(document)  # noqa: PERF401 - they count where an error ends it
        except ListingError as error:
            error.partial = documents
            raise
        return documents

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents, as they are taken.

        Raises:
            ListingError: The listing does not give all conversations; it is raised after the
                documents of those that it gave.
            TelnyxError: The conversations cannot be listed; or, with `on_error="raise"`, one of
                them cannot be fetched.
        """
        reading = self._reading()
        while reading.goes_on:
            yield from self._telnyx.send(reading.following())
            reading.check()

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents, as they are taken; see `lazy_load`."""
        reading = self._reading()
        while reading.goes_on:
            for document in await self._telnyx.aio.send(reading.following()):
                yield document
            reading.check()

    def _reading(self) -> "_Reading":
        calls = self._telnyx.calls
        return _Reading(self, calls, calls.conversations.iterate(**self._asked))

    def __repr__(self) -> str:
        return f"TelnyxConversationLoader(mode={self.mode!r})"


class _Reading:
    """One pass over the conversations, a few of them at a time.

    Args:
        loader: What is asked for.
        calls: Describes calls.
        listing: The conversations.
    """

    def __init__(
        self,
        loader: TelnyxConversationLoader,
        calls: Namespaces[DeferredCalls],
        listing: Paging[Conversation],
    ) -> None:
        self._loader = loader
        self._calls = calls
        self._walk = Pager(listing)
        self._waiting: deque[Conversation] = deque()
        self._broken: ListingError | None = None
        self._left = loader.limit
        self._names: dict[str, str] | None = None
        self._failure: TelnyxError | None = None

    @property
    def goes_on(self) -> bool:
        """Whether there may be more."""
        return self._left != 0 and bool(self._waiting or not self._listed or self._broken)

    @property
    def _listed(self) -> bool:
        return self._walk.ended or self._broken is not None

    def following(self) -> Flow[list[Document]]:
        """Fetch the next few conversations; none once there are no more."""
        width = self._loader.max_concurrency
        if self._left is not None:
            width = min(width, self._left)
        while len(self._waiting) < width and not self._listed:
            try:
                self._waiting += yield from self._walk.page()
            except ListingError as error:
                self._broken = error  # raised after what came before it
        group = [self._waiting.popleft() for _ in range(min(width, len(self._waiting)))]
        if self._left is not None:
            self._left -= len(group)
        names = (yield from self._insight_names()) if group else {}
        answers = yield from concurrently(
            [partial(self._told, each) for each in group], width=width
        )
        documents: list[Document] = []
        for conversation, answer in zip(group, answers, strict=True):
            if isinstance(answer, Told):
                documents += self._documents(answer, names)
            elif self._loader.on_error == "raise":
                self._failure = answer
                break
            elif self._loader.on_error == "document":
                metadata = {**described(conversation), "error": str(answer)}
                documents.append(Document("", id=conversation.id, metadata=metadata))
            else:
                logger.warning("Conversation %s is skipped: %s", conversation.id, answer)
        return documents

    def check(self) -> None:
        """Raise what the last conversations could not be fetched for, or listed."""
        if self._failure is not None:
            raise self._failure
        if self._broken is not None and self._left != 0 and not self._waiting:
            raise self._broken

    def _told(self, conversation: Conversation) -> Flow[Told]:
        said = yield from self._calls.conversations.transcript(conversation.id)
        if not self._loader.insights:
            return Told(conversation, said)
        insights = yield from self._calls.conversations.insights(conversation.id)
        return Told(conversation, said, insights)

    def _insight_names(self) -> Flow[dict[str, str]]:
        if self._names is None:
            self._names = {}
            if self._loader.insights:
                found = yield from every(self._calls.insights.list(page_size=99))
                self._names = {insight.id: insight.name or insight.id for insight in found}
        return self._names

    def _documents(self, told: Told, names: Mapping[str, str]) -> list[Document]:
        if self._loader.mode == "messages":
            return messages(told, names)
        return [transcript(told, names, self._loader.speakers)]


def _filters(wanted: Wanted) -> list[Filter]:
    match wanted:
        case str():
            return [eq(wanted)]
        case Filter():
            return [wanted]
        case _:
            return list(wanted)


def _check(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        names = ", ".join(f"`{each}`" for each in known)
        raise ConfigurationError(f"`{option}` is {value!r}, which is none of {names}.")
