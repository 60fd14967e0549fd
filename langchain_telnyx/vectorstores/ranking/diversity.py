"""Maximal marginal relevance: select relevant passages that differ from each other.

The service returns no vectors, so the passages are embedded again, by the same model.
"""

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.vectorstores.search_request import Match


def select_diverse(
    matches: Sequence[Match], query: str, embeddings: Embeddings, *, k: int, lambda_mult: float
) -> Flow[list[Match]]:
    """Select `k` of the matches, the most relevant first.

    Args:
        matches: The candidates.
        query: The query of the search.
        embeddings: The embedding model.
        k: How many to select.
        lambda_mult: 1 for the most relevant, 0 for the most diverse.

    Raises:
        ImportError: numpy is not installed.
    """
    try:
        import numpy as np  # noqa: PLC0415 - an extra, and slow to import
        from langchain_core.vectorstores.utils import (  # noqa: PLC0415 - imports it, too
            maximal_marginal_relevance,
        )
    except ImportError as error:
        raise ImportError(
            'Maximal marginal relevance needs numpy: run `pip install "langchain-telnyx[mmr]"`, or '
            "search with `similarity_search(…, per_document=True)`."
        ) from error
    # Blank text has no vector. Blank passages come last; a blank query has no similar passages.
    with_text = [match for match in matches if match.document.page_content.strip()]
    if not with_text or not query.strip():
        return [*matches[:k]]
    texts = [match.document.page_content for match in with_text]
    vectors = yield from run_external(
        lambda: embeddings.embed_documents(texts), lambda: embeddings.aembed_documents(texts)
    )
    query_vector = yield from run_external(
        lambda: embeddings.embed_query(query), lambda: embeddings.aembed_query(query)
    )
    selected = maximal_marginal_relevance(
        np.array(query_vector), vectors, lambda_mult=lambda_mult, k=k
    )
    blank = [match for match in matches if not match.document.page_content.strip()]
    return [*(with_text[position] for position in selected), *blank][:k]
