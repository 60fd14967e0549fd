"""`TelnyxConversationLoader`: loads conversations of assistants as documents."""

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
from langchain_telnyx.conversations.transcripts import (
    LoadedConversation,
    conversation_metadata,
    message_documents,
    transcript_document,
)
from langchain_telnyx.transcripts.speakers import names_of
from langchain_telnyx.types import TelnyxOptions

logger = logging.getLogger(__name__)

FilterValue: TypeAlias = str | Filter | Iterable[Filter]
"""A value, a filter of `langchain_telnyx.client.postgrest`, or several that must all match."""

Mode = Literal["transcript", "messages"]
OnError = Literal["raise", "skip", "document"]


class TelnyxConversationLoader(Closing, BaseLoader):
    """Loads conversations of every channel as documents, newest conversation first.

    In the mode `transcript`, each conversation is a document. Its lines start with the speaker;
    further lines of a message are indented. In the mode `messages`, each message is a document.
    Messages are in order of time.

    Metadata in both modes: `source` and `conversation_id` (the conversation's id); `name`,
    `created_at` and `last_message_at` (ISO 8601); `channel`, `assistant_id`, `phone_number` (the
    end user's) and `agent_number`, if set; `metadata` (all metadata of the conversation);
    `insights` (by name; JSON objects are parsed). Messages also have `role`, `position` (from 0),
    `sent_at`, and `tool_calls`, if any. A document's id is the conversation's id, followed by the
    position for a message.

    The constructor sends no requests. Loading is lazy: the loader fetches a few conversations at a
    time while the caller iterates.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/conversations.md

    API page: https://developers.telnyx.com/api-reference/conversations/list-conversations

    Args:
        since: Only conversations that began at this time or later. A time without a zone is UTC.
        until: Only conversations that began before this time.
        channel: Only this channel: `phone_call`, `web_call`, `sms_chat`, `whatsapp_chat`,
            `web_chat`, `websocket_call`.
        assistant_id: Only conversations of this assistant.
        phone_number: Only conversations with this end user, such as `+13125550001`.
        name: Only conversations with this name, or whose name matches a filter of
            `langchain_telnyx.client.postgrest`, such as `like("Voice%")`.
        metadata: Only conversations whose metadata has these values, or matches these filters.
        or_: Alternative conditions, from `any_of`.
        limit: Maximum number of conversations.
        mode: `transcript` for one document per conversation, `messages` for one per message.
        insights: Whether to fetch the insights of each conversation, with another request.
        speakers: Names of the speakers in transcripts, by role.
        on_error: What to do if a conversation cannot be fetched: `raise` the error after the
            documents before it; `skip` the conversation, and log the error; or yield a `document`
            without text, with the error in its metadata (`error`).
        max_concurrency: Number of conversations to fetch at a time.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: An option is invalid.

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
        name: FilterValue | None = None,
        metadata: Mapping[str, FilterValue] | None = None,
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
        self._query: dict[str, Any] = {
            "created_at": times or None,
            "name": None if name is None else _filters(name),
            "metadata": {
                **conditions,
                **{field: _filters(value) for field, value in (metadata or {}).items()},
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
            raise ConfigurationError(f"Invalid `speakers`: {error}") from error
        self.speakers = dict(speakers or {})
        self.on_error = on_error
        self.max_concurrency = max(1, max_concurrency)

    def load(self) -> list[Document]:
        """Return all documents.

        Raises:
            ListingError: The listing is incomplete; `partial` has the documents of the
                conversations that it returned.
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
                documents.append(document)  # noqa: PERF401 - used after an error
        except ListingError as error:
            error.partial = documents
            raise
        return documents

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents one by one.

        Raises:
            ListingError: The listing is incomplete. It is raised after the documents of the
                conversations that it returned.
            TelnyxError: The conversations cannot be listed, or, with `on_error="raise"`, one of
                them cannot be fetched.
        """
        reader = self._reader()
        while reader.has_more:
            yield from self._telnyx.send(reader.next_documents())
            reader.check()

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents one by one; see `lazy_load`."""
        reader = self._reader()
        while reader.has_more:
            for document in await self._telnyx.aio.send(reader.next_documents()):
                yield document
            reader.check()

    def _reader(self) -> "_Reader":
        calls = self._telnyx.calls
        return _Reader(self, calls, calls.conversations.iterate(**self._query))

    def __repr__(self) -> str:
        return f"TelnyxConversationLoader(mode={self.mode!r})"


class _Reader:
    """Reads the conversations of one pass, a few at a time.

    Args:
        loader: The loader.
        calls: The client's deferred calls.
        listing: The listing of conversations.
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
        self._queue: deque[Conversation] = deque()
        self._listing_error: ListingError | None = None
        self._remaining = loader.limit
        self._names: dict[str, str] | None = None
        self._failure: TelnyxError | None = None

    @property
    def has_more(self) -> bool:
        """Whether more documents may follow."""
        return self._remaining != 0 and bool(self._queue or not self._listed or self._listing_error)

    @property
    def _listed(self) -> bool:
        return self._walk.ended or self._listing_error is not None

    def next_documents(self) -> Flow[list[Document]]:
        """Fetch the next few conversations, and return their documents."""
        size = self._loader.max_concurrency
        if self._remaining is not None:
            size = min(size, self._remaining)
        while len(self._queue) < size and not self._listed:
            try:
                self._queue += yield from self._walk.page()
            except ListingError as error:
                self._listing_error = error  # raised after the documents before it
        group = [self._queue.popleft() for _ in range(min(size, len(self._queue)))]
        if self._remaining is not None:
            self._remaining -= len(group)
        names = (yield from self._insight_names()) if group else {}
        results = yield from concurrently(
            [partial(self._fetch, each) for each in group], width=size
        )
        documents: list[Document] = []
        for conversation, result in zip(group, results, strict=True):
            if isinstance(result, LoadedConversation):
                documents += self._documents(result, names)
            elif self._loader.on_error == "raise":
                self._failure = result
                break
            elif self._loader.on_error == "document":
                metadata = {**conversation_metadata(conversation), "error": str(result)}
                documents.append(Document("", id=conversation.id, metadata=metadata))
            else:
                logger.warning("Skipped conversation %s: %s", conversation.id, result)
        return documents

    def check(self) -> None:
        """Raise the error of the last conversations, or of their listing."""
        if self._failure is not None:
            raise self._failure
        if self._listing_error is not None and self._remaining != 0 and not self._queue:
            raise self._listing_error

    def _fetch(self, conversation: Conversation) -> Flow[LoadedConversation]:
        messages = yield from self._calls.conversations.transcript(conversation.id)
        if not self._loader.insights:
            return LoadedConversation(conversation, messages)
        insights = yield from self._calls.conversations.insights(conversation.id)
        return LoadedConversation(conversation, messages, insights)

    def _insight_names(self) -> Flow[dict[str, str]]:
        if self._names is None:
            self._names = {}
            if self._loader.insights:
                found = yield from every(self._calls.insights.list(page_size=99))
                self._names = {insight.id: insight.name or insight.id for insight in found}
        return self._names

    def _documents(self, loaded: LoadedConversation, names: Mapping[str, str]) -> list[Document]:
        if self._loader.mode == "messages":
            return message_documents(loaded, names)
        return [transcript_document(loaded, names, self._loader.speakers)]


def _filters(value: FilterValue) -> list[Filter]:
    match value:
        case str():
            return [eq(value)]
        case Filter():
            return [value]
        case _:
            return list(value)


def _check(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        names = ", ".join(f"`{each}`" for each in allowed)
        raise ConfigurationError(f"`{option}` is {value!r}; it must be one of {names}.")
