"""Document loaders: what Telnyx knows, as LangChain documents."""

from langchain_telnyx.document_loaders.clusters import TelnyxClustersLoader

__all__ = ["TelnyxClustersLoader"]
