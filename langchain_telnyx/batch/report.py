"""The report of a job."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from langchain_telnyx.batch.rows import Row, has_failed


@dataclass
class Report:
    """The outcome of a job.

    Attributes:
        rows: Number of rows.
        failures: Number of rows with an error, by type of error.
        cost: USD of all rows, also of those paid by earlier runs.
        spent: USD of this run, with estimates of answers whose cost is unknown.
        seconds: Duration of the run.
        output: The file or folder with the rows.
    """

    rows: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    seconds: float = 0.0
    output: Path | None = None

    @property
    def failed(self) -> int:
        """Number of rows with an error."""
        return self.failures.total()

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        if has_failed(row):
            self.failures[row["error"].partition(":")[0]] += 1
        self.cost += cost_in(row)

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.failures.most_common())
        failed = f"{self.failed} failed ({kinds})" if kinds else "none failed"
        return (
            f"{self.rows} rows in {self.seconds:.1f} s, {failed}; ${self.spent:.4f} spent, "
            f"${self.cost:.4f} with earlier runs"
        )


def cost_in(row: Row) -> Decimal:
    """Return the cost of a row so far, in USD."""
    cost = row.get("cost")
    # NaN is pandas' missing value.
    return Decimal(str(cost)) if isinstance(cost, int | float) and cost == cost else Decimal(0)  # noqa: PLR0124
