"""Rerank the passages of a search: by words, by embeddings, by a model, or by a compressor.

A reranker is a `BaseDocumentCompressor` of LangChain. Those of this package are compressors, too.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NoReturn, TypeVar

from langchain_core.documents import BaseDocumentCompressor, Document

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.client.search_errors import RerankError
from langchain_telnyx.vectorstores.ranking.bm25 import bm25
from langchain_telnyx.vectorstores.ranking.metadata_index import words_of
from langchain_telnyx.vectorstores.search_request import Match, SearchRequest

Result = TypeVar("Result")

# The weight of the service's certainty relative to the words, both scaled to the range of 0 to 1 of
# the passages. Scores are added, not ranks: a fusion of ranks ignores how decisive a rare word is.
_SERVICE_WEIGHT = 1.0
# Identifies a passage in what a compressor returns, which may be copies.
_POSITION_KEY = "langchain_telnyx_position"


def rerank(
    matches: Sequence[Match], request: SearchRequest, telnyx: Telnyx, embedding_model: str
) -> Flow[list[Match]]:
    """Change the order of matches as the request's `rerank` says, best first.

    A compressor may also leave passages out or change their texts.

    Args:
        matches: The matches, in the order of the service.
        request: The request.
        telnyx: The client of the embeddings or the model.
        embedding_model: The name of the model for `rerank="embeddings"`.

    Raises:
        RerankError: The reranker failed; `partial` has the documents in their former order.
    """
    if request.rerank is None or len(matches) == 0:
        return [*matches]
    if request.rerank == "bm25":
        return _by_words(matches, request)
    documents = [_marked(match.document, number) for number, match in enumerate(matches)]
    try:
        compressor = _compressor(request.rerank, telnyx, embedding_model)
        returned = yield from run_external(
            _caught(lambda: compressor.compress_documents(documents, request.query)),
            _acaught(lambda: compressor.acompress_documents(documents, request.query)),
        )
        # A compressor of the user may change texts and metadata; ours return passages unchanged.
        unchanged = compressor is not request.rerank
        reranked = _unmarked(returned(), matches, unchanged=unchanged)
        if request.rerank == "embeddings":
            scores = [(match.note or {}).get("rerank_score", 0.0) for match in reranked]
            reranked = _beside_certainty(reranked, scores)
    except Exception as error:
        raise RerankError(
            f"The passages could not be reranked: {type(error).__name__}: {error}",
            [match.document for match in matches],
        ) from error
    return reranked


def _by_words(matches: Sequence[Match], request: SearchRequest) -> list[Match]:
    # A document that was found by its metadata is compared with its metadata.
    texts = [
        words_of(match) if request.hybrid else match.document.page_content for match in matches
    ]
    best = [0.0] * len(matches)
    for query in request.phrasings:
        scores = bm25(query, texts)
        # Scores of different phrasings cannot be compared: longer ones have higher scores.
        highest = max(scores) or 1.0
        best = [max(one, score / highest) for one, score in zip(best, scores, strict=True)]
    return _beside_certainty(matches, best)


def _beside_certainty(matches: Sequence[Match], scores: Sequence[float]) -> list[Match]:
    """Return matches ordered by scores and the service's certainty, both scaled to 0 to 1."""
    certainties = _scaled([match.hit.certainty or None for match in matches])
    combined = [
        score + _SERVICE_WEIGHT * certainty
        for score, certainty in zip(_scaled(scores), certainties, strict=True)
    ]
    order = sorted(range(len(matches)), key=lambda at: -combined[at])
    return [matches[at].noted(rerank_score=round(combined[at], 4)) for at in order]


def _scaled(values: Sequence[float | None]) -> list[float]:
    """Scale values to 0 to 1; a missing one, as of a document found by its metadata, is 0."""
    known = [value for value in values if value is not None]
    lowest = min(known, default=0.0)
    spread = (max(known, default=0.0) - lowest) or 1.0
    return [0.0 if value is None else (value - lowest) / spread for value in values]


def _compressor(
    method: str | BaseDocumentCompressor, telnyx: Telnyx, embedding_model: str
) -> BaseDocumentCompressor:
    if isinstance(method, BaseDocumentCompressor):
        return method
    if method == "model":
        from langchain_telnyx.vectorstores.ranking.listwise import (  # noqa: PLC0415 - slow to import
            ListwiseReranker,
        )

        return ListwiseReranker.of(telnyx)
    from langchain_telnyx.vectorstores.ranking.late_interaction import (  # noqa: PLC0415 - as above
        LateInteractionReranker,
    )

    return LateInteractionReranker.of(telnyx, embedding_model)


def _marked(document: Document, position: int) -> Document:
    metadata = {**document.metadata, _POSITION_KEY: position}
    return Document(document.page_content, id=document.id, metadata=metadata)


def _unmarked(
    documents: Sequence[Document], matches: Sequence[Match], *, unchanged: bool
) -> list[Match]:
    """Return the matches of the documents that a compressor returned.

    Args:
        documents: The documents.
        matches: The matches that it received.
        unchanged: Whether to return the documents of the matches instead of those returned.

    Raises:
        ValueError: A document is not one of the passages.
    """
    reranked = []
    for document in documents:
        position = document.metadata.pop(_POSITION_KEY, None)
        if not isinstance(position, int) or not 0 <= position < len(matches):
            raise ValueError(
                f"The reranker returned a document that is not one of the passages: "
                f"{document.page_content[:80]!r}."
            )
        score = document.metadata.get("relevance_score")
        match = matches[position]
        if not unchanged:
            match = match._replace(document=document)
        reranked.append(match if score is None else match.noted(rerank_score=score))
    return reranked


def _caught(run: Callable[[], Result]) -> Callable[[], Callable[[], Result]]:
    """Return the function, with a result that returns its result or raises its error.

    Steps of a flow raise only some kinds of errors.
    """

    def caught() -> Callable[[], Result]:
        try:
            result = run()
        except Exception as error:  # noqa: BLE001 - raised by the result
            return partial(_raise, error)
        return lambda: result

    return caught


def _acaught(
    run: Callable[[], Awaitable[Result]],
) -> Callable[[], Awaitable[Callable[[], Result]]]:
    async def caught() -> Callable[[], Result]:
        try:
            result = await run()
        except Exception as error:  # noqa: BLE001 - raised by the result
            return partial(_raise, error)
        return lambda: result

    return caught


def _raise(error: Exception) -> NoReturn:
    raise error
