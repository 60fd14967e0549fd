"""Flows that read, list and write the items of a store in key-value storage.

Each item is one value, so that writing one is atomic. The API has no locks and no compare-and-set:
of concurrent writes of an item the last one wins.
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
        max_concurrency: The most concurrent requests.
        wait_timeout: The most seconds to wait for a new namespace.
    """

    def __init__(
        self,
        calls: Namespaces[DeferredCalls],
        name: str,
        max_concurrency: int,
        wait_timeout: float | None,
    ) -> None:
        self._kvs = calls.kvs
        self.name = name
        self._width = max_concurrency
        self._wait_timeout = wait_timeout
        self._id: str | None = None  # set once the namespace is ready

    def read(self, addresses: Sequence[Address]) -> Flow[list[StoredItem | None]]:
        """Fetch items, in the order of their addresses; `None` for missing ones."""
        names = [name_of(address) for address in addresses]
        namespace_id = yield from self._find_namespace()
        if namespace_id is None:
            return [None] * len(names)
        values = yield from concurrently(
            [partial(self._kvs.get_key, namespace_id, name) for name in names],
            width=self._width,
        )
        items: list[StoredItem | None] = []
        for address, value in zip(addresses, values, strict=True):
            if isinstance(value, TelnyxError) and not isinstance(value, NotFoundError):
                raise value
            items.append(read_item(address, value) if isinstance(value, bytes) else None)
        return items

    def addresses(self, namespace: Namespace) -> Flow[list[Address]]:
        """List the items at and below a namespace, the most recently written first."""
        namespace_id = yield from self._find_namespace()
        if namespace_id is None:
            return []
        try:
            keys = yield from every(self._kvs.list_keys(namespace_id, prefix=prefix_of(namespace)))
        except NotFoundError:
            self._id = None  # another program deleted it
            return []
        # Sorting is stable, so items of equal times remain in the order of their names.
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
        """Fetch the items at and below a namespace that pass, the most recently written first.

        Args:
            namespace: The namespace.
            accept: Returns whether an item passes. Default: all pass, and those skipped are not
                read.
            offset: How many items to skip.
            limit: The most items to return. Default: all.
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
        """Put items, with the `created_at` of existing ones, and delete others.

        Args:
            changes: Address to item; `None` deletes it; a missing item is not an error.

        Raises:
            PartialError: Some of several could not be written; `done` and `failed` have the names.
        """
        items = [item for item in changes.values() if item is not None]
        older = yield from self.read([item.address for item in items])
        first = {item.address: item.created_at for item in older if item is not None}
        yield from self.put(
            {
                address: item and item.with_created_at(first.get(address, item.created_at))
                for address, item in changes.items()
            }
        )

    def put(self, changes: Mapping[Address, StoredItem | None]) -> Flow[None]:
        """Put items unchanged; see `write`."""
        # Encoded before anything is sent, as one may be too large.
        values = {
            address: None if item is None else item.encode() for address, item in changes.items()
        }
        namespace_id = yield from (
            self._create_namespace() if any(changes.values()) else self._find_namespace()
        )
        if namespace_id is None:
            return
        names = [name_of(address) for address in changes]
        results = yield from concurrently(
            [
                partial(self._change, namespace_id, name, item, values[address])
                for name, (address, item) in zip(names, changes.items(), strict=True)
            ],
            width=self._width,
        )
        failed = {
            name: result
            for name, result in zip(names, results, strict=True)
            if isinstance(result, TelnyxError)
        }
        if any(isinstance(error, NotFoundError) for error in failed.values()):
            self._id = None  # another program deleted it; the next write creates it
        if failed:
            raise self._error(names, failed)

    def _change(
        self, namespace_id: str, name: str, item: StoredItem | None, value: bytes | None
    ) -> Steps[None]:
        if item is None or value is None:
            return self._kvs.delete_key(namespace_id, name)
        return self._kvs.put_key(
            namespace_id, name, value, ttl_secs=item.seconds, content_type="application/json"
        )

    def _error(self, names: Sequence[str], failed: Mapping[str, TelnyxError]) -> TelnyxError:
        first = next(iter(failed.values()))
        if len(names) == 1:
            return first
        return PartialError(
            f"{len(failed)} of {len(names)} items could not be written to the key-value namespace "
            f"{self.name!r}, first for: {first} The others are; `failed` and `done` list the "
            f"names. It is safe to repeat the whole batch.",
            [name for name in names if name not in failed],
            failed,
        )

    def _find_namespace(self) -> Flow[str | None]:
        """Return the id of the key-value namespace, or `None` if it does not exist."""
        if self._id is not None:
            return self._id
        found = yield from self._lookup()
        return None if found is None else (yield from self._wait_until_usable(found))

    def _create_namespace(self) -> Flow[str]:
        """Return the id of the key-value namespace; create it unless it exists."""
        namespace_id = yield from self._find_namespace()
        if namespace_id is not None:
            return namespace_id
        try:
            namespace = yield from self._kvs.create(self.name)
        except ConflictError:
            found = yield from self._lookup()  # another writer created it first
            if found is None:
                raise
            namespace = found
        return (yield from self._wait_until_usable(namespace))

    def _lookup(self) -> Flow[KVNamespace | None]:
        spaces = yield from every(self._kvs.list(page_size=_LARGEST_PAGE))
        return next((space for space in spaces if space.name == self.name), None)

    def _wait_until_usable(self, space: KVNamespace) -> Flow[str]:
        if space.status != _USABLE:
            yield from self._kvs.wait(space.id, timeout=self._wait_timeout)
        self._id = space.id
        return space.id
