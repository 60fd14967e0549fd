"""The base class of the retrievers: runs a search flow, sync or async, and names it in traces."""

from abc import abstractmethod
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from pydantic import ConfigDict

from langchain_telnyx._shared.connect import Connected
from langchain_telnyx._shared.interruptible_batches import Interruptible
from langchain_telnyx.client.call import Flow


class FlowRetriever(Interruptible[str, list[Document]], Connected, BaseRetriever):
    """A retriever whose search is a flow."""

    model_config = ConfigDict(extra="forbid")  # langchain-core's class allows extra options

    @abstractmethod
    def _search(self, query: str, *args: Any, **kwargs: Any) -> Flow[list[Document]]:
        """Find documents; the keywords are the options of a call."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - core passes it
        **options: Any,
    ) -> list[Document]:
        return self.telnyx.send(self._search(query, **options))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 - core passes it
        **options: Any,
    ) -> list[Document]:
        return await self.telnyx.aio.send(self._search(query, **options))

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        return {**super()._get_ls_params(**kwargs), "ls_vector_store_provider": "telnyx"}


def checked_k(k: int | None, default: int, *, most: int | None = None) -> int:
    """Return how many documents to find.

    Args:
        k: The option of the call.
        default: The `k` of the retriever.
        most: The limit of the service.

    Raises:
        ValueError: `k` is out of range.
    """
    if k is None:
        return default
    if k < 1 or (most is not None and k > most):
        limits = "at least 1" if most is None else f"from 1 to {most}"
        raise ValueError(f"`k` must be {limits}, not {k}.")
    return k
