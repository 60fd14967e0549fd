"""The figures of docs/scale.md: `python -m tests.simulation.scale --write`.

Everything is simulated or calculated, and deterministic: no request is sent, and nobody sleeps. It
takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path

from langchain_telnyx.data._prices import _PRICES
from langchain_telnyx.rate_limiters.limits import Tokens, by_dimension, published_limits
from tests.simulation.workers import MODELS, WORKLOADS, Workload, simulate

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
WORKERS = (1, 10, 100, 1000)
JOBS = (100_000, 10_000_000)
_MILLION = 1_000_000
_HOUR = 60
_DAY = 24 * _HOUR


def workers_table(most: int = max(WORKERS)) -> list[str]:
    """Return the lines of the table of workers, without its header.

    Args:
        most: Leaves out the rows of more workers.
    """
    return [
        _row(tier, workload, workers)
        for workload in WORKLOADS
        for tier in MODELS
        for workers in WORKERS
        if workers <= most
    ]


def _row(tier: str, workload: str, workers: int) -> str:
    without, limited = (simulate(workers, tier, workload, limiter=each) for each in (False, True))
    cells = [
        workload,
        tier,
        f"{workers:,}",
        f"{without.per_minute:,.0f}",
        f"{without.refused_share:.0%}",
        f"{without.failed_share:.0%}",
        f"{limited.per_minute:,.0f}",
        f"{limited.refused_share:.0%}",
        f"{limited.failed_share:.0%}",
        f"{limited.wait(50):.1f} s",
        f"{limited.wait(99):.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def plan_table() -> list[str]:
    """Return the lines of the table of jobs, without its header."""
    return [
        _plan(jobs, tier, workload) for workload in WORKLOADS for jobs in JOBS for tier in MODELS
    ]


def _plan(jobs: int, tier: str, workload: str) -> str:
    model, load = MODELS[tier].name, WORKLOADS[workload]
    amounts = Tokens(load.input, load.output, load.cached).amounts(model)
    limits = by_dimension(published_limits(model), model)
    rates = {name: limit / amounts[name] for name, limit in limits.items()}
    binding = min(rates, key=lambda name: rates[name])
    cells = [
        f"{jobs:,}",
        workload,
        f"{tier} (`{model}`)",
        binding.removeprefix(f"{model} "),
        f"{rates[binding]:,.0f}",
        _time(jobs / rates[binding]),
        f"${_cost(model, load) * jobs:,.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _cost(model: str, load: Workload) -> Decimal:
    prompt, completion, cached = map(Decimal, _PRICES[model])
    uncached = load.input - load.cached
    return (uncached * prompt + load.cached * cached + load.output * completion) / _MILLION


def _time(minutes: float) -> str:
    if minutes < 2 * _HOUR:
        return f"{minutes:.0f} min"
    return f"{minutes / _HOUR:.1f} h" if minutes < 2 * _DAY else f"{minutes / _DAY:.1f} days"


def between(page: str, name: str) -> tuple[int, int]:
    """Return the positions in a page between which a table has its rows.

    Args:
        page: The text of the page.
        name: The table.
    """
    begin = page.index("|\n", page.index("|---", page.index(f"<!-- {name}: begin -->"))) + 2
    return begin, page.index(f"<!-- {name}: end -->", begin)


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/scale.md")
    options = parser.parse_args()
    for name, table in (("workers", workers_table()), ("jobs", plan_table())):
        lines = "\n".join(table)
        sys.stdout.write(f"{lines}\n")
        if options.write:
            page = PAGE.read_text("utf-8")
            begin, end = between(page, name)
            PAGE.write_text(f"{page[:begin]}{lines}\n{page[end:]}", "utf-8")


if __name__ == "__main__":
    main()
