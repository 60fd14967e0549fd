"""The list of models, on its current and its deprecated path."""

from typing import Any

from fastapi import APIRouter

from langchain_telnyx.emulator.areas.odd_rows import with_odd_row
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found

router = APIRouter()


@router.get("/ai/openai/models")
async def list_models(account: CurrentAccount) -> dict[str, Any]:
    """List all models, for chat and embeddings, and those trained by the account."""
    rows = [card.metadata() for card in account.models.values()]
    return {"object": "list", "data": with_odd_row(account.settings.quirks, "models", rows)}


@router.get("/ai/models")
async def list_models_deprecated(account: CurrentAccount) -> dict[str, Any]:
    """List all models on the deprecated path, unless a quirk removes it."""
    if not account.settings.quirks.legacy_chat:
        raise resource_not_found()
    return await list_models(account)
