"""Cost of an answer: prices of the catalogue times the server's token counts, as exact decimals."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

# Rows of the catalogue have different names for the same field; the documented one is first.
_PROMPT = ("prompt", "input")
_COMPLETION = ("completion", "output")
_CACHED = ("cached_prompt", "cached_input", "input_cache_read", "cache_read", "cached")
_UNITS = {
    "1m_tokens": Decimal(1_000_000),
    "1k_tokens": Decimal(1000),
    "token": Decimal(1),
    "1_token": Decimal(1),
}
# Rows of proxied models omit the unit, and use the same.
_USUAL_UNIT = "1m_tokens"
# The catalogue has the prices of the default tier only.
_USUAL_TIERS = {None, "default", "auto", "standard"}


class Price(NamedTuple):
    """Prices in USD per token.

    Attributes:
        prompt: Tokens of the prompt.
        completion: Tokens of reasoning and answer.
        cached: Cached tokens of the prompt.
    """

    prompt: Decimal
    completion: Decimal
    cached: Decimal


def price_of(pricing: Mapping[str, Any] | None) -> Price | None:
    """Return the price in a catalogue row's `pricing`, `None` if it is unknown.

    A row with zero prices for prompt and completion is not filled in: no such model is free.
    """
    if not pricing or str(pricing.get("currency") or "USD").upper() != "USD":
        return None
    unit = _UNITS.get(str(pricing.get("unit") or _USUAL_UNIT).lower())
    prompt, completion = _amount(pricing, _PROMPT), _amount(pricing, _COMPLETION)
    if unit is None or prompt is None or completion is None or not (prompt or completion):
        return None
    cached = _amount(pricing, _CACHED)
    return Price(prompt / unit, completion / unit, (prompt if cached is None else cached) / unit)


def cost(price: Price | None, usage: Mapping[str, Any] | None, tier: str | None) -> str | None:
    """Return the cost of an answer in USD, as a decimal string; `None` if it is unknown.

    Args:
        price: The model's price.
        usage: The token counts, in LangChain's format.
        tier: The service tier of the response.
    """
    if price is None or not usage or tier not in _USUAL_TIERS:
        return None
    prompt = usage["input_tokens"]
    cached = min((usage.get("input_token_details") or {}).get("cache_read") or 0, prompt)
    total = (
        price.prompt * (prompt - cached)
        + price.cached * cached
        + price.completion * usage["output_tokens"]
    )
    return f"{total.normalize():f}"


def _amount(pricing: Mapping[str, Any], names: tuple[str, ...]) -> Decimal | None:
    held = next((pricing[name] for name in names if pricing.get(name) is not None), None)
    try:
        amount = None if held is None else Decimal(str(held))
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and amount >= 0 else None
