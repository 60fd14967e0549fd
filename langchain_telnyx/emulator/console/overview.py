"""What the console shows of the whole account: its numbers, settings and models."""

from dataclasses import fields
from typing import Any

from langchain_telnyx._version import __version__
from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.model.catalogue import ModelCard


def overview(account: Account) -> dict[str, Any]:
    """Return the account's numbers and settings.

    `changes` differs when something stored has changed.
    """
    settings, store = account.settings, account.store
    counted = store.row(
        "SELECT (SELECT count(*) FROM buckets) AS buckets, "
        "(SELECT count(*) FROM conversations) AS conversations"
    )
    quirks, script = settings.quirks, account.script.state()
    return {
        "version": __version__,
        "changes": store.changes,
        "counts": {
            **(dict(counted) if counted else {}),
            "calls": len(account.calls.all()),
            "requests": len(account.requests),
        },
        "revision": account.requests.revision,
        "stored": settings.data is not None,
        "upstream": settings.upstream is not None,
        "quirks": {
            field.name: str(getattr(quirks, field.name))
            for field in fields(quirks)
            if getattr(quirks, field.name) != getattr(type(quirks)(), field.name)
        },
        "scripted": [{"script": item.label, "left": item.left} for item in script.pending],
        "latency": script.latency,
        "flaky": 0 if script.random_faults is None else script.random_faults.share,
    }


def models(account: Account) -> list[dict[str, Any]]:
    """Return the models, those for chat first."""
    cards = sorted(account.models.values(), key=lambda card: not card.supports_chat)
    return [_model(card) for card in cards]


def _model(card: ModelCard) -> dict[str, Any]:
    prompt, completion, cached = card.price or (None, None, None)
    return {
        "id": card.id,
        "task": "embeddings" if not card.supports_chat else "chat",
        "context": card.context,
        "output": card.output,
        "size": card.size,
        "tier": card.tier,
        "license": card.license,
        "price": None
        if card.price is None
        else {"prompt": prompt, "completion": completion, "cached": cached},
        "vision": card.vision,
        "audio": card.supports_audio,
        "reasoning": card.supports_reasoning,
        "hosted": card.hosted,
        "dimensions": card.dimensions,
        "base": card.base,
    }
