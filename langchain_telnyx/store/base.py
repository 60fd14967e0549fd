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
        "`TelnyxStore` is a store of LangGraph's, which is not installed: run "
        '`pip install "langchain-telnyx[langgraph]"`.'
    ) from error

Vectors = Mapping[str, Sequence[float]]
"""Text to vector."""


class TelnyxStore(Closing, BaseStore):
    """LangGraph's store, kept in a Telnyx key-value namespace: exact values by namespace and key.

    What is put comes back as it was, or is refused before anything is sent. `search` gives the
    items written last first. Filters, and the ranking by `query`, are worked out here, as the
    service lists names only: a search with either reads every item at and below its namespace.
    That suits the memories of a user; for many documents take `TelnyxVectorStore`.

    Building a store does no I/O. The key-value namespace is made by the first write, if it is not
    there; keep it to the store, as values of other programs are passed over.

    Of two writers of an item the last one wins. In a batch, reads see what was there before it.

    API page: https://developers.telnyx.com/docs/edge-compute/kv/api-reference

    Args:
        name: The key-value namespace: lower-case letters, digits and hyphens.
        index: LangGraph's: `embed`, what makes vectors, such as `TelnyxEmbeddings()`; and `fields`,
            which texts to embed, by default the whole value. Without it a `query` has no effect, as
            in LangGraph's own stores: the filter and the namespace say what is found.
        ttl: LangGraph's: `default_ttl` in minutes; and `refresh_on_read`, here off unless it is
            asked for, as prolonging a life means writing the item again, and may undo what another
            has written between. Expired items are gone at once, and the service sweeps them.
        max_concurrency: Requests at a time.
        wait_timeout: Seconds to wait for a new key-value namespace at most; `None` for ever.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, `http_client`,
            `http_async_client`: see `Telnyx`.

    Raises:
        ConfigurationError: An option cannot work.
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
        self._kept = KeyValues(self._telnyx.calls, name, max_concurrency, wait_timeout)
        self.ttl_config: TTLConfig | None = {"refresh_on_read": False, **(ttl or {})}
        checked_ttl(self.ttl_config.get("default_ttl"))
        self.index_config = index
        self.embeddings = ensure_embeddings(index.get("embed")) if index else None

    @property
    def name(self) -> str:
        """The name of the key-value namespace."""
        return self._kept.name

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: the reads side by side, then the writes.

        Args:
            ops: LangGraph's operations. Of several writes of an item the last one counts.

        Returns:
            A result for each, in their order.

        Raises:
            ValueError: A value would not come back exactly; nothing was sent.
            ValueTooLargeError: A name or a value is larger than the API takes; nothing was written.
            PartialError: Some of several writes failed; `done` and `failed` have their names.
        """
        work = self._work(ops)
        vectors: Vectors = {}
        if embed := self.embeddings:
            made = embed.embed_documents(work.texts) if work.texts else []
            vectors = dict(zip(work.texts, made, strict=True))
            work.queries = {query: embed.embed_query(query) for query in work.queries}
        return self._telnyx.send(self._run(work, vectors))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations: the reads side by side, then the writes; see `batch`."""
        work = self._work(ops)
        vectors: Vectors = {}
        if embed := self.embeddings:
            made = await embed.aembed_documents(work.texts) if work.texts else []
            vectors = dict(zip(work.texts, made, strict=True))
            work.queries = {query: await embed.aembed_query(query) for query in work.queries}
        return await self._telnyx.aio.send(self._run(work, vectors))

    def _work(self, ops: Iterable[Op]) -> "_Work":
        work = _Work(ops, self._texts)
        if self.embeddings is None:
            work.queries = {}
        return work

    def _texts(self, op: PutOp) -> list[str]:
        """Return the texts in a value that it is to be found by."""
        if self.index_config is None or op.index is False:
            return []
        fields = op.index or self.index_config.get("fields") or ["$"]
        return [
            text
            for field in fields
            for text in get_text_at_path(op.value, field if field == "$" else tokenize_path(field))
            if text.strip()
        ]

    def _run(self, work: "_Work", vectors: Vectors) -> Flow[list[Result]]:
        writes = work.writes(vectors)
        results: list[Result] = [None] * work.count
        items = yield from self._kept.read([_address(op) for op in work.gets.values()])
        used: dict[Address, StoredItem] = {}
        for (place, op), item in zip(work.gets.items(), items, strict=True):
            if item is not None:
                results[place] = _shown(item)
                if op.refresh_ttl:
                    used[item.address] = item
        for place, search in work.searches.items():
            found = yield from self._search(search, work.queries)
            results[place] = [_found(item, score) for item, score in found]
            if search.refresh_ttl:
                used.update((item.address, item) for item, _ in found)
        for place, listing in work.listings.items():
            results[place] = yield from self._namespaces(listing)
        prolonged = {
            address: item
            for address, item in used.items()
            if item.ttl is not None and address not in writes
        }
        if prolonged:
            yield from self._kept.put(prolonged)
        if writes:
            yield from self._kept.write(writes)
        return results

    def _search(
        self, op: SearchOp, queries: Mapping[str, Sequence[float]]
    ) -> Flow[list[tuple[StoredItem, float | None]]]:
        asked = op.filter or {}

        def accept(item: StoredItem) -> bool:
            return all_match(item.value, asked)

        if op.query and op.query in queries:
            items = yield from self._kept.select(op.namespace_prefix, accept)
            return ranked(items, queries[op.query])[op.offset : op.offset + op.limit]
        items = yield from self._kept.select(
            op.namespace_prefix, accept if asked else None, offset=op.offset, limit=op.limit
        )
        return [(item, None) for item in items]

    def _namespaces(self, op: ListNamespacesOp) -> Flow[list[Namespace]]:
        conditions = op.match_conditions or ()
        addresses = yield from self._kept.addresses(_common(conditions))
        namespaces = {
            address.namespace[: op.max_depth]
            for address in addresses
            if all(lies_in(address.namespace, condition) for condition in conditions)
        }
        return sorted(namespaces)[op.offset : op.offset + op.limit]

    def __repr__(self) -> str:
        return f"TelnyxStore({self.name!r})"


class _Work:
    """A batch of operations, checked whole before the first is sent.

    Attributes:
        count: How many operations there are.
        gets: Place in the batch to operation; so the others.
        queries: What is searched for; its vectors once they are made.
        texts: What is to be embedded, each once.
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
        for place, op in enumerate(ops):
            self.count = place + 1
            match op:
                case GetOp():
                    self.gets[place] = op
                case SearchOp():
                    self.searches[place] = op
                    if op.query:
                        self.queries[op.query] = ()
                case ListNamespacesOp():
                    self.listings[place] = op
                case PutOp():
                    self._put(op, now, texts_of)
                case _:
                    raise ValueError(f"{type(op).__name__} is no operation of a store.")
        self.texts = list(dict.fromkeys(text for texts in self._texts.values() for text in texts))

    def _put(self, op: PutOp, now: datetime, texts_of: Callable[[PutOp], list[str]]) -> None:
        address = _address(op)
        name_of(address)  # refuses one that is too long
        if op.value is None:
            self._items[address] = None
            self._texts[address] = []
            return
        value = checked_value(address, op.value)
        self._items[address] = StoredItem(address, value, now, now, checked_ttl(op.ttl))
        self._texts[address] = texts_of(op)

    def writes(self, vectors: Vectors) -> dict[Address, StoredItem | None]:
        """Return what is to be written, with its vectors."""
        return {
            address: item and item.found_by([vectors[text] for text in self._texts[address]])
            for address, item in self._items.items()
        }


def _address(op: GetOp | PutOp) -> Address:
    return Address(tuple(op.namespace), op.key)


def _common(conditions: Iterable[Any]) -> Namespace:
    """Return what all namespaces that meet conditions begin with, as far as one of them says."""
    for condition in conditions:
        if condition.match_type == "prefix":
            path: list[str] = []
            for label in condition.path:
                if label == "*":
                    break
                path.append(label)
            return tuple(path)
    return ()


def _shown(item: StoredItem) -> Item:
    return Item(
        value=item.value,
        key=item.address.key,
        namespace=item.address.namespace,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def _found(item: StoredItem, score: float | None) -> SearchItem:
    return SearchItem(
        namespace=item.address.namespace,
        key=item.address.key,
        value=item.value,
        created_at=item.created_at,
        updated_at=item.updated_at,
        score=score,
    )
