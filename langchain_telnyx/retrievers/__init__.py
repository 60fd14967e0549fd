"""Retrievers: over buckets, AI Search collections, past conversations and agent memory."""

from langchain_telnyx.retrievers.buckets import TelnyxRetriever
from langchain_telnyx.retrievers.collections import TelnyxCollectionRetriever
from langchain_telnyx.retrievers.conversations import TelnyxConversationRetriever
from langchain_telnyx.retrievers.memory import TelnyxMemoryRetriever

__all__ = [
    "TelnyxCollectionRetriever",
    "TelnyxConversationRetriever",
    "TelnyxMemoryRetriever",
    "TelnyxRetriever",
]
