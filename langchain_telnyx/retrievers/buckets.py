"""`TelnyxRetriever`: search embedded buckets from a chain."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from pydantic import Field

from langchain_telnyx._connect import Connected
from langchain_telnyx._documents import found
from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.flows import together


class TelnyxRetriever(Connected, BaseRetriever):
    """Finds passages in embedded buckets, whoever filled them.

    Documents that `TelnyxVectorStore` wrote come back with their id and metadata, others with
    `{"source": key}`; each has its certainty under `metadata["score"]`, from 0 to 1.

    API page: https://developers.telnyx.com/api-reference/embeddings/search-for-documents

    Example:
        ```python
        from langchain_telnyx import TelnyxRetriever

        retriever = TelnyxRetriever(bucket="my-documents", k=3)
        retriever.invoke("Which moons does Saturn have?")
        ```

    Raises:
        NotFoundError: At a call: a bucket is not embedded or does not exist.
    """

    bucket: str | Sequence[str]
    """The bucket, or several, whose passages are merged by certainty."""

    k: int = Field(default=4, ge=1)
    """How many passages to return; a call may ask for another number."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Leaves out passages of lower certainty. Useful ones score above 0.85."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - core passes it
        k: int | None = None,
    ) -> list[Document]:
        return self._documents(self.telnyx.send(self._search(query, k)))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - core passes it
        k: int | None = None,
    ) -> list[Document]:
        return self._documents(await self.telnyx.aio.send(self._search(query, k)))

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        return {**super()._get_ls_params(**kwargs), "ls_vector_store_provider": "telnyx"}

    def _search(self, query: str, k: int | None) -> Flow[list[Hit]]:
        count = self.k if k is None else k
        buckets = [self.bucket] if isinstance(self.bucket, str) else list(self.bucket)
        search = self.telnyx.calls.bucket_embeddings.similarity_search
        answers = yield from together(
            [partial(search, bucket, query, num_of_docs=count) for bucket in buckets]
        )
        hits: list[Hit] = []
        for answer in answers:
            if isinstance(answer, TelnyxError):
                raise answer
            hits += answer
        return sorted(hits, key=lambda hit: hit.distance)[:count]

    def _documents(self, hits: list[Hit]) -> list[Document]:
        documents: list[Document] = []
        for hit in hits:
            if self.score_threshold is not None and hit.certainty < self.score_threshold:
                continue
            document = found(hit)
            document.metadata["score"] = hit.certainty
            documents.append(document)
        return documents
