"""OpenAI-compatible embeddings of texts, and the list of embedding models."""

import base64
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict

from langchain_telnyx.emulator.areas.odd_rows import with_odd_row
from langchain_telnyx.emulator.model import tokens
from langchain_telnyx.emulator.model.catalogue import CATALOGUE, ModelCard
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.search import vectors
from langchain_telnyx.emulator.serving import upstream
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter()

# gte-large and e5-large have a fixed length; Qwen3-Embedding can be truncated to any.
_FLEXIBLE = frozenset({"Qwen/Qwen3-Embedding-8B"})


class EmbeddingRequest(RequestBody):
    """The body of an embedding request; token ids are refused."""

    model_config = ConfigDict(extra="allow")  # an upstream may support more fields

    input: str | list[str]
    model: str
    dimensions: int = 0
    encoding_format: Literal["float", "base64"] = "float"
    user: str = ""


@router.post("/ai/openai/embeddings")
async def create_embeddings(request: EmbeddingRequest, account: CurrentAccount) -> Response:
    """Embed one text or several."""
    if account.settings.upstream:
        return await upstream.embeddings(account.settings, request.model_dump(exclude_unset=True))
    card = _embedding_model(request.model)
    texts = [request.input] if isinstance(request.input, str) else request.input
    counts = _check(texts, card)
    as_text = request.encoding_format == "base64" and _gives_base64(account.settings.quirks)
    rows = await run_in_threadpool(vectors.embed, texts, _dimensions(request, card))
    return JSONResponse(
        {
            "object": "list",
            "data": [
                {
                    "object": "embedding",
                    "index": index,
                    "embedding": _packed(row) if as_text else row.tolist(),
                }
                for index, row in enumerate(rows)
            ],
            "model": card.id,
            "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
        }
    )


@router.get("/ai/openai/embeddings/models")
async def list_embedding_models(account: CurrentAccount) -> dict[str, Any]:
    """List the embedding models."""
    cards = [card for card in CATALOGUE.values() if not card.supports_chat]
    rows = [card.embedding_metadata() for card in cards]
    return {"object": "list", "data": with_odd_row(account.settings.quirks, "models", rows)}


def _packed(row: vectors.Vectors) -> str:
    """Encode a vector as OpenAI's base64: little-endian 32-bit floats."""
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def _embedding_model(model: str) -> ModelCard:
    card = CATALOGUE.get(model)
    if card is None:
        raise ApiError(404, "10005", None, f"The model {model!r} does not exist.")
    if card.dimensions is None:
        raise ApiError(400, "10015", None, f"The model {model!r} does not make embeddings.")
    return card


def _check(texts: list[str], card: ModelCard) -> list[int]:
    """Count the tokens of each text; refuse a text over the model's limit, without truncation."""
    if not texts:
        raise ApiError(400, "10015", None, "`input` must not be empty.")
    counts = [tokens.count(text) for text in texts]
    for position, count in enumerate(counts):
        if count > card.context:
            raise ApiError(
                400,
                "10015",
                None,
                f"The input at position {position} has {count} tokens; the maximum context length "
                f"of {card.id!r} is {card.context} tokens.",
                pointer=f"/input/{position}",
            )
    return counts


def _gives_base64(quirks: Quirks) -> bool:
    if quirks.base64_embeddings == "refused":
        raise ApiError(400, "10015", None, "`encoding_format` must be 'float'.")
    return quirks.base64_embeddings == "honoured"


def _dimensions(request: EmbeddingRequest, card: ModelCard) -> int:
    own = card.dimensions or 0
    requested = request.dimensions if "dimensions" in request.model_fields_set else own
    if requested != own and (card.id not in _FLEXIBLE or not 2 <= requested <= own):  # noqa: PLR2004 - a vector needs two dimensions
        raise ApiError(
            400, "10015", None, f"The model {card.id!r} does not make {requested} dimensions."
        )
    return requested
