"""The limits of a model, by published figures and by arguments, and what a request needs."""

from dataclasses import dataclass

from langchain_telnyx.client.limit_errors import RequestOverLimitError
from langchain_telnyx.data._rate_limits import _RATE_LIMITS

REQUESTS = "requests"
INPUT = "input tokens"
UNCACHED_INPUT = "uncached input tokens"
OUTPUT = "output tokens"
_OF_TOKENS = (INPUT, UNCACHED_INPUT, OUTPUT)


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What a minute admits; `None` is no limit.

    Attributes:
        requests: Requests, of all models together.
        input_tokens: Input tokens, cached and not.
        uncached_input_tokens: Input tokens that are not cached.
        output_tokens: Output tokens.
    """

    requests: float | None = None
    input_tokens: float | None = None
    uncached_input_tokens: float | None = None
    output_tokens: float | None = None

    def of_tokens(self) -> tuple[float | None, float | None, float | None]:
        """The limits of tokens, in the order of the published tables."""
        return self.input_tokens, self.uncached_input_tokens, self.output_tokens


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a request, estimated or counted.

    Attributes:
        input: Input tokens, cached and not.
        output: Output tokens.
        cached: Input tokens that were cached.
    """

    input: float = 0
    output: float = 0
    cached: float = 0

    def amounts(self, model: str) -> dict[str, float]:
        """Return what a request of a model needs, by dimension.

        Args:
            model: The model; empty for a request alone.
        """
        if not model:
            return {REQUESTS: 1.0}
        counts = (self.input, max(0.0, self.input - self.cached), self.output)
        return {
            REQUESTS: 1.0,
            **{f"{model} {name}": count for name, count in zip(_OF_TOKENS, counts, strict=True)},
        }


def published_limits(model: str) -> ModelLimits:
    """Return the published limits of a model; none for other models.

    Args:
        model: The model.
    """
    return ModelLimits(None, *_RATE_LIMITS.get(model, (None, None, None)))


def by_dimension(limits: ModelLimits, model: str) -> dict[str, float]:
    """Return limits by dimension.

    Args:
        limits: The limits.
        model: The model; empty for requests alone.
    """
    found = {REQUESTS: limits.requests}
    if model:
        for name, limit in zip(_OF_TOKENS, limits.of_tokens(), strict=True):
            found[f"{model} {name}"] = limit
    return {name: limit for name, limit in found.items() if limit is not None}


def check_size(amounts: dict[str, float], limits: dict[str, float]) -> None:
    """Refuse a request that can never be admitted.

    Args:
        amounts: What it needs, by dimension.
        limits: The limits of a minute, by dimension.

    Raises:
        RequestOverLimitError: It needs more than a minute admits.
    """
    for dimension, amount in amounts.items():
        limit = limits.get(dimension)
        if limit is not None and amount > limit:
            raise RequestOverLimitError(
                f"The request needs {amount:,.0f} {dimension}, and the rate limiter admits "
                f"{limit:,.0f} per minute: it was not sent. Shorten the input, lower "
                f"`max_tokens`, or raise the limiter's limit or `share`.",
                dimension,
                amount,
                limit,
            )
