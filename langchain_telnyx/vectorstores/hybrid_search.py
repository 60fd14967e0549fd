"""Hybrid search: exact words beside meaning.

Documents whose ids, file names or metadata contain rare words of the query become candidates, even
if the service did not return them. Their texts are read, and the best part of each is its passage.
The ranks of the service, of the words (BM25) and of the metadata are fused.
"""

import copy
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from langchain_telnyx.client.api.bucket_embeddings import Hit, HitMetadata
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.types import ListedDocument
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.document_resolver import DocumentResolver
from langchain_telnyx.vectorstores.filters import Matcher, is_on_metadata
from langchain_telnyx.vectorstores.keys import parse_key
from langchain_telnyx.vectorstores.listing import list_documents
from langchain_telnyx.vectorstores.ranking.bm25 import bm25
from langchain_telnyx.vectorstores.ranking.fusion import fuse
from langchain_telnyx.vectorstores.ranking.metadata_index import MetadataIndex, words_of
from langchain_telnyx.vectorstores.reads import whole_texts
from langchain_telnyx.vectorstores.search_request import Match, SearchRequest

# The most documents of a bucket that are read because of their metadata.
_MOST_READ = 20
# Seconds for which the listing of a bucket is used again.
_INDEX_AGE = 60.0
# The distance of a certainty of 0: the service did not compare the document.
_NOT_COMPARED = 2.0
# Parts of a text, each up to 1,000 characters, which end at white space where possible.
_PART = re.compile(r"\S(?:.{0,999}(?<=\S)(?=\s|\Z)|.{0,999})", re.DOTALL)


def with_metadata_matches(
    searcher: BucketSearch,
    request: SearchRequest,
    passes: Matcher | None,
    found: Sequence[Match],
) -> Flow[list[Match]]:
    """Add the documents that the query's rare words find, and fuse the ranks.

    Args:
        searcher: The buckets.
        request: The request.
        passes: Its filter.
        found: The passages that the service found, best first.

    Raises:
        TelnyxError: A bucket could not be listed, or a document could not be read; `partial` has
            the passages that the service found.
    """
    names = list(dict.fromkeys(request.buckets or searcher.buckets))
    results = yield from concurrently(
        [
            _Bucket(
                searcher,
                name,
                request,
                passes,
                [match for match in found if match.bucket == name],
            ).matches
            for name in names
        ]
    )
    by_metadata: list[Match] = []
    for name, result in zip(names, results, strict=True):
        if isinstance(result, TelnyxError):
            result.partial = [match.document for match in found]
            result.add_note(f"The bucket searched was {name!r}.")
            raise result
        by_metadata += result
    return _fused(request, found, by_metadata)


@dataclass(frozen=True, slots=True)
class _Bucket:
    """One of the buckets searched.

    Attributes:
        searcher: Searches the buckets.
        name: The bucket.
        request: The request.
        passes: Its filter.
        found: The passages that the service found in this bucket.
    """

    searcher: BucketSearch
    name: str
    request: SearchRequest
    passes: Matcher | None
    found: Sequence[Match]

    def matches(self) -> Flow[list[Match]]:
        """Return one match of each document whose metadata has rare words, best first."""
        passages = [match.hit.document_chunk for match in self.found]
        resolver = self.searcher.resolvers.get(self.name)
        for may_be_old in (True, False):
            index, is_old = yield from _index(resolver, may_be_old=may_be_old)
            documents = index.matching(self.request.phrasings, passages)
            matches, deleted = yield from self._read(documents)
            if not (deleted and is_old):
                break  # otherwise another program changed the bucket since it was listed
        return matches

    def _read(self, documents: Sequence[ListedDocument]) -> Flow[tuple[list[Match], bool]]:
        """Return a match of each document, and whether some were deleted or replaced meanwhile.

        Documents that the service found, too, are not read: their best passage is known.
        """
        known: dict[str | None, list[Match]] = {}
        for match in self.found:
            known.setdefault(match.document.id, []).append(match)
        unknown = [each for each in documents if each.id not in known and self._may_pass(each)]
        # Their score is 0, so no threshold lets them pass.
        unknown = [] if self.request.score_threshold else unknown[:_MOST_READ]
        places = [(self.name, _whole(each.key)) for each in unknown]
        texts = yield from whole_texts(self.searcher.resolvers, places)
        best = {id_: self._best(matches) for id_, matches in known.items()}
        deleted = False
        for each, text in zip(unknown, texts, strict=True):
            if text is not None and text.strip():
                match = self._match(each, text)
                if self.passes is None or self.passes(match.document):
                    best[each.id] = match
            deleted |= text is None and each.id != each.key
        return [best[each.id] for each in documents if each.id in best], deleted

    def _may_pass(self, listed: ListedDocument) -> bool:
        """Return whether a document may pass the filter, by its metadata."""
        if self.passes is None or not is_on_metadata(self.request.filter):
            return True
        return self.passes(Document("", id=listed.id, metadata=listed.metadata))

    def _match(self, listed: ListedDocument, text: str) -> Match:
        """Return the best part of a document, or its best chunk, as a match."""
        entry = self.searcher.resolvers.get(self.name).cache.parents.get(_whole(listed.key))
        chunks = None if entry is None else entry.chunks
        places = () if chunks is None else chunks.places
        numbers = [number for number, place in enumerate(places, 1) if place is not None]
        parts = [text[place.start : place.end] for place in places if place is not None]
        parts = parts or _PART.findall(text)
        scores = _scores(self.request, parts)
        at = max(range(len(parts)), key=scores.__getitem__)
        best = parts[at]
        # Entries of the index are shared by searches, and the metadata of results may be changed.
        document = Document(best, id=listed.id, metadata=copy.deepcopy(listed.metadata))
        parsed = parse_key(listed.key)
        name = parsed.chunk_key(numbers[at]) if parsed and numbers else listed.key
        hit = Hit(document_chunk=best, distance=_NOT_COMPARED, metadata=HitMetadata(filename=name))
        match = Match(document, hit, self.name, _whole(listed.key))
        return match.of_chunk(numbers[at], chunks) if numbers else match

    def _best(self, matches: Sequence[Match]) -> Match:
        scores = _scores(self.request, [match.hit.document_chunk for match in matches])
        return matches[max(range(len(matches)), key=scores.__getitem__)]


def _whole(key: str) -> str:
    """Return the key of a document as a whole, from that of its object or first chunk."""
    parsed = parse_key(key)
    return key if parsed is None else parsed.whole


def _index(resolver: DocumentResolver, *, may_be_old: bool) -> Flow[tuple[MetadataIndex, bool]]:
    """Return the index of a bucket, and whether it is from an earlier search."""
    cache = resolver.cache
    changes = cache.written.changes
    if may_be_old and cache.index is not None:
        read_at_changes, read_at, index = cache.index
        if read_at_changes == changes and time.monotonic() - read_at < _INDEX_AGE:
            return index, True
    began = time.monotonic()
    index = MetadataIndex.of((yield from list_documents(resolver)))
    # During a write of this store, the listing is outdated at once.
    cache.index = None if changes is None else (changes, began, index)
    return index, False


def _fused(
    request: SearchRequest, found: Sequence[Match], by_metadata: Sequence[Match]
) -> list[Match]:
    matches = {match.identity: match for match in (*by_metadata, *found)}
    items = list(matches)
    scores = dict(
        zip(items, _scores(request, [words_of(each) for each in matches.values()]), strict=True)
    )
    by_words = sorted((item for item in items if scores[item]), key=lambda item: -scores[item])
    by_service = [match.identity for match in found]
    rankings = [by_service, by_words, [match.identity for match in by_metadata]]
    return [matches[item] for item in fuse((1.0, ranking) for ranking in rankings)]


def _scores(request: SearchRequest, texts: Sequence[str]) -> list[float]:
    """Return the sums of the texts' scores for all phrasings."""
    scores = [bm25(query, texts) for query in request.phrasings]
    return [sum(each) for each in zip(*scores, strict=True)]
