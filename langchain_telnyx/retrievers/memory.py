"""`TelnyxMemoryRetriever`: recall the memories of a profile."""

from langchain_core.documents import Document
from pydantic import Field

from langchain_telnyx.client.api.memory_namespaces import DEFAULT
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.retrievers._flow_retriever import FlowRetriever, checked_k


class TelnyxMemoryRetriever(FlowRetriever):
    """Finds memories of a profile that match a query, best first.

    A document's id is the memory's. Its metadata are `profile_id`, `namespace`, `recorded_at` (ISO
    8601) and, where the service returns one, `score`, 0 to 1. A call can override `k` and
    `profile_id`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/knowledge.md

    API page: https://developers.telnyx.com/api-reference/memory/recall-a-profiles-memories-ranked

    Example:
        ```python
        from langchain_telnyx import TelnyxMemoryRetriever

        retriever = TelnyxMemoryRetriever(profile_id="caller:+13128675309", k=3)
        retriever.invoke("Where do invoices go?")
        ```

    Raises:
        ValueError: `k` is out of range.
        NotFoundError: At a call: the namespace does not exist.
    """

    profile_id: str = Field(min_length=1)
    """The profile that the memories are about: your identifier of a caller, user or agent."""

    namespace: str = DEFAULT
    """The namespace of the profile."""

    k: int = Field(default=4, ge=1)
    """How many memories to return."""

    def _search(
        self, query: str, *, k: int | None = None, profile_id: str | None = None
    ) -> Flow[list[Document]]:
        count = checked_k(k, self.k)
        profile = self.profile_id if profile_id is None else profile_id
        recall = self.telnyx.calls.memory.recall
        try:
            found = yield from recall(profile, query, top_k=count, namespace=self.namespace)
        except NotFoundError as error:
            raise NotFoundError(
                f"The memory namespace {self.namespace!r} does not exist: create it with "
                f"`Telnyx().memory_namespaces.create(…)`. ({error.message})",
                error.response,
            ) from error
        place = {"profile_id": profile, "namespace": self.namespace}
        return [
            Document(
                page_content=memory.text,
                id=memory.id,
                metadata={
                    **memory.model_dump(mode="json", exclude={"id", "text"}, exclude_none=True),
                    **place,
                },
            )
            for memory in found
        ]
