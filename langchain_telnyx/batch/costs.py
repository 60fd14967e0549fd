"""Costs of a job: what it may spend, has spent, and is estimated to spend."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from langchain_telnyx.client.cost_errors import CostLimitError


class Budget(Protocol):
    """What a job may spend, shared by its stages."""

    def check(self) -> None:
        """Check that the job may spend more.

        Raises:
            CostLimitError: It may not.
        """
        ...

    async def acheck(self) -> None:
        """Check that the job may spend more; see `check`."""
        ...

    def add(self, cost: Decimal) -> None:
        """Add the cost of a request, in USD."""
        ...


class LocalBudget:
    """The budget of a job in one process.

    Args:
        max_cost: The limit in USD; `None` for none.
    """

    def __init__(self, max_cost: float | None = None) -> None:
        self._max_cost = max_cost
        self._spent = Decimal(0)
        self._lock = threading.Lock()

    @property
    def spent(self) -> Decimal:
        """The cost of the requests so far, in USD."""
        with self._lock:
            return self._spent

    def check(self) -> None:
        """Check that the job may spend more.

        Raises:
            CostLimitError: It may not.
        """
        if self._max_cost is not None and (spent := self.spent) >= Decimal(str(self._max_cost)):
            raise spent_error(self._max_cost, spent)

    async def acheck(self) -> None:
        """Check that the job may spend more; see `check`."""
        self.check()

    def add(self, cost: Decimal) -> None:
        """Add the cost of a request, in USD."""
        with self._lock:
            self._spent += cost


@dataclass(frozen=True)
class Estimate:
    """What a job is expected to cost, without the results that its manifests have.

    Attributes:
        cost: USD in total, of the stages whose price is known.
        by_stage: USD by stage; `None` if the price is unknown.
        rows: All rows.
        without_requests: Rows that need no request: their results are in the manifests, or they
            fail before, such as a recording that is missing.
        audio_seconds: Length of the recordings to transcribe.
        unknown_lengths: Recordings whose length the header does not tell; they are counted as one
            minute each.
    """

    cost: Decimal
    by_stage: Mapping[str, Decimal | None] = field(default_factory=dict)
    rows: int = 0
    without_requests: int = 0
    audio_seconds: float = 0.0
    unknown_lengths: int = 0

    def __str__(self) -> str:
        stages = ", ".join(
            f"{name} {'unknown' if cost is None else f'${cost:.4f}'}"
            for name, cost in self.by_stage.items()
        )
        count = self.without_requests
        without = f", {count} of them without requests" if count else ""
        return f"${self.cost:.4f} for {self.rows} rows{without} ({stages})"


def spent_error(max_cost: float, spent: Decimal) -> CostLimitError:
    """Return the error of a row for which nothing is left."""
    return CostLimitError(
        f"Not processed: the job has spent ${spent:.4f}, and `max_cost` is ${max_cost:g}. Run it "
        f"again with a higher one: finished rows are in the manifest.",
        max_cost,
    )
