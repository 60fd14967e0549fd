"""A bucket of documents: how it is made, and what the service is asked for it to hold."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from langchain_telnyx._buckets.creating import ensured
from langchain_telnyx._buckets.docstore import Docstore
from langchain_telnyx._buckets.documents import id_prefix, named
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.endpoint import Described
from langchain_telnyx.client.errors import (
    NotFoundError,
    PartialError,
    TelnyxError,
)
from langchain_telnyx.client.flows import every, together
from langchain_telnyx.client.namespaces import Namespaces

# Up to here a listing for each id costs less than one page of the whole bucket.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of documents, and how the service is to embed it.

    Attributes:
        calls: Describes calls.
        name: The bucket.
        embedding_model: The model that embeds it.
        chunk_size: Size of a passage.
        chunk_overlap: What passages share with their neighbours.
        max_concurrency: Uploads and deletions at a time.
        wait_timeout: Seconds to wait for the service at most.
        docstore: Where metadata lies that is too large for a key.
    """

    calls: Namespaces[Described]
    name: str
    embedding_model: str
    chunk_size: int | None
    chunk_overlap: int | None
    max_concurrency: int
    wait_timeout: float | None
    docstore: Docstore | None

    def ensure(self) -> Flow[None]:
        """Create the bucket unless it is there."""
        return ensured(self.calls, self.name)

    def check(self) -> Flow[None]:
        """Look whether the bucket is there.

        Raises:
            NotFoundError: It is not.
        """
        try:
            yield from self.calls.storage.head_bucket(self.name)
        except NotFoundError as error:
            raise NotFoundError(
                f"There is no bucket {self.name!r} in this region: check its name and `region`, or "
                f"create it with `create_bucket()`. ({error.message})",
                error.response,
            ) from error

    def each(
        self,
        flows: Mapping[str, Callable[[], Steps[object]]],
        on_each: Callable[[], None] | None = None,
    ) -> Flow[dict[str, TelnyxError]]:
        """Run a flow for each name, and return the errors by name."""
        results = yield from together(
            list(flows.values()), width=self.max_concurrency, on_each=on_each
        )
        return {
            name: result
            for name, result in zip(flows, results, strict=True)
            if isinstance(result, TelnyxError)
        }

    def listed(self, prefix: str | None = None) -> Flow[list[StoredObject]]:
        """List the bucket's objects, or those whose keys begin with a prefix."""
        return every(self.calls.storage.list_objects(self.name, prefix=prefix))

    def keys(self, ids: Sequence[str]) -> Flow[dict[str, list[str]]]:
        """Return the keys under which ids are stored: one each, or none."""
        wanted = set(ids)
        items = None
        if len(wanted) > _FEW:
            # As many pages, one by one, as there would be rounds of listings for each id.
            items = yield from self._listed_within(1 + len(wanted) // max(1, self.max_concurrency))
        if items is None:
            items = yield from self._listed_by_id(wanted)
        keys: dict[str, list[str]] = {}
        for item in items:
            id_ = named(item.key).id
            if id_ in wanted:
                keys.setdefault(id_, []).append(item.key)
        return keys

    def partial(
        self, what: str, done: Sequence[str], failed: Mapping[str, TelnyxError]
    ) -> PartialError:
        """Return the error that says of which keys something was done, and of which it failed."""

        def id_of(key: str) -> str:
            return named(key).id or key

        first = next(iter(failed.values()))
        return PartialError(
            f"{len(failed)} of {len(failed) + len(done)} documents could not be {what} in bucket "
            f"{self.name!r}, first for: {first}. The others are; `failed` and `done` tell which. "
            f"Repeating the whole does no harm.",
            [id_of(key) for key in done],
            {id_of(key): error for key, error in failed.items()},
        )

    def _listed_within(self, pages: int) -> Flow[list[StoredObject] | None]:
        """List the bucket's objects, unless there are more than so many pages of them."""
        listing = self.calls.storage.list_objects(self.name)
        items: list[StoredObject] = []
        cursor: str | None = None
        for _ in range(pages):
            page = yield from listing.call(cursor)
            items += page.items
            cursor = page.cursor
            if cursor is None:
                return items
        return None

    def _listed_by_id(self, ids: Collection[str]) -> Flow[list[StoredObject]]:
        listings = yield from together(
            [partial(self.listed, id_prefix(id_)) for id_ in ids], width=self.max_concurrency
        )
        items: list[StoredObject] = []
        for listing in listings:
            if isinstance(listing, TelnyxError):
                raise listing
            items += listing
        return items
