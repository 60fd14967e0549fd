"""The simulated figures of docs/scale.md."""

from __future__ import annotations

import pytest

from tests.simulation.scale import PAGE, between, plan_table, workers_table
from tests.simulation.workers import simulate


def rows(name: str) -> list[str]:
    """Return the rows of a table of the page."""
    page = PAGE.read_text("utf-8")
    begin, end = between(page, name)
    return page[begin:end].strip().splitlines()


def test_the_page_has_the_results_of_few_workers() -> None:
    shown = [row for row in rows("workers") if int(row.split(" | ")[2].replace(",", "")) <= 10]
    assert shown == workers_table(10)


@pytest.mark.slow
def test_the_page_has_the_results_of_many_workers() -> None:
    assert rows("workers") == workers_table()


def test_the_page_has_the_time_and_the_price_of_jobs() -> None:
    assert rows("jobs") == plan_table()


def test_with_a_limiter_no_request_is_refused_and_without_most_are() -> None:
    with_limiter = simulate(100, "large", "insights", limiter=True)
    without = simulate(100, "large", "insights", limiter=False)
    assert (with_limiter.refused, with_limiter.failed) == (0, 0)
    assert without.refused_share > 0.5
    assert without.failed > 0
    # 200,000 output tokens a minute, in answers of 300 that reserve 600 for six seconds.
    assert 500 <= with_limiter.per_minute <= 667


def test_the_same_seed_gives_the_same_result() -> None:
    one, two, other = (
        simulate(20, "large", "chat", limiter=True, seed=seed).waits for seed in (7, 7, 8)
    )
    assert one == two
    assert one != other
