"""The embedding model `TelnyxEmbeddings`."""

from langchain_telnyx.embeddings.base import DEFAULT_API_BASE, DEFAULT_MODEL, TelnyxEmbeddings

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "TelnyxEmbeddings"]
