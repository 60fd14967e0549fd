"""`AddToStore`: the text of each row to a vector store."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property, partial
from os import PathLike
from typing import Unpack

from langchain_core.documents import Document

from langchain_telnyx._shared.connect import connect
from langchain_telnyx._shared.manifest import Entry, digest, manifest_key
from langchain_telnyx.batch.models import CHARACTERS_PER_TOKEN, canonical
from langchain_telnyx.batch.rows import ColumnType, Row, name_of, text_in
from langchain_telnyx.batch.stage import RateLimiter, Result, RowEstimate, Stage
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.client.write_errors import InvalidDocumentsError, PartialWriteError
from langchain_telnyx.types import TelnyxOptions
from langchain_telnyx.vectorstores import TelnyxVectorStore


class AddToStore(Stage):
    """Adds texts to a `TelnyxVectorStore`: the column `text` to `document_id`.

    A document without an id gets one from its text and metadata, so a repeated write changes
    nothing. The manifest spares the upload, too; delete it to write again, for example after the
    bucket was emptied.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md

    Args:
        bucket: The bucket of the store.
        column: The column with the text.
        id_column: The column with the ids of documents. Default: ids are derived.
        metadata: The columns that become metadata of the documents.
        documents_per_write: Number of documents that are written, and waited for, together.
        wait: Whether to wait until the documents are embedded; then `error` reports those that are
            not.
        price_per_million_tokens: USD for embedding, for estimates: see your price list.
        manifest: See `Stage`.
        max_concurrency: Number of writes at a time, in this process; each uploads up to 16
            documents at a time.
        rate_limiter: See `Stage`. A write counts once.
        client: A `Telnyx` client to use instead of the options below.
        **options: `api_key`, `base_url`, `storage_url` and so on: see `Telnyx`.

    Raises:
        ValueError: The bucket's name breaks the rules.

    Example:
        ```python
        from langchain_telnyx.batch import AddToStore

        add = AddToStore("my-calls", metadata=["caller"])
        batch = add({"text": ["Hello, this is Ann."], "caller": ["Ann"]})
        print(batch["document_id"], batch["error"])
        ```
    """

    columns: Mapping[str, ColumnType] = {"document_id": "string"}

    def __init__(
        self,
        bucket: str,
        *,
        column: str = "text",
        id_column: str | None = None,
        metadata: Sequence[str] = (),
        documents_per_write: int = 100,
        wait: bool = True,
        price_per_million_tokens: float | None = None,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 1,
        rate_limiter: RateLimiter | None = None,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        super().__init__(
            manifest=manifest, max_concurrency=max_concurrency, rate_limiter=rate_limiter
        )
        self._telnyx = connect(client, **options)
        self._bucket = TelnyxVectorStore(bucket, client=self._telnyx).bucket
        self._column = column
        self._id_column = id_column
        self._metadata = list(metadata)
        self._wait = wait
        self._unit_size = documents_per_write  # type: ignore[misc]  # of this instance
        self._price = (
            None
            if price_per_million_tokens is None
            else Decimal(str(price_per_million_tokens)) / 1_000_000
        )

    def check(self) -> None:
        """Check that there is a key; see `Stage.check`."""
        self._telnyx.config.key()

    def estimated(self, row: Row, tokens: int | None) -> RowEstimate:
        """Return what embedding a document is expected to cost, with 4 characters a token."""
        text = row.get(self._column)
        known = len(text) // CHARACTERS_PER_TOKEN + 1 if isinstance(text, str) else tokens or 0
        return RowEstimate(None if self._price is None else self._price * known, tokens)

    @cached_property
    def _store(self) -> TelnyxVectorStore:
        return TelnyxVectorStore(self._bucket, client=self._telnyx, wait=self._wait)

    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        results: dict[int, Result] = {}
        documents: dict[int, Document] = {}
        for at, row in enumerate(rows):
            try:
                documents[at] = self._document(row)
            except (TypeError, ValueError) as error:
                results[at] = Result(error=error)
        keys = {at: self._key(document) for at, document in documents.items()}

        def request(missing_keys: Sequence[str]) -> Flow[list[Entry]]:
            chosen = set(missing_keys)
            written = yield from self._write(
                {at: each for at, each in documents.items() if keys[at] in chosen}
            )
            results.update(written)
            return [
                (keys[at], name_of(rows[at]), result.columns["document_id"])
                for at, result in written.items()
                if result.error is None
            ]

        saved = yield from self._saved_or_requested(list(keys.values()), request)
        for at, key in keys.items():
            if at not in results:
                results[at] = Result({"document_id": saved[key]})
        return [results[at] for at in range(len(rows))]

    def _write(self, documents: Mapping[int, Document]) -> Flow[dict[int, Result]]:
        """Write documents, and return the result of each, by position."""
        at, listed = list(documents), list(documents.values())
        store = self._store

        def write() -> Flow[list[str]]:
            return (
                yield from run_external(
                    partial(store.add_documents, listed), partial(store.aadd_documents, listed)
                )
            )

        try:
            ids = yield from self._paid(write)
        except InvalidDocumentsError as error:
            # Nothing was sent: without the invalid ones.
            invalid = {at[place]: ValueError(why) for place, why in error.problems.items()}
            if not invalid:
                raise
            valid = {place: each for place, each in documents.items() if place not in invalid}
            results = {place: Result(error=why) for place, why in invalid.items()}
            return results | ((yield from self._write(valid)) if valid else {})
        except PartialWriteError as error:
            return self._outcomes(documents, error)
        return {place: Result({"document_id": id_}) for place, id_ in zip(at, ids, strict=True)}

    def _outcomes(
        self, documents: Mapping[int, Document], error: PartialWriteError
    ) -> dict[int, Result]:
        at = list(documents)
        outcomes = [
            *error.searchable,
            *error.not_embedded,
            *error.not_stored,
            *error.not_replaced,
        ]
        results: dict[int, Result] = {}
        by_id: dict[str, Result] = {}
        for outcome in outcomes:
            why = error.failed.get(outcome.id)
            result = Result({"document_id": outcome.id}, error=why)
            results[at[outcome.position]] = by_id[outcome.id] = result
        for place, document in documents.items():
            # Of documents with the same id only the last is written.
            if place not in results:
                results[place] = by_id.get(str(document.id), Result(error=error))
        return results

    def _document(self, row: Row) -> Document:
        text = text_in(row, self._column)
        if missing := [name for name in self._metadata if name not in row]:
            raise ValueError(f"The row has no column {missing[0]!r} for the metadata.")
        id_ = None if self._id_column is None else row.get(self._id_column)
        if id_ is not None and not isinstance(id_, str):
            raise ValueError(f"The id {id_!r} is of type {type(id_).__name__}: convert it to text.")
        return Document(text, id=id_, metadata={name: row[name] for name in self._metadata})

    def _key(self, document: Document) -> str:
        content = canonical([document.page_content, document.id, document.metadata])
        config = self._telnyx.config
        return manifest_key(digest(content), {"store": [self._bucket, config.storage_url]})
