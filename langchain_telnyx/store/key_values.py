"""What it takes to keep a store's items in key-value storage, as flows that both faces run.

Each item is one value, so that writing one is atomic. There is no locking and no compare-and-set in
the API: of two writers of an item the last one wins, whole.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from langchain_telnyx.client.api.kvs import KVNamespace
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import (
    ConflictError,
    NotFoundError,
    PartialError,
    TelnyxError,
)
from langchain_telnyx.client.flows import concurrently, every
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.store.items import StoredItem, read_item
from langchain_telnyx.store.names import Address, Namespace, address_of, name_of, prefix_of

_USABLE = "provision_ok"
_LARGEST_PAGE = 250
_NEVER = datetime.min.replace(tzinfo=UTC)


class KeyValues:
    """The items of a store, in a key-value namespace of the API.

    Args:
        calls: Describes calls.
        name: The name of the key-value namespace.
        max_concurrency: Requests at a time.
        wait_timeout: Seconds to wait for a new namespace at most.
    """

    def __init__(
        self,
        calls: Namespaces[DeferredCalls],
        name: str,
        max_concurrency: int,
        wait_timeout: float | None,
    ) -> None:
        self._calls = calls
        self.name = name
        self._width = max_concurrency
        self._wait_timeout = wait_timeout
        self._id: str | None = None  # known once it was found usable

    def read(self, addresses: Sequence[Address]) -> Flow[list[StoredItem | None]]:
        """Fetch items, in the order of their addresses; `None` for those that are not there."""
        names = [name_of(address) for address in addresses]
        where = yield from self._found()
        if where is None:
            return [None] * len(names)
        answers = yield from concurrently(
            [partial(self._calls.kvs.get_key, where, name) for name in names], width=self._width
        )
        items: list[StoredItem | None] = []
        for address, answer in zip(addresses, answers, strict=True):
            if isinstance(answer, TelnyxError) and not isinstance(answer, NotFoundError):
                raise answer
            items.append(read_item(address, answer) if isinstance(answer, bytes) else None)
        return items

    def addresses(self, namespace: Namespace) -> Flow[list[Address]]:
        """List what is at and below a namespace, the item written last first."""
        where = yield from self._found()
        if where is None:
            return []
        try:
            keys = yield from every(self._calls.kvs.list_keys(where, prefix=prefix_of(namespace)))
        except NotFoundError:
            self._id = None  # somebody deleted it
            return []
        # Sorting is stable, and the API lists by name: that tells between those of one moment.
        keys.sort(key=lambda key: key.updated_at or _NEVER, reverse=True)
        return [address for key in keys if (address := address_of(key.key)) is not None]

    def select(
        self,
        namespace: Namespace,
        accept: Callable[[StoredItem], bool] | None,
        *,
        offset: int = 0,
        limit: int | None = None,
    ) -> Flow[list[StoredItem]]:
        """Fetch the items at and below a namespace that are acceptable, the one written last first.

        Args:
            namespace: The namespace.
            accept: Tells whether an item is; default: all are, and none is read to be passed over.
            offset: How many to pass over.
            limit: How many at most; default: all.
        """
        addresses = yield from self.addresses(namespace)
        end = None if limit is None else offset + limit
        if accept is None:
            items = yield from self.read(addresses[offset:end])
            return [item for item in items if item is not None]
        step = max(self._width, end or 0)
        found: list[StoredItem] = []
        for start in range(0, len(addresses), step):
            if end is not None and len(found) >= end:
                break
            items = yield from self.read(addresses[start : start + step])
            found += [item for item in items if item is not None and accept(item)]
        return found[offset:end]

    def write(self, changes: Mapping[Address, StoredItem | None]) -> Flow[None]:
        """Put items, keeping when those that are there were first written, and delete others.

        Args:
            changes: Address to item; `None` deletes it, and one that is not there is no error.

        Raises:
            PartialError: Some of several could not be written; `done` and `failed` have the names.
        """
        items = [item for item in changes.values() if item is not None]
        older = yield from self.read([item.address for item in items])
        first = {item.address: item.created_at for item in older if item is not None}
        yield from self.put(
            {
                address: item and item.since(first.get(address, item.created_at))
                for address, item in changes.items()
            }
        )

    def put(self, changes: Mapping[Address, StoredItem | None]) -> Flow[None]:
        """Put items as they are; see `write`."""
        # Written out before anything is sent, as one may be too large.
        values = {
            address: None if item is None else item.written() for address, item in changes.items()
        }
        where = yield from (self._made() if any(changes.values()) else self._found())
        if where is None:
            return
        names = [name_of(address) for address in changes]
        answers = yield from concurrently(
            [
                partial(self._change, where, name, item, values[address])
                for name, (address, item) in zip(names, changes.items(), strict=True)
            ],
            width=self._width,
        )
        failed = {
            name: answer
            for name, answer in zip(names, answers, strict=True)
            if isinstance(answer, TelnyxError)
        }
        if any(isinstance(error, NotFoundError) for error in failed.values()):
            self._id = None  # somebody deleted it; the next write makes it anew
        if failed:
            raise self._error(names, failed)

    def _change(
        self, where: str, name: str, item: StoredItem | None, value: bytes | None
    ) -> Steps[None]:
        if item is None or value is None:
            return self._calls.kvs.delete_key(where, name)
        return self._calls.kvs.put_key(
            where, name, value, ttl_secs=item.seconds, content_type="application/json"
        )

    def _error(self, names: Sequence[str], failed: Mapping[str, TelnyxError]) -> TelnyxError:
        first = next(iter(failed.values()))
        if len(names) == 1:
            return first
        return PartialError(
            f"{len(failed)} of {len(names)} items could not be written to the key-value namespace "
            f"{self.name!r}, first for: {first} The others are; `failed` and `done` tell which. "
            f"Repeating the whole does no harm.",
            [name for name in names if name not in failed],
            failed,
        )

    def _found(self) -> Flow[str | None]:
        """Return the id of the key-value namespace, if it is there."""
        if self._id is not None:
            return self._id
        found = yield from self._look()
        return None if found is None else (yield from self._usable(found))

    def _made(self) -> Flow[str]:
        """Return the id of the key-value namespace, making it if it is not there."""
        where = yield from self._found()
        if where is not None:
            return where
        try:
            made = yield from self._calls.kvs.create(self.name)
        except ConflictError:
            found = yield from self._look()  # another writer was faster
            if found is None:
                raise
            made = found
        return (yield from self._usable(made))

    def _look(self) -> Flow[KVNamespace | None]:
        spaces = yield from every(self._calls.kvs.list(page_size=_LARGEST_PAGE))
        return next((space for space in spaces if space.name == self.name), None)

    def _usable(self, space: KVNamespace) -> Flow[str]:
        if space.status != _USABLE:
            yield from self._calls.kvs.wait(space.id, timeout=self._wait_timeout)
        self._id = space.id
        return space.id
