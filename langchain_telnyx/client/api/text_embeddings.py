"""Vectors for texts: the OpenAI-style endpoint. Embedding a bucket is `bucket_embeddings`.

API page: https://developers.telnyx.com/api-reference/openai-embeddings/create-embeddings
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic_core import from_json

from langchain_telnyx.client.call import Call, Reply, ResponseBody, omit_none
from langchain_telnyx.client.decode import Model, rows
from langchain_telnyx.client.endpoint import M, Resource, endpoint
from langchain_telnyx.client.rows import Rows


class EmbeddingModel(Model):
    """A model that makes vectors.

    Attributes:
        id: The name to ask for.
        created: When it was published, in seconds since 1970.
        owned_by: Its maker.
        object: What the row is: `model`.
    """

    id: str
    object: str | None = None
    created: int | None = None
    owned_by: str | None = None


def _vectors(reply: Reply) -> ResponseBody:
    # A fifth of the time that `json` takes for a body of numbers.
    body = from_json(reply.content)
    if not isinstance(body, dict):
        raise TypeError(f"a JSON object was expected, not {type(body).__name__}")
    return ResponseBody(body, reply.headers, reply.redactor)


class TextEmbeddings(Resource[M]):
    """`telnyx.text_embeddings`: vectors for texts."""

    @endpoint
    def create(
        self,
        input: str | Sequence[str],  # noqa: A002 - the vendor's word
        *,
        model: str,
        dimensions: int | None = None,
        encoding_format: Literal["float", "base64"] | None = None,
        user: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Call[ResponseBody]:
        """Turn texts into vectors.

        Operation: `create_openai_embeddings`.

        Args:
            input: The texts. The API takes strings only, no token ids.
            model: `thenlper/gte-large`, `intfloat/multilingual-e5-large`, …
            dimensions: Length of the vectors, for models that can shorten them.
            encoding_format: `base64` is little-endian float32 and a quarter of the work to read.
            user: An end user's id.
            extra_body: Fields that the vendor added since; they win over the others.

        Returns:
            OpenAI's form: `data` with `index` and `embedding`, in any order, and `usage`.
        """
        request = omit_none(
            input=input if isinstance(input, str) else list(input),
            model=model,
            dimensions=dimensions,
            encoding_format=encoding_format,
            user=user,
        )
        request.update(extra_body or {})
        return Call("POST", "/ai/openai/embeddings", _vectors, json=request, repeatable=True)

    @endpoint
    def models(self) -> Call[Rows[EmbeddingModel]]:
        """List the embedding models.

        Operation: `list_openai_embedding_models`.

        A row that is not a model is left out, and stands in `unreadable` of the list.
        """
        return Call("GET", "/ai/openai/embeddings/models", rows(EmbeddingModel))
