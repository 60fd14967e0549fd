"""Embeddings without work: every text has the same vector."""

from langchain_core.embeddings import Embeddings

VECTOR = [((7 * index) % 64 - 32) / 1024 for index in range(1024)]


class FixedEmbeddings(Embeddings):
    """Returns one vector for every text, without work."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [VECTOR] * len(texts)

    def embed_query(self, text: str) -> list[float]:
        del text
        return VECTOR

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)
