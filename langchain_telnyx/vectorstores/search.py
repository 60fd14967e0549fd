"""Searching buckets: as wide as it takes for `k` documents that pass, merged, best first.

The service searches one bucket by a query and a number of passages, and knows nothing else. What
else is asked for (a filter, one passage a document) is done here: more passages are fetched than
asked for, and more again, until enough pass, the bucket has no more, or `fetch_k` is reached.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from langchain_core.documents import Document

from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.api.storage import checked_bucket_name
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.endpoint import DeferredCalls
from langchain_telnyx.client.errors import (
    BadRequestError,
    NotFoundError,
    TelnyxError,
    UnprocessableEntityError,
)
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket import newest_last
from langchain_telnyx.vectorstores.filters import Filter, Matcher, matcher
from langchain_telnyx.vectorstores.listing import list_documents
from langchain_telnyx.vectorstores.locations import Places
from langchain_telnyx.vectorstores.reads import whole_texts
from langchain_telnyx.vectorstores.resolution import Text

FETCH_LIMIT = 1000
# A search costs the same however many passages it returns: begin wide, and grow fast.
_FIRST = 20
_GROWTH = 4
# Searches at most for documents that are replaced while they are looked up.
_LOOKS = 4


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        query: What to look for.
        k: How many passages, or documents.
        filter: Which documents count.
        score_threshold: Certainty below which passages do not count.
        per_document: Whether only the best passage of each document counts.
        whole_documents: Whether each passage is replaced by its document; implies `per_document`.
        fetch_k: Passages to fetch of a bucket at most, if more than `k`.
        hit_metadata_key: Under which key of the metadata to tell score, rank, bucket and file name.
        buckets: The buckets to search, instead of those that are searched by default.
        least: Passages that suffice where the service refuses to return `k`.
    """

    query: str
    k: int
    filter: Filter | None = None
    score_threshold: float | None = None
    per_document: bool = False
    whole_documents: bool = False
    fetch_k: int = FETCH_LIMIT
    hit_metadata_key: str | None = None
    buckets: Sequence[str] | None = None
    least: int | None = None

    def __post_init__(self) -> None:
        for name, number in (("k", self.k), ("fetch_k", self.fetch_k)):
            if number < 1:
                raise ValueError(f"`{name}` is {number}: ask for 1 at least.")
        for name in self.buckets or ():
            checked_bucket_name(name)
        if self.score_threshold is not None and not 0 <= self.score_threshold <= 1:
            raise ValueError(
                f"`score_threshold` is {self.score_threshold}: certainties lie between 0 and 1."
            )

    @property
    def fewest(self) -> int:
        """The smallest number of passages that is worth a search."""
        return self.k if self.least is None else min(self.k, self.least)

    @property
    def one_each(self) -> bool:
        """Whether of each document only the best passage counts."""
        return self.per_document or self.whole_documents


class Match(NamedTuple):
    """A passage that passed.

    Attributes:
        document: The passage.
        hit: What the service said of it.
        bucket: Where it was found.
        key: The key of the object it is from.
        note: What else to report about the search, with the hit.
    """

    document: Document
    hit: Hit
    bucket: str
    key: str = ""
    note: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Searcher:
    """Some buckets to search.

    Attributes:
        calls: Describes calls.
        buckets: Their names.
        places: Where the metadata of each bucket lies, and what is known about it.
        unembedded: What to do about a bucket that is not embedded or does not exist; it finds
            nothing there, unless this raises an error.
    """

    calls: Namespaces[DeferredCalls]
    buckets: Sequence[str]
    places: Places
    unembedded: Callable[[], Steps[None]] | None = None

    def search(self, asked: Search) -> Flow[list[tuple[Document, float]]]:
        """Find documents with their certainty, best first.

        Raises:
            ValueError: The filter cannot be; nothing was asked.
            NotFoundError: A bucket is not embedded or does not exist.
        """
        matches = yield from self.matches(asked)
        return (yield from self.finished(matches, asked))

    def matches(self, asked: Search) -> Flow[list[Match]]:
        """Find passages that pass, best first."""
        passes = None if asked.filter is None else matcher(asked.filter)
        names = asked.buckets or self.buckets
        searches = {name: partial(self._search_one, name, asked, passes) for name in names}
        if len(searches) == 1:
            [search] = searches.values()
            return (yield from search())
        answers = yield from concurrently(list(searches.values()))
        matches: list[Match] = []
        failed: dict[str, TelnyxError] = {}
        for name, answer in zip(searches, answers, strict=True):
            if isinstance(answer, TelnyxError):
                failed[name] = answer
            else:
                matches += answer
        if failed:
            raise _first(failed)
        return sorted(matches, key=lambda match: match.hit.distance)[: asked.k]

    def finished(
        self, matches: Sequence[Match], asked: Search
    ) -> Flow[list[tuple[Document, float]]]:
        """Make of passages what was asked for: whole documents, with what is known of the hits."""
        if asked.whole_documents:
            places = [(match.bucket, match.key) for match in matches]
            texts = yield from whole_texts(self.calls, places)
            for match, text in zip(matches, texts, strict=True):
                if text is not None:
                    match.document.page_content = text
        if asked.hit_metadata_key is not None:
            for rank, match in enumerate(matches, 1):
                # What the document has of its own under that key is not covered.
                match.document.metadata.setdefault(asked.hit_metadata_key, _told(match, rank))
        return [(match.document, match.hit.certainty) for match in matches]

    def _search_one(self, name: str, asked: Search, passes: Matcher | None) -> Flow[list[Match]]:
        try:
            return (yield from self._widening(name, asked, passes))
        except NotFoundError as error:
            if self.unembedded is None or name not in self.buckets:
                raise _missing([name], error) from error
            yield from self.unembedded()
            return []
        except TelnyxError as error:
            error.add_note(f"It was bucket {name!r} that was searched.")
            raise

    def _widening(self, name: str, asked: Search, passes: Matcher | None) -> Flow[list[Match]]:
        memory = self.places.of(name).memory
        most = max(asked.k, asked.fetch_k)
        count = asked.k
        if passes is not None or asked.one_each:
            count = min(most, max(_FIRST, asked.k * _GROWTH))
        matches: list[Match] = []
        before, looks = 0, 0
        while True:
            count = _within(memory.search_cap, count, asked.fewest)
            try:
                hits = yield from self.calls.bucket_embeddings.similarity_search(
                    name, asked.query, num_of_docs=count
                )
            except (BadRequestError, UnprocessableEntityError):
                # The most passages that the service returns is not documented.
                smaller = max(asked.fewest, count // 2)
                if smaller >= count and not before:
                    raise
                memory.search_cap = max(smaller, before)
                if memory.search_cap <= before:
                    return (yield from self._shortened(name, asked, passes, matches, before))
                count = memory.search_cap
                continue
            certain = _above(asked.score_threshold, hits)
            matches, deleted = yield from self._passing(name, certain, asked, passes)
            looks += deleted
            if deleted and len(matches) < asked.k and looks < _LOOKS:
                continue  # an update replaced a document between the search and the look
            if len(matches) == asked.k or len(certain) < len(hits):
                return matches
            capped = memory.search_cap is not None and count >= memory.search_cap
            # A passage that cannot be read is one that the bucket has, all the same.
            if hits.given < count or hits.given <= before or count >= most or capped:
                return (yield from self._shortened(name, asked, passes, matches, hits.given))
            before = hits.given
            count = min(most, count * _GROWTH)

    def _passing(
        self, bucket: str, hits: Sequence[Hit], asked: Search, passes: Matcher | None
    ) -> Flow[tuple[list[Match], bool]]:
        """Return the first matches among hits, and whether an object was deleted meanwhile."""
        resolver = self.places.of(bucket)
        texts = [
            resolver.text_of_hit(
                hit.metadata.filename or "", hit.metadata.source, hit.document_chunk
            )
            for hit in hits
        ]
        newest = _newest(texts)
        current = [
            (hit, text)
            for hit, text in zip(hits, texts, strict=True)
            if text.parsed is None or newest_last(text.parsed) == newest[text.parsed.stem]
        ]
        documents = yield from resolver.documents([text for _, text in current])
        matches: list[Match] = []
        seen: set[str] = set()
        for (hit, text), document in zip(current, documents, strict=True):
            if len(matches) == asked.k:
                break
            if document is None or (asked.one_each and text.key in seen):
                continue
            if passes is None or passes(document):
                matches.append(Match(document, hit, bucket, text.key))
                seen.update([text.key] if text.key else [])
        return matches, None in documents

    def _shortened(
        self,
        name: str,
        asked: Search,
        passes: Matcher | None,
        matches: list[Match],
        fetched: int,
    ) -> Flow[list[Match]]:
        """Return fewer matches than asked for, and warn where more documents pass the filter."""
        if passes is None or asked.score_threshold is not None:
            return matches
        if not isinstance(asked.filter, Mapping):
            if fetched >= max(asked.k, asked.fetch_k):
                _warn(name, asked, fetched, f"{len(matches)} of k={asked.k} were found")
            return matches
        listed = yield from list_documents(self.places.of(name), asked.filter)
        found = {match.document.id for match in matches}
        missing = sum(document.id not in found for document in listed)
        if missing:
            passing = f"{len(listed)} documents pass the filter, and {len(found)} were found"
            _warn(name, asked, fetched, passing)
            note = {"complete": False, "documents_passing": len(listed)}
            return [match._replace(note=note) for match in matches]
        return matches


def _within(cap: int | None, count: int, fewest: int) -> int:
    return count if cap is None else max(fewest, min(cap, count))


def _newest(texts: Sequence[Text]) -> dict[str, tuple[str, str]]:
    """Return the newest version of each document among passages, by its stem."""
    newest: dict[str, tuple[str, str]] = {}
    for text in texts:
        if text.parsed is not None:
            order = newest_last(text.parsed)
            newest[text.parsed.stem] = max(newest.get(text.parsed.stem, order), order)
    return newest


def _warn(bucket: str, asked: Search, fetched: int, found: str) -> None:
    limit = (
        f"`fetch_k={asked.fetch_k}`"
        if fetched >= asked.fetch_k
        else "the most passages that the service returns"
    )
    warnings.warn(
        f"The search of bucket {bucket!r} with a filter ended after {fetched} passages ({limit}): "
        f"{found}. Raise `fetch_k`, or store documents that are searched alone in a bucket of "
        f"their own.",
        UserWarning,
        stacklevel=2,
    )


def _above(threshold: float | None, hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if threshold is None or hit.certainty >= threshold]


def _told(match: Match, rank: int) -> dict[str, Any]:
    return {
        "score": match.hit.certainty,
        "rank": rank,
        "bucket": match.bucket,
        "filename": match.hit.metadata.filename,
        **(match.note or {}),
    }


def _first(failed: dict[str, TelnyxError]) -> TelnyxError:
    """Return the error to raise for several buckets: one that names all that are missing."""
    errors = list(failed.values())
    others = [error for error in errors if not isinstance(error, NotFoundError)]
    missing = [error for error in errors if isinstance(error, NotFoundError)]
    return others[0] if others else _missing(list(failed), missing[0])


def _missing(names: Sequence[str], error: NotFoundError) -> NotFoundError:
    listed = ", ".join(repr(name) for name in names)
    return NotFoundError(
        f"Not embedded, or not there: bucket {listed}. Check the name, or have it embedded.",
        error.response,
    )
