"""The catalogue of models, on its current and its deprecated path."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.model.catalogue import CATALOGUE
from langchain_telnyx.emulator.routes import CurrentBackend
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

router = APIRouter()


@router.get("/ai/openai/models")
async def list_models() -> dict[str, Any]:
    """List every model, for chat and for embeddings."""
    return {"object": "list", "data": [card.metadata() for card in CATALOGUE.values()]}


@router.get("/ai/models")
async def list_models_of_old(backend: CurrentBackend) -> dict[str, Any]:
    """List every model on the deprecated path, unless the quirks have taken it away."""
    if not backend.settings.quirks.legacy_chat:
        raise resource_not_found()
    return await list_models()
