"""`TelnyxStore`: LangGraph's long-term memory in Telnyx key-value storage."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Unpack

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.store.items import StoredItem, checked_ttl, checked_value
from langchain_telnyx.store.key_values import KeyValues
from langchain_telnyx.store.matching import all_match, lies_in, ranked
from langchain_telnyx.store.names import Address, Namespace, name_of
from langchain_telnyx.types import TelnyxOptions

try:
    from langgraph.store.base import (
        BaseStore,
        GetOp,
        IndexConfig,
        Item,
        ListNamespacesOp,
        Op,
        PutOp,
        Result,
        SearchItem,
        SearchOp,
        TTLConfig,
        ensure_embeddings,
        get_text_at_path,
        tokenize_path,
    )
except ImportError as error:
    raise ImportError(
        "`TelnyxStore` needs LangGraph, which is not installed: run "
        '`pip install "langchain-telnyx[langgraph]"`.'
    ) from error

Vectors = Mapping[str, Sequence[float]]
"""Text to vector."""


class TelnyxStore(Closing, BaseStore):
    """A LangGraph store in a Telnyx key-value namespace: values by namespace and key.

    Values are returned exactly as they were put; others are refused before anything is sent.
    `search` returns the most recently written items first. Filters and the ranking by `query` are
    applied by the client, as the service lists names only: a search with either reads every item
    at and below its namespace. That suits the memories of a user; for many documents use
    `TelnyxVectorStore`.

    Building a store does no I/O. The first write creates the key-value namespace unless it exists.
    Use the namespace for the store only: values of other programs are skipped.

    Of concurrent writes of an item the last one wins. The reads of a batch run before its writes.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/memory.md

    API page: https://developers.telnyx.com/docs/edge-compute/kv/api-reference

    Args:
        name: The key-value namespace: lower-case letters, digits and hyphens.
        index: As in LangGraph: `embed`, the embedding model, such as `TelnyxEmbeddings()`; and
            `fields`, the texts to embed, by default the whole value. Without it a `query` has no
            effect, as in LangGraph's own stores.
        ttl: As in LangGraph: `default_ttl` in minutes; and `refresh_on_read`, off by default,
            because a refresh writes the item again and may overwrite a concurrent write. Expired
            items are not returned, and the service deletes them.
        max_concurrency: The most concurrent requests.
        wait_timeout: The most seconds to wait for a new key-value namespace; `None` waits without
            limit.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: An option is invalid.
        ImportError: LangGraph is not installed.

    Example:
        ```python
        from langchain_telnyx import TelnyxStore

        store = TelnyxStore("agent-memory")
        store.put(("users", "ann"), "tone", {"text": "Likes short answers."})
        store.get(("users", "ann"), "tone").value  # {'text': 'Likes short answers.'}
        ```
    """

    supports_ttl = True

    def __init__(
        self,
        name: str,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        max_concurrency: int = 16,
        wait_timeout: float | None = 600.0,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx
        self._items = KeyValues(self._telnyx.calls, name, max_concurrency, wait_timeout)
        self.ttl_config: TTLConfig | None = {"refresh_on_read": False, **(ttl or {})}
        checked_ttl(self.ttl_config.get("default_ttl"))
        self.index_config = index
        self.embeddings = ensure_embeddings(index.get("embed")) if index else None

    @property
    def name(self) -> str:
        """The name of the key-value namespace."""
        return self._items.name

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: the reads concurrently, then the writes.

        Args:
            ops: LangGraph's operations. Of several writes of an item the last one counts.

        Returns:
            The results, in the order of the operations.

        Raises:
            ValueError: JSON cannot represent a value exactly; nothing is sent.
            ValueTooLargeError: A name or a value is larger than the API allows; nothing is
                written.
            PartialError: Some of several writes failed; `done` and `failed` have their names.
        """
        batch = self._batch(ops)
        vectors: Vectors = {}
        if embed := self.embeddings:
            made = embed.embed_documents(batch.texts) if batch.texts else []
            vectors = dict(zip(batch.texts, made, strict=True))
            batch.queries = {query: embed.embed_query(query) for query in batch.queries}
        return self._telnyx.send(self._run(batch, vectors))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: the reads concurrently, then the writes; see `batch`."""
        batch = self._batch(ops)
        vectors: Vectors = {}
        if embed := self.embeddings:
            made = await embed.aembed_documents(batch.texts) if batch.texts else []
            vectors = dict(zip(batch.texts, made, strict=True))
            batch.queries = {query: await embed.aembed_query(query) for query in batch.queries}
        return await self._telnyx.aio.send(self._run(batch, vectors))

    def _batch(self, ops: Iterable[Op]) -> "_Batch":
        batch = _Batch(ops, self._texts)
        if self.embeddings is None:
            batch.queries = {}
        return batch

    def _texts(self, op: PutOp) -> list[str]:
        """Return the texts of a value to embed."""
        if self.index_config is None or op.index is False:
            return []
        fields = op.index or self.index_config.get("fields") or ["$"]
        return [
            text
            for field in fields
            for text in get_text_at_path(op.value, field if field == "$" else tokenize_path(field))
            if text.strip()
        ]

    def _run(self, batch: "_Batch", vectors: Vectors) -> Flow[list[Result]]:
        writes = batch.writes(vectors)
        results: list[Result] = [None] * batch.count
        items = yield from self._items.read([_address(op) for op in batch.gets.values()])
        used: dict[Address, StoredItem] = {}
        for (position, op), item in zip(batch.gets.items(), items, strict=True):
            if item is not None:
                results[position] = _to_item(item)
                if op.refresh_ttl:
                    used[item.address] = item
        for position, search in batch.searches.items():
            found = yield from self._search(search, batch.queries)
            results[position] = [_to_search_item(item, score) for item, score in found]
            if search.refresh_ttl:
                used.update((item.address, item) for item, _ in found)
        for position, listing in batch.listings.items():
            results[position] = yield from self._namespaces(listing)
        refreshed = {
            address: item
            for address, item in used.items()
            if item.ttl is not None and address not in writes
        }
        if refreshed:
            yield from self._items.put(refreshed)
        if writes:
            yield from self._items.write(writes)
        return results

    def _search(
        self, op: SearchOp, queries: Mapping[str, Sequence[float]]
    ) -> Flow[list[tuple[StoredItem, float | None]]]:
        conditions = op.filter or {}

        def accept(item: StoredItem) -> bool:
            return all_match(item.value, conditions)

        if op.query and op.query in queries:
            items = yield from self._items.select(op.namespace_prefix, accept)
            return ranked(items, queries[op.query])[op.offset : op.offset + op.limit]
        items = yield from self._items.select(
            op.namespace_prefix, accept if conditions else None, offset=op.offset, limit=op.limit
        )
        return [(item, None) for item in items]

    def _namespaces(self, op: ListNamespacesOp) -> Flow[list[Namespace]]:
        conditions = op.match_conditions or ()
        addresses = yield from self._items.addresses(_common(conditions))
        namespaces = {
            address.namespace[: op.max_depth]
            for address in addresses
            if all(lies_in(address.namespace, condition) for condition in conditions)
        }
        return sorted(namespaces)[op.offset : op.offset + op.limit]

    def __repr__(self) -> str:
        return f"TelnyxStore({self.name!r})"


class _Batch:
    """A batch of operations, validated as a whole before the first is sent.

    Attributes:
        count: The number of operations.
        gets: Position in the batch to operation.
        searches: Position in the batch to operation.
        listings: Position in the batch to operation.
        queries: The queries to their vectors, empty until they are embedded.
        texts: The distinct texts to embed.
    """

    def __init__(self, ops: Iterable[Op], texts_of: Callable[[PutOp], list[str]]) -> None:
        self.gets: dict[int, GetOp] = {}
        self.searches: dict[int, SearchOp] = {}
        self.listings: dict[int, ListNamespacesOp] = {}
        self.queries: dict[str, Sequence[float]] = {}
        self._items: dict[Address, StoredItem | None] = {}
        self._texts: dict[Address, list[str]] = {}
        self.count = 0
        now = datetime.now(UTC)
        for position, op in enumerate(ops):
            self.count = position + 1
            match op:
                case GetOp():
                    self.gets[position] = op
                case SearchOp():
                    self.searches[position] = op
                    if op.query:
                        self.queries[op.query] = ()
                case ListNamespacesOp():
                    self.listings[position] = op
                case PutOp():
                    self._put(op, now, texts_of)
                case _:
                    raise ValueError(f"{type(op).__name__} is not an operation of a store.")
        self.texts = list(dict.fromkeys(text for texts in self._texts.values() for text in texts))

    def _put(self, op: PutOp, now: datetime, texts_of: Callable[[PutOp], list[str]]) -> None:
        address = _address(op)
        name_of(address)  # raises if the name is too long
        if op.value is None:
            self._items[address] = None
            self._texts[address] = []
            return
        value = checked_value(address, op.value)
        self._items[address] = StoredItem(address, value, now, now, checked_ttl(op.ttl))
        self._texts[address] = texts_of(op)

    def writes(self, vectors: Vectors) -> dict[Address, StoredItem | None]:
        """Return the items to write, with their vectors; `None` for an item to delete."""
        return {
            address: item and item.with_vectors([vectors[text] for text in self._texts[address]])
            for address, item in self._items.items()
        }


def _address(op: GetOp | PutOp) -> Address:
    return Address(tuple(op.namespace), op.key)


def _common(conditions: Iterable[Any]) -> Namespace:
    """Return a common prefix of all namespaces that meet the conditions."""
    for condition in conditions:
        if condition.match_type == "prefix":
            path: list[str] = []
            for label in condition.path:
                if label == "*":
                    break
                path.append(label)
            return tuple(path)
    return ()


def _to_item(item: StoredItem) -> Item:
    return Item(
        value=item.value,
        key=item.address.key,
        namespace=item.address.namespace,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def _to_search_item(item: StoredItem, score: float | None) -> SearchItem:
    return SearchItem(
        namespace=item.address.namespace,
        key=item.address.key,
        value=item.value,
        created_at=item.created_at,
        updated_at=item.updated_at,
        score=score,
    )
