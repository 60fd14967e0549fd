"""Search buckets, and rank, locate and complete what is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.filters import matcher
from langchain_telnyx.vectorstores.hybrid_search import with_metadata_matches
from langchain_telnyx.vectorstores.parents import forget
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

# The most further searches, where documents are replaced between search and reading of texts.
_MAX_RETRIES = 3


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
            TelnyxError: The document of a passage cannot be read; `partial` has the passages.
        """
        matches, texts = yield from self._found(request)
        for _ in range(_MAX_RETRIES):
            replaced = {
                match.place
                for match, text in zip(matches, texts or (), strict=False)
                if text is None and match.number
            }
            if not replaced:
                break
            # Chunks were found, and another program replaced or deleted their document since.
            for bucket, key in replaced:
                forget(self.searcher.resolvers.get(bucket), key)
            matches, texts = yield from self._found(request)
        return self._scored(matches, texts, request)

    def _found(self, request: SearchRequest) -> Flow[tuple[list[Match], list[str | None] | None]]:
        """Return the passages, and the texts of their documents if the request needs them."""
        matches = yield from self.matches(request)
        try:
            texts = yield from self._texts(matches, request)
        except TelnyxError as error:
            # The passages are paid for.
            error.partial = [match.document for match in matches]
            raise
        return matches, texts

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
        return self._scored(matches, (yield from self._texts(matches, request)), request)

    def _scored(
        self,
        matches: Sequence[Match],
        texts: Sequence[str | None] | None,
        request: SearchRequest,
    ) -> list[tuple[Document, float]]:
        key = request.hit_metadata_key
        if texts is not None and request.whole_documents:
            for match, text in zip(matches, texts, strict=True):
                if text is not None:
                    match.document.page_content = text
            if None in texts:
                # A document in chunks that was deleted in the meantime has no text.
                pairs = zip(matches, texts, strict=True)
                matches = [match for match, text in pairs if text is not None or not match.number]
        elif texts is not None:
            matches = _located(matches, texts, request.context)
            key = key or DEFAULT_HIT_METADATA_KEY
        if key is not None:
            for rank, match in enumerate(matches, 1):
                # An existing key of the document is not overwritten.
                match.document.metadata.setdefault(key, _hit_metadata(match, rank))
        return [(match.document, match.hit.certainty) for match in matches]

    def _texts(
        self, matches: Sequence[Match], request: SearchRequest
    ) -> Flow[list[str | None] | None]:
        """Return the texts of the documents of matches; `None` where the request needs none."""
        if not request.whole_documents and not request.is_located:
            return None
        places = list(dict.fromkeys((match.bucket, match.key) for match in matches))
        texts = yield from whole_texts(self.searcher.resolvers, places)
        text_of = dict(zip(places, texts, strict=True))
        return [text_of[match.bucket, match.key] for match in matches]


def _located(matches: Sequence[Match], texts: Sequence[str | None], context: int) -> list[Match]:
    """Add the places of passages to their metadata; merge those that overlap or touch.

    A passage that cannot be found in the text of its document remains as it is, without a place.
    """
    spans = [
        None if text is None else _span(match, text)
        for match, text in zip(matches, texts, strict=True)
    ]
    groups: list[list[int]] = [[at] for at, span in enumerate(spans) if span is None]
    documents: dict[tuple[str, str], list[int]] = {}
    extended: dict[int, tuple[Span, str]] = {}
    for at, (match, span, text) in enumerate(zip(matches, spans, texts, strict=True)):
        if span is not None and text is not None:
            extended[at] = (_extended(match, span, text, context), text)
            documents.setdefault(match.place, []).append(at)
    for members in documents.values():
        found = merged([extended[at][0] for at in members])
        groups += [[members[position] for position in group] for group in found]
    return [
        _joined([matches[at] for at in group], [extended.get(at) for at in group])
        for group in sorted(groups)
    ]


def _span(match: Match, text: str) -> Span | None:
    place = match.chunk_place
    return locate(match.hit.document_chunk, text, 0 if place is None else place.start)


def _extended(match: Match, span: Span, text: str, context: int) -> Span:
    """Add neighbours: chunks by their numbers, or else parts of the same length."""
    if match.chunks is None or match.chunk_place is None:
        return with_context(span, text, context)
    first = max(0, match.number - 1 - context)
    for place in match.chunks.places[first : match.number + context] if context else ():
        if place is not None:
            span = span.joined(Span(place.start, place.end))
    return span


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
        **_chunk_metadata(match),
        **(match.note or {}),
    }


def _chunk_metadata(match: Match) -> dict[str, Any]:
    """Return the number of a chunk, and its place if the passage is the whole chunk."""
    if match.chunks is None:
        return {}
    numbers = {
        "parent_id": match.document.id,
        "chunk": match.number,
        "chunks": len(match.chunks.places),
    }
    place, passage = match.chunk_place, match.hit.document_chunk
    if place is None or len(passage) != place.end - place.start:
        return numbers
    end_line = place.line + passage.count("\n", 0, len(passage) - 1)
    return {**numbers, "start_index": place.start, "line": place.line, "end_line": end_line}
