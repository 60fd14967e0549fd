"""The methods of `TelnyxVectorStore` that read, list and delete documents, sync and async."""

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
from langchain_telnyx.vectorstores.search_mixin import SearchMixin
from langchain_telnyx.vectorstores.settings import reembed

_Conditions = Mapping[str, Any]


class ManagementMixin(SearchMixin, ABC):
    """Methods of a vector store to read, list and delete its documents."""

    _bucket: Bucket
    _wait: bool

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return whole documents, in the order of the ids; missing ones are skipped.

        Args:
            ids: The ids of documents, and the keys of files.

        Raises:
            TypeError: `ids` is a single text.
            PartialError: Some could not be fetched; `partial` has the others, and `failed` the
                errors by id.
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

        One request lists 1,000 of them, without the price of a search. Metadata that does not fit
        into a key costs one request per document the first time.

        Args:
            filter: Conditions on the metadata, as in `similarity_search`; not a function.

        Raises:
            TypeError: The filter is a function.
            ValueError: The filter is malformed.
            NotFoundError: The bucket does not exist.
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
        all: bool = False,  # noqa: A002 - the clearest name
        **unknown: Any,
    ) -> bool:
        """Delete documents and files.

        Args:
            ids: The ids of documents, and the keys of files; missing ones are not an error.
            filter: Deletes the documents that pass these conditions on the metadata; not a
                function.
            all: Deletes every object of the bucket.
            **unknown: Unsupported; raises a `TypeError`.

        Returns:
            True.

        Raises:
            TypeError: A keyword is unknown, or `ids` is a single text.
            ValueError: Not exactly one of `ids`, `filter` and `all` is given.
            PartialError: Some could not be deleted; `done` and `failed` have their ids.
        """
        self._telnyx.send(self._delete(ids, filter, unknown, everything=all))
        return True

    async def adelete(
        self,
        ids: builtins.list[str] | None = None,
        *,
        filter: _Conditions | None = None,  # noqa: A002 - LangChain's word
        all: bool = False,  # noqa: A002 - the clearest name
        **unknown: Any,
    ) -> bool:
        """Delete documents and files; see `delete`."""
        await self._telnyx.aio.send(self._delete(ids, filter, unknown, everything=all))
        return True

    def create_bucket(self) -> None:
        """Create the bucket unless it exists, as the first write does.

        Raises:
            ConflictError: The name belongs to another customer, or to another region.
        """
        self._telnyx.send(self._bucket.ensure())

    async def acreate_bucket(self) -> None:
        """Create the bucket unless it exists; see `create_bucket`."""
        await self._telnyx.aio.send(self._bucket.ensure())

    def delete_bucket(self) -> None:
        """Delete the bucket with its objects, embeddings and metadata, if it exists."""
        self._telnyx.send(drop(self._bucket))

    async def adelete_bucket(self) -> None:
        """Delete the bucket with its objects, embeddings and metadata; see `delete_bucket`."""
        await self._telnyx.aio.send(drop(self._bucket))

    def reembed(self) -> None:
        """Embed every object of the bucket again, with the store's model and sizes.

        Telnyx charges for every object as for a first embedding. Writes never do this.

        Raises:
            NotFoundError: The bucket does not exist.
            TaskError: The service could not embed some objects; `reasons` has the reasons by key.
            TaskTimeoutError: The task did not end within `wait_timeout`.
        """
        self._telnyx.send(reembed(self._bucket, wait=self._wait))

    async def areembed(self) -> None:
        """Embed every object of the bucket again; see `reembed`."""
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
            raise TypeError(f"`delete` does not accept {names}: use `ids`, `filter` or `all`.")
        if sum([ids is not None, conditions is not None, everything]) != 1:
            raise ValueError(
                "Pass exactly one of `ids`, `filter` and `all=True`, which deletes all documents. "
                "`delete_bucket()` deletes the bucket itself."
            )
        if everything:
            return delete_all(self._bucket, wait=self._wait)
        if ids is not None:
            return delete_ids(self._bucket, _ids(ids), wait=self._wait)
        return self._delete_passing(on_metadata(conditions or {}))

    def _delete_passing(self, conditions: _Conditions) -> Flow[None]:
        if not conditions:
            raise ValueError("The filter is empty, so every document passes: use `all=True`.")
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
