"""What stages with a chat model have in common: its key in manifests, price and rate limiter."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import Runnable, RunnableConfig

from langchain_telnyx.chat_models import ChatTelnyx
from langchain_telnyx.chat_models.callbacks import TelnyxCostCallback
from langchain_telnyx.chat_models.profiles.profiles import Catalogue, price_on
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.flows import run_external

T = TypeVar("T")

CHARACTERS_PER_TOKEN = 4


def identity_of(model: BaseChatModel) -> str:
    """Return what identifies a model and its options, without secrets."""
    # langchain-core's key of cached answers; it differs by everything that changes an answer.
    return model._get_llm_string()  # noqa: SLF001 - there is no public name


def limited(model: BaseChatModel, limiter: BaseRateLimiter | None) -> BaseChatModel:
    """Return a model that waits for a rate limiter at each request, unless it has its own."""
    if limiter is None or model.rate_limiter is not None:
        return model
    return model.model_copy(update={"rate_limiter": limiter})


def check_key(model: BaseChatModel) -> None:
    """Check that a model of Telnyx has a key.

    Raises:
        ConfigurationError: It has none.
    """
    if isinstance(model, ChatTelnyx):
        model.telnyx.config.key()


def chat_cost(model: BaseChatModel, input_tokens: int, output_tokens: int) -> Decimal | None:
    """Return the expected cost of a request in USD; `None` if the model's price is unknown."""
    if not isinstance(model, ChatTelnyx):
        return None
    telnyx = model.telnyx
    price = price_on(
        telnyx.server_state.find(Catalogue),
        model.model_name,
        shipped=not telnyx.config.openai_compatible,
    )
    if price is None:
        return None
    # The most that it can be, if the model has a limit.
    limit = getattr(model, "max_tokens", None)
    output = min(output_tokens, limit) if limit else output_tokens
    return price.prompt * input_tokens + price.completion * output


def invoke(runnable: Runnable[Any, T], value: Any, costs: TelnyxCostCallback) -> Flow[T]:
    """Invoke a model, or a runnable on one, and count the cost of its answers.

    Raises:
        Exception: Any of the model's, which may be of another provider.
    """
    config = RunnableConfig(callbacks=[costs])

    # A runner raises only some classes of errors in a flow; so all others are returned to it.
    def run() -> T | Exception:
        try:
            return runnable.invoke(value, config)
        except Exception as error:  # noqa: BLE001 - raised below
            return error

    async def arun() -> T | Exception:
        try:
            return await runnable.ainvoke(value, config)
        except Exception as error:  # noqa: BLE001 - raised below
            return error

    found = yield from run_external(run, arun)
    if isinstance(found, Exception):
        raise found
    return found


def cost_of(costs: TelnyxCostCallback) -> Decimal | None:
    """Return the cost of the answers of a callback; `None` if a price is unknown."""
    return None if costs.unpriced else costs.total


def decimal_of(cost: str | None) -> Decimal | None:
    """Return a cost from a manifest."""
    return None if cost is None else Decimal(cost)


def text_of(cost: Decimal | None) -> str | None:
    """Return a cost for a manifest."""
    return None if cost is None else f"{cost.normalize():f}"


def canonical(value: Mapping[str, Any] | list[Any]) -> bytes:
    """Return JSON in a form that is the same for equal values."""
    return json.dumps(value, sort_keys=True, default=str).encode()
