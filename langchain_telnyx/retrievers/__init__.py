"""Retrievers: over buckets, AI Search collections, conversations, agent memory and the web."""

from langchain_telnyx.retrievers.buckets import TelnyxRetriever
from langchain_telnyx.retrievers.collections import TelnyxCollectionRetriever
from langchain_telnyx.retrievers.conversations import TelnyxConversationRetriever
from langchain_telnyx.retrievers.memory import TelnyxMemoryRetriever
from langchain_telnyx.retrievers.web_search import TelnyxWebSearchRetriever

__all__ = [
    "TelnyxCollectionRetriever",
    "TelnyxConversationRetriever",
    "TelnyxMemoryRetriever",
    "TelnyxRetriever",
    "TelnyxWebSearchRetriever",
]
