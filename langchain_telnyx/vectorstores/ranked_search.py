"""Search buckets, and rank, locate and complete what is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.filters import matcher
from langchain_telnyx.vectorstores.hybrid_search import with_metadata_matches
from langchain_telnyx.vectorstores.ranking.locations import (
    Span,
    lines_of,
    locate,
    merged,
    with_context,
)
from langchain_telnyx.vectorstores.ranking.reranking import rerank
from langchain_telnyx.vectorstores.reads import whole_texts
from langchain_telnyx.vectorstores.search_request import (
    DEFAULT_HIT_METADATA_KEY,
    Match,
    SearchRequest,
)


@dataclass(frozen=True, slots=True)
class RankedSearch:
    """Searches one or more buckets with all options of a `SearchRequest`.

    Attributes:
        telnyx: The client of the buckets, and of the embeddings or model that rerank.
        searcher: Searches the buckets.
        embedding_model: The name of the model for `rerank="embeddings"`.
    """

    telnyx: Telnyx
    searcher: BucketSearch
    embedding_model: str

    def search(self, request: SearchRequest) -> Flow[list[tuple[Document, float]]]:
        """Find documents with their certainty, best first.

        Raises:
            ValueError: The filter is invalid; nothing is sent.
            NotFoundError: A bucket is not embedded or does not exist.
            RerankError: The reranker failed.
        """
        matches = yield from self.matches(request)
        return (yield from self.to_scored_documents(matches, request))

    def matches(self, request: SearchRequest) -> Flow[list[Match]]:
        """Find passages that pass the filter, best first."""
        # Compiled once, so that it warns of different types once for each search.
        passes = None if request.filter is None else matcher(request.filter)
        candidates = yield from self.searcher.matches(request.to_candidates(), passes)
        if request.hybrid:
            candidates = yield from with_metadata_matches(
                self.searcher, request, passes, candidates
            )
        return (yield from self.select(candidates, request))

    def select(self, candidates: Sequence[Match], request: SearchRequest) -> Flow[list[Match]]:
        """Select the best of some passages.

        Raises:
            RerankError: The reranker failed.
        """
        reranked = yield from rerank(candidates, request, self.telnyx, self.embedding_model)
        if request.one_per_document:
            best: dict[tuple[str, str], Match] = {}
            for match in reranked:
                best.setdefault(match.place, match)
            reranked = list(best.values())
        return reranked[: request.k]

    def to_scored_documents(
        self, matches: Sequence[Match], request: SearchRequest
    ) -> Flow[list[tuple[Document, float]]]:
        """Convert matches to documents with scores; add texts, places and hit metadata."""
        key = request.hit_metadata_key
        if request.whole_documents:
            texts = yield from self._texts(matches)
            for match, text in zip(matches, texts, strict=True):
                if text is not None:
                    match.document.page_content = text
        elif request.is_located:
            texts = yield from self._texts(matches)
            matches = _located(matches, texts, request.context)
            key = key or DEFAULT_HIT_METADATA_KEY
        if key is not None:
            for rank, match in enumerate(matches, 1):
                # An existing key of the document is not overwritten.
                match.document.metadata.setdefault(key, _hit_metadata(match, rank))
        return [(match.document, match.hit.certainty) for match in matches]

    def _texts(self, matches: Sequence[Match]) -> Flow[list[str | None]]:
        places = list(dict.fromkeys((match.bucket, match.key) for match in matches))
        texts = yield from whole_texts(self.searcher.resolvers, places)
        text_of = dict(zip(places, texts, strict=True))
        return [text_of[match.bucket, match.key] for match in matches]


def _located(matches: Sequence[Match], texts: Sequence[str | None], context: int) -> list[Match]:
    """Add the places of passages to their metadata; merge those that overlap or touch.

    A passage that cannot be found in the text of its document remains as it is, without a place.
    """
    spans = [
        None if text is None else locate(match.hit.document_chunk, text)
        for match, text in zip(matches, texts, strict=True)
    ]
    groups: list[list[int]] = [[at] for at, span in enumerate(spans) if span is None]
    documents: dict[tuple[str, str], list[int]] = {}
    extended: dict[int, tuple[Span, str]] = {}
    for at, (match, span, text) in enumerate(zip(matches, spans, texts, strict=True)):
        if span is not None and text is not None:
            extended[at] = (with_context(span, text, context), text)
            documents.setdefault(match.place, []).append(at)
    for members in documents.values():
        found = merged([extended[at][0] for at in members])
        groups += [[members[position] for position in group] for group in found]
    return [
        _joined([matches[at] for at in group], [extended.get(at) for at in group])
        for group in sorted(groups)
    ]


def _joined(matches: Sequence[Match], places: Sequence[tuple[Span, str] | None]) -> Match:
    """Return the first of some matches, with the text of all of them and its place."""
    first, place = matches[0], places[0]
    if place is None:
        return first
    span, text = place
    for other in places[1:]:
        if other is not None:
            span = span.joined(other[0])
    line, end_line = lines_of(span, text)
    first.document.page_content = text[span.start : span.end]
    return first.noted(start_index=span.start, line=line, end_line=end_line)


def _hit_metadata(match: Match, rank: int) -> dict[str, Any]:
    return {
        "score": match.hit.certainty,
        "rank": rank,
        "bucket": match.bucket,
        "filename": match.hit.metadata.filename,
        **(match.note or {}),
    }
