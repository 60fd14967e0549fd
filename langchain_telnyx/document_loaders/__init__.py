"""Loaders: what Telnyx holds, as LangChain documents."""

from langchain_telnyx.document_loaders.clusters import TelnyxClustersLoader
from langchain_telnyx.document_loaders.conversations import TelnyxConversationLoader

__all__ = ["TelnyxClustersLoader", "TelnyxConversationLoader"]
