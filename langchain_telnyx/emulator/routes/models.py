"""The catalogue of models, on its current and its deprecated path."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.routes import CurrentBackend
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

router = APIRouter()


@router.get("/ai/openai/models")
async def list_models(backend: CurrentBackend) -> dict[str, Any]:
    """List every model, for chat and for embeddings, and those trained by the account."""
    return {"object": "list", "data": [card.metadata() for card in backend.models.values()]}


@router.get("/ai/models")
async def list_models_of_old(backend: CurrentBackend) -> dict[str, Any]:
    """List every model on the deprecated path, unless the quirks have taken it away."""
    if not backend.settings.quirks.legacy_chat:
        raise resource_not_found()
    return await list_models(backend)
