"""Embeddings of texts: the OpenAI-style endpoint. `bucket_embeddings` embeds a bucket.

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
    """An embedding model.

    Attributes:
        id: The name to use in requests.
        created: When it was published, in seconds since 1970.
        owned_by: Its publisher.
        object: The type of the row: `model`.
    """

    id: str
    object: str | None = None
    created: int | None = None
    owned_by: str | None = None


def _vectors(reply: Reply) -> ResponseBody:
    # Takes a fifth of the time of `json` for a body of numbers.
    body = from_json(reply.content)
    if not isinstance(body, dict):
        raise TypeError(f"the body is not a JSON object, but {type(body).__name__}")
    return ResponseBody(body, reply.headers, reply.redactor)


class TextEmbeddings(Resource[M]):
    """`telnyx.text_embeddings`: vectors for texts."""

    @endpoint
    def create(
        self,
        input: str | Sequence[str],  # noqa: A002 - the API's name
        *,
        model: str,
        dimensions: int | None = None,
        encoding_format: Literal["float", "base64"] | None = None,
        user: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> Call[ResponseBody]:
        """Create embeddings of texts.

        Operation: `create_openai_embeddings`.

        Args:
            input: The texts. The API accepts only strings, not token ids.
            model: `thenlper/gte-large`, `intfloat/multilingual-e5-large`, …
            dimensions: Length of the vectors, for models that can shorten them.
            encoding_format: `base64` is little-endian float32, which decodes four times as fast.
            user: An end user's id.
            extra_body: Newer fields of the vendor; they override the others.

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

        A row that is not a model is skipped, and is in `unreadable` of the list.
        """
        return Call("GET", "/ai/openai/embeddings/models", rows(EmbeddingModel))
