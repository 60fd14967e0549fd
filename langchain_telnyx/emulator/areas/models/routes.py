"""The catalogue of models, on its current and its deprecated path."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

router = APIRouter()


@router.get("/ai/openai/models")
async def list_models(account: CurrentAccount) -> dict[str, Any]:
    """List every model, for chat and for embeddings, and those trained by the account."""
    return {"object": "list", "data": [card.metadata() for card in account.models.values()]}


@router.get("/ai/models")
async def list_models_of_old(account: CurrentAccount) -> dict[str, Any]:
    """List every model on the deprecated path, unless the quirks have taken it away."""
    if not account.settings.quirks.legacy_chat:
        raise resource_not_found()
    return await list_models(account)
