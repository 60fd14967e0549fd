"""The part of `TelnyxVectorStore` that manages what is stored, on both faces."""

import builtins
from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client.call import Flow
from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.deletion import delete_all, delete_ids, drop
from langchain_telnyx.vectorstores.listing import list_documents, on_metadata
from langchain_telnyx.vectorstores.reads import read
from langchain_telnyx.vectorstores.search_mixin import Searchable
from langchain_telnyx.vectorstores.settings import reembed

_Conditions = Mapping[str, Any]


class Managed(Searchable, ABC):
    """A vector store on a bucket whose documents can be read, listed and deleted."""

    _bucket: Bucket
    _wait: bool

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; missing ones are left out.

        Args:
            ids: The ids of documents, and the keys of files.

        Raises:
            TypeError: `ids` is a single text.
            PartialError: Some could not be fetched; `partial` holds the others, and `failed` has
                the ids of those with the reasons.
        """
        return self._telnyx.send(read(self._bucket, _ids(ids)))

    async def aget_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; see `get_by_ids`."""
        return await self._telnyx.aio.send(read(self._bucket, _ids(ids)))

    def list(
        self,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
    ) -> builtins.list[ListedDocument]:
        """List documents and files with their metadata, without their texts.

        One request lists 1,000 of them, at no price of a search. Metadata that does not fit into a
        key costs a request each the first time.

        Args:
            filter: Conditions on the metadata, as in `similarity_search`; not a function.

        Raises:
            TypeError: The filter is a function.
            ValueError: The filter is malformed.
            NotFoundError: There is no such bucket.
        """
        return self._telnyx.send(list_documents(self._bucket.resolver, filter))

    async def alist(
        self,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
    ) -> builtins.list[ListedDocument]:
        """List documents and files with their metadata; see `list`."""
        return await self._telnyx.aio.send(list_documents(self._bucket.resolver, filter))

    def count(
        self,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
    ) -> int:
        """Count documents and files; see `list`.

        Args:
            filter: Conditions on the metadata; not a function.
        """
        return len(self.list(filter))

    async def acount(
        self,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
    ) -> int:
        """Count documents and files; see `list`."""
        return len(await self.alist(filter))

    def delete(
        self,
        ids: builtins.list[str] | None = None,
        *,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
        all: bool = False,  # noqa: A002 - says what it does
        **unknown: Any,
    ) -> bool:
        """Delete documents and files.

        Args:
            ids: The ids of documents, and the keys of files; missing ones are not an error.
            filter: Deletes what passes these conditions on the metadata; not a function.
            all: Deletes every object of the bucket.
            **unknown: Refused.

        Returns:
            True.

        Raises:
            TypeError: A keyword is unknown, or `ids` is a single text.
            ValueError: None of `ids`, `filter` and `all` is given, or several are.
            PartialError: Some could not be deleted; `done` and `failed` have their ids.
        """
        self._telnyx.send(self._delete(ids, filter, unknown, everything=all))
        return True

    async def adelete(
        self,
        ids: builtins.list[str] | None = None,
        *,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
        all: bool = False,  # noqa: A002 - says what it does
        **unknown: Any,
    ) -> bool:
        """Delete documents and files; see `delete`."""
        await self._telnyx.aio.send(self._delete(ids, filter, unknown, everything=all))
        return True

    def create_bucket(self) -> None:
        """Create the bucket unless it exists; the first write does so too.

        Raises:
            ConflictError: The name belongs to another customer, or to another region.
        """
        self._telnyx.send(self._bucket.ensure())

    async def acreate_bucket(self) -> None:
        """Create the bucket unless it exists; see `create_bucket`."""
        await self._telnyx.aio.send(self._bucket.ensure())

    def delete_bucket(self) -> None:
        """Delete the bucket with its objects, embeddings and metadata; it may be gone already."""
        self._telnyx.send(drop(self._bucket))

    async def adelete_bucket(self) -> None:
        """Delete the bucket with its objects, embeddings and metadata; see `delete_bucket`."""
        await self._telnyx.aio.send(drop(self._bucket))

    def reembed(self) -> None:
        """Embed every object of the bucket anew, with the store's model and sizes.

        The vendor charges for every object as for a first embedding. Writes never do this.

        Raises:
            NotFoundError: There is no such bucket.
            TaskError: The service could not embed some; `reasons` has them by key.
            TaskTimeoutError: It is not done within `wait_timeout`.
        """
        self._telnyx.send(reembed(self._bucket, wait=self._wait))

    async def areembed(self) -> None:
        """Embed every object of the bucket anew; see `reembed`."""
        await self._telnyx.aio.send(reembed(self._bucket, wait=self._wait))

    def _delete(
        self,
        ids: Iterable[str] | None,
        conditions: _Conditions | None,
        unknown: Mapping[str, Any],
        *,
        everything: bool,
    ) -> Flow[None]:
        if unknown:
            names = ", ".join(f"`{name}`" for name in unknown)
            raise TypeError(f"`delete` takes no {names}: give `ids`, `filter` or `all=True`.")
        if sum([ids is not None, conditions is not None, everything]) != 1:
            raise ValueError(
                "Say what to delete by one of `ids`, `filter` and `all=True`, which empties the "
                "bucket. `delete_bucket()` deletes the bucket itself."
            )
        if everything:
            return delete_all(self._bucket, wait=self._wait)
        if ids is not None:
            return delete_ids(self._bucket, _ids(ids), wait=self._wait)
        return self._delete_passing(on_metadata(conditions or {}))

    def _delete_passing(self, conditions: _Conditions) -> Flow[None]:
        if not conditions:
            raise ValueError("The filter is empty, so everything passes: use `all=True` for that.")
        listed = yield from list_documents(self._bucket.resolver, conditions)
        yield from delete_ids(self._bucket, [each.id for each in listed], wait=self._wait)


def _ids(ids: Iterable[str]) -> builtins.list[str]:
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise TypeError(f"`ids` is a {type(ids).__name__}: give a list of ids.")
    listed = [*ids]
    for position, id_ in enumerate(listed):
        if not isinstance(id_, str):
            raise TypeError(
                f"The id at position {position} is of type {type(id_).__name__}: give `str(id)`."
            )
    return listed
