"""Convert passages that a search returns to LangChain documents."""

from langchain_core.documents import Document

from langchain_telnyx.client.api.collection_results import CollectionDocument
from langchain_telnyx.client.api.conversation_histories import HistoryPassage


def document(passage: CollectionDocument | HistoryPassage) -> Document:
    """Convert a passage to a document.

    The metadata has all fields of the passage, under the service's names, with times in ISO 8601.
    The record's own metadata can have any names, so it is nested in `record_metadata`. `source` is
    the record's id; chains read it.
    """
    metadata = passage.model_dump(
        mode="json", exclude={"id", "text", "metadata"}, exclude_none=True
    )
    if passage.record_id is not None:
        metadata["source"] = passage.record_id
    metadata["record_metadata"] = passage.metadata or {}
    return Document(page_content=passage.text or "", id=passage.id, metadata=metadata)
