"""A passage of a conversation, as searches find it, as a LangChain document."""

from langchain_core.documents import Document

from langchain_telnyx.client.api.collection_results import CollectionDocument
from langchain_telnyx.client.api.conversation_histories import HistoryPassage


def document(passage: CollectionDocument | HistoryPassage) -> Document:
    """Return a passage as a document.

    All that the service tells of it is in the metadata, under the service's names, times as ISO
    8601. The record's own metadata, whose names are anybody's, stand apart in `record_metadata`,
    so that none can hide another. `source` is the record's id, where chains look for it.
    """
    told = passage.model_dump(mode="json", exclude={"id", "text", "metadata"}, exclude_none=True)
    if passage.record_id is not None:
        told["source"] = passage.record_id
    told["record_metadata"] = passage.metadata or {}
    return Document(page_content=passage.text or "", id=passage.id, metadata=told)
