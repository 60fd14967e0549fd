"""What the retrievers of passages share: one flow for both faces, and what a trace says of them."""

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


class Searching(Interruptible[str, list[Document]], Connected, BaseRetriever):
    """A retriever that says how it searches in a flow, and no more."""

    model_config = ConfigDict(extra="forbid")  # which langchain-core's class would undo

    @abstractmethod
    def _search(self, query: str, *args: Any, **kwargs: Any) -> Flow[list[Document]]:
        """Find documents; keywords are the options that a call may set."""

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


def counted(asked: int | None, own: int, *, most: int | None = None) -> int:
    """Return how many documents to find.

    Args:
        asked: What the call asked for.
        own: What the retriever was made with.
        most: The most the service finds.

    Raises:
        ValueError: The call asked for a number out of range.
    """
    if asked is None:
        return own
    if asked < 1 or (most is not None and asked > most):
        limits = "at least 1" if most is None else f"from 1 to {most}"
        raise ValueError(f"`k` must be {limits}, not {asked}.")
    return asked
