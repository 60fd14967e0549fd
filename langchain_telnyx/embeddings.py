"""`TelnyxEmbeddings`: vectors for texts, for any LangChain vector store."""

import base64
import sys
from array import array
from collections.abc import Sequence
from functools import partial

from langchain_core.embeddings import Embeddings
from pydantic import Field

from langchain_telnyx._connect import Connected
from langchain_telnyx._errors import model_errors
from langchain_telnyx.client.call import JSON, Body, Flow, Reply, Steps
from langchain_telnyx.client.errors import APIResponseError, TelnyxError
from langchain_telnyx.client.flows import together

DEFAULT_MODEL = "thenlper/gte-large"


class TelnyxEmbeddings(Connected, Embeddings):
    """An embedding model served by Telnyx.

    Texts go over the wire as strings, in concurrent batches; vectors come back in order.

    API page: https://developers.telnyx.com/api-reference/openai-embeddings/create-embeddings

    Example:
        ```python
        from langchain_telnyx import TelnyxEmbeddings

        embeddings = TelnyxEmbeddings(model="thenlper/gte-large")
        len(embeddings.embed_query("What is a moon?"))  # 1024
        ```

    Raises:
        BadRequestError: At a call: a text is longer than the model takes (512 tokens for
            `thenlper/gte-large` and `intfloat/multilingual-e5-large`).
        APIResponseError: At a call: the answer does not hold one vector for each text.
    """

    model: str = DEFAULT_MODEL
    """The model to ask."""

    dimensions: int | None = None
    """Length of the vectors, for models that can shorten them."""

    chunk_size: int = Field(default=64, ge=1)
    """Texts in one request."""

    max_concurrency: int = Field(default=8, ge=1)
    """Requests at a time."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order."""
        with model_errors():
            return self.telnyx.send(self._flow(texts))

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text, in their order."""
        with model_errors():
            return await self.telnyx.aio.send(self._flow(texts))

    def embed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return self.embed_documents([text])[0]

    async def aembed_query(self, text: str) -> list[float]:
        """Return a vector for a query."""
        return (await self.aembed_documents([text]))[0]

    def _flow(self, texts: Sequence[str]) -> Flow[list[list[float]]]:
        batches = [
            texts[start : start + self.chunk_size]
            for start in range(0, len(texts), self.chunk_size)
        ]
        answers = yield from together(
            [partial(self._call, batch) for batch in batches], width=self.max_concurrency
        )
        vectors: list[list[float]] = []
        for batch, answer in zip(batches, answers, strict=True):
            if isinstance(answer, TelnyxError):
                raise answer
            vectors += _vectors(answer, len(batch))
        return vectors

    def _call(self, batch: Sequence[str]) -> Steps[Body]:
        return self.telnyx.calls.text_embeddings.create(
            batch,
            model=self.model,
            dimensions=self.dimensions,
            # A quarter of the work to read; a server may answer with numbers all the same.
            encoding_format="base64",
        )


def _vectors(body: Body, count: int) -> list[list[float]]:
    rows: list[JSON] = sorted(body.get("data") or (), key=lambda row: row.get("index") or 0)
    reply = Reply(200, dict(body.headers), repr(dict(body))[:300].encode())
    if len(rows) != count:
        raise APIResponseError(
            f"{count} texts were sent to be embedded, but {len(rows)} vectors came back.", reply
        )
    try:
        return [_floats(row["embedding"]) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise APIResponseError(
            f"A vector that came back is neither numbers nor base64: {error!r}.", reply
        ) from error


def _floats(embedding: str | list[float]) -> list[float]:
    if isinstance(embedding, list):
        return embedding
    numbers = array("f", base64.b64decode(embedding))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
