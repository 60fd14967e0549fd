"""Estimates of what a job costs, before it sends anything."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from langchain_telnyx.batch.costs import Estimate
from langchain_telnyx.batch.rows import Row, has_failed
from langchain_telnyx.batch.stage import Stage
from langchain_telnyx.client.cost_errors import CostLimitError
from langchain_telnyx.client.errors import ConfigurationError

T = TypeVar("T")

_BATCH_SIZE = 256


def estimate(rows: Iterable[Row], stages: Sequence[Stage]) -> Estimate:
    """Estimate what a job costs. Sends nothing.

    Reads the headers of recordings; if the job ran before, whole recordings, to find them in the
    manifest.

    Results that the manifests have cost nothing, so the estimate of an interrupted job is that of
    the rest. Recordings cost by their length. A transcript that does not exist yet is taken as 150
    words a minute; a token as 4 characters; an answer as `expected_output_tokens`. Retries of
    answers that do not fit a schema are not included.

    Args:
        rows: The rows.
        stages: The stages, in their order.

    Returns:
        The estimate. A stage without a price is not part of `cost`.
    """
    totals = _Totals([_name(stages, at) for at in range(len(stages))])
    for batch in batches(rows, _BATCH_SIZE):
        totals.add(batch, stages)
    return totals.estimate()


def check_cost(found: Estimate, max_cost: float) -> None:
    """Check that a job may begin.

    Raises:
        ConfigurationError: The price of a stage is unknown.
        CostLimitError: The estimate is above the limit.
    """
    if unknown := [name for name, cost in found.by_stage.items() if cost is None]:
        raise ConfigurationError(
            f"`max_cost` needs the price of each stage, and that of {unknown[0]} is unknown: pass "
            f"`price_per_minute` or `price_per_million_tokens`, or use a chat model with a "
            f"published price."
        )
    if found.cost > Decimal(str(max_cost)):
        raise CostLimitError(
            f"The job is estimated to cost {found}, and `max_cost` is ${max_cost:g}. Nothing was "
            f"sent.",
            max_cost,
            found,
        )


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the rows in lists of a size."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch


@dataclass
class _Totals:
    names: list[str]
    costs: dict[str, Decimal] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    rows: int = 0
    without: int = 0
    seconds: float = 0.0
    guesses: int = 0

    def add(self, batch: Sequence[Row], stages: Sequence[Stage]) -> None:
        known: dict[int, Row] = dict(enumerate(batch))
        # The expected tokens of texts that do not exist yet, by row.
        expected: dict[int, int | None] = {}
        for name, stage in zip(self.names, stages, strict=True):
            for at, tokens in expected.items():
                expected[at] = self._count(name, stage, batch[at], tokens)
            found = dict(zip(known, stage.saved(list(known.values())), strict=True))
            for at, row in found.items():
                if row is None:
                    expected[at] = self._count(name, stage, known[at], None)
            known = {
                at: row for at, row in found.items() if row is not None and not has_failed(row)
            }
        self.rows += len(batch)
        self.without += len(batch) - len(expected)

    def estimate(self) -> Estimate:
        by_stage = {
            name: None if name in self.unknown else self.costs.get(name, Decimal(0))
            for name in self.names
        }
        total = sum((cost for cost in by_stage.values() if cost is not None), Decimal(0))
        return Estimate(total, by_stage, self.rows, self.without, self.seconds, self.guesses)

    def _count(self, name: str, stage: Stage, row: Row, tokens: int | None) -> int | None:
        found = stage.estimated(row, tokens)
        if found.cost is None:
            self.unknown.add(name)
        else:
            self.costs[name] = self.costs.get(name, Decimal(0)) + found.cost
        self.seconds += found.seconds
        self.guesses += found.is_guess
        return found.tokens


def _name(stages: Sequence[Stage], at: int) -> str:
    """Return a stage's name, with a number if an earlier stage has the same."""
    earlier = sum(stage.name == stages[at].name for stage in stages[:at])
    return f"{stages[at].name} {earlier + 1}" if earlier else stages[at].name
