"""Maximal marginal relevance: of passages that answer a query, those that repeat each other least.

The service gives no vectors, so the passages are embedded anew, by a model of the same kind.
"""

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.vectorstores.search import Match


def diverse(
    matches: Sequence[Match], query: str, embeddings: Embeddings, *, k: int, lambda_mult: float
) -> Flow[list[Match]]:
    """Choose `k` of the matches, the most relevant first.

    Args:
        matches: The candidates.
        query: What they were found by.
        embeddings: What embeds them.
        k: How many to choose.
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
    # What is blank has no vector: as passages these come last, and no passage is like such a query.
    worded = [match for match in matches if match.document.page_content.strip()]
    if not worded or not query.strip():
        return [*matches[:k]]
    texts = [match.document.page_content for match in worded]
    vectors = yield from run_external(
        lambda: embeddings.embed_documents(texts), lambda: embeddings.aembed_documents(texts)
    )
    asked = yield from run_external(
        lambda: embeddings.embed_query(query), lambda: embeddings.aembed_query(query)
    )
    chosen = maximal_marginal_relevance(np.array(asked), vectors, lambda_mult=lambda_mult, k=k)
    blank = [match for match in matches if not match.document.page_content.strip()]
    return [*(worded[place] for place in chosen), *blank][:k]
