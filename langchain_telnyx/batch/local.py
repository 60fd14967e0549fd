"""Runs a job in this process, over any iterable of rows."""

import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import aclosing, closing, contextmanager
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from langchain_telnyx._shared.progress import progress
from langchain_telnyx.batch.costs import Budget, LocalBudget
from langchain_telnyx.batch.estimates import batches, check_cost, estimate
from langchain_telnyx.batch.output import check_output, writing
from langchain_telnyx.batch.report import Report
from langchain_telnyx.batch.rows import ColumnType, Row
from langchain_telnyx.batch.stage import ENGINE, Stage
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.client.flows import run_external

# While the slowest row of a batch is processed, the next batch is, too.
_BATCHES = 2


def process(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    *,
    manifest: str | PathLike[str] | None = None,
    max_cost: float | None = None,
    batch_size: int = 64,
) -> Generator[Row, None, None]:
    """Yield rows with the results of stages, in their order, as they are finished.

    At most two batches are read ahead, so rows may be an iterator without an end.

    Args:
        rows: The rows.
        stages: The stages, in their order.
        manifest: The manifest of the stages that have none.
        max_cost: The most USD to spend, without an estimate before: see `run`.
        batch_size: Number of rows that a stage processes before the next stage does.

    Raises:
        TelnyxError: An error of all rows; see `Stage`.
    """
    yield from _process(rows, stages, manifest, batch_size, LocalBudget(max_cost))


async def aprocess(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    *,
    manifest: str | PathLike[str] | None = None,
    max_cost: float | None = None,
    batch_size: int = 64,
) -> AsyncGenerator[Row, None]:
    """Yield rows with the results of stages, in their order; see `process`."""
    found = _aprocess(rows, stages, manifest, batch_size, LocalBudget(max_cost))
    async with aclosing(found) as each:
        async for row in each:
            yield row


def run(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    *,
    output: str | PathLike[str] | None = None,
    manifest: str | PathLike[str] | None = None,
    max_cost: float | None = None,
    batch_size: int = 64,
    show_progress: bool = False,
) -> Report:
    """Run a job in this process, and write its rows to a file.

    A run of the same job after an interruption, a crash or a failure sends only what the manifest
    does not have.

    Args:
        rows: The rows; any iterable of mappings.
        stages: The stages, in their order.
        output: The file: `.parquet`, which needs pyarrow, or `.jsonl`. It is complete or missing:
            until the job ends, the finished rows are in `.<name>.partial` beside it.
        manifest: The manifest of the stages that have none. Default: `<output>.manifest.jsonl`
            beside the output, without an output none.
        max_cost: The most USD that this run may spend. If the estimate is higher, nothing is
            sent. Once it is spent, requests in progress finish, and the other rows have the error
            `CostLimitError`. Rows from an iterator then stay in memory, for the estimate.
        batch_size: Number of rows that a stage processes before the next stage does.
        show_progress: Whether to show a progress bar; needs the extra `progress`.

    Returns:
        The number of rows, failures by type, and costs.

    Raises:
        CostLimitError: The estimate is above `max_cost`.
        ConfigurationError: An option is invalid, or `max_cost` is set and a price is unknown.
        TelnyxError: An error of all rows; see `Stage`.

    Example:
        ```python
        from langchain_telnyx.batch import Chat, run

        rows = [{"text": "Titan is a moon of Saturn."}]
        report = run(rows, [Chat("Which planet? {text}")], output="planets.jsonl")
        print(report)
        ```
    """
    job = _Job(rows, stages, output, manifest, max_cost)
    job.check_cost()
    found = _process(job.rows, stages, job.manifest, batch_size, job.budget)
    with job.writing(show_progress=show_progress) as done, closing(found) as each:
        for row in each:
            done(row)
    return job.report


async def arun(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    *,
    output: str | PathLike[str] | None = None,
    manifest: str | PathLike[str] | None = None,
    max_cost: float | None = None,
    batch_size: int = 64,
    show_progress: bool = False,
) -> Report:
    """Run a job in this process, and write its rows to a file; see `run`."""
    job = _Job(rows, stages, output, manifest, max_cost)
    await ENGINE.aio.send(run_external(job.check_cost))
    found = _aprocess(job.rows, stages, job.manifest, batch_size, job.budget)
    with job.writing(show_progress=show_progress) as done:
        async with aclosing(found) as each:
            async for row in each:
                done(row)
    return job.report


class _Job:
    """The options of a run, checked, and its report."""

    def __init__(
        self,
        rows: Iterable[Row],
        stages: Sequence[Stage],
        output: str | PathLike[str] | None,
        manifest: str | PathLike[str] | None,
        max_cost: float | None,
    ) -> None:
        self._stages = stages
        self._max_cost = max_cost
        self.output = None if output is None else Path(output)
        check_output(self.output)
        self.manifest = manifest_for(self.output, manifest)
        self.budget = LocalBudget(max_cost)
        self.report = Report(output=self.output)
        is_iterator = iter(rows) is rows
        self.rows = list(rows) if max_cost is not None and is_iterator else rows

    def check_cost(self) -> None:
        """Check that the estimate is not above the limit; see `estimates.check_cost`."""
        if self._max_cost is not None:
            found = estimate(self.rows, with_manifest(self._stages, self.manifest))
            check_cost(found, self._max_cost)

    @contextmanager
    def writing(self, *, show_progress: bool) -> Iterator[Callable[[Row], None]]:
        """Write and count rows while the block runs, one by one."""
        begun = time.monotonic()
        total = len(self.rows) if isinstance(self.rows, Sequence) else 0
        columns = columns_of(self._stages)
        with (
            progress("Processing", total, show=show_progress) as bar,
            writing(self.output, columns) as writer,
        ):

            def done(row: Row) -> None:
                writer.write([row])
                self.report.add(row)
                bar.to(self.report.rows)

            try:
                yield done
            finally:
                self.report.spent = self.budget.spent
                self.report.seconds = time.monotonic() - begun


def manifest_for(output: Path | None, manifest: str | PathLike[str] | None) -> Path | None:
    """Return the manifest of a job: the given one, or one beside its output."""
    if manifest is not None:
        return Path(manifest)
    return None if output is None else output.with_name(f"{output.name}.manifest.jsonl")


def with_manifest(
    stages: Sequence[Stage], manifest: str | PathLike[str] | None, **changes: Any
) -> list[Stage]:
    """Return copies of stages, with a manifest for those that have none."""
    path = None if manifest is None else Path(manifest)
    return [stage.configured(manifest=stage.manifest or path, **changes) for stage in stages]


def columns_of(stages: Sequence[Stage]) -> dict[str, ColumnType]:
    """Return the result columns of a job, with `error` and `cost` last.

    Raises:
        ConfigurationError: There are no stages, or two write the same column.
    """
    if not stages:
        raise ConfigurationError("`stages` is empty: pass at least one.")
    columns: dict[str, ColumnType] = {}
    for stage in stages:
        if taken := columns.keys() & stage.columns.keys():
            raise ConfigurationError(
                f"Two stages write the column {min(taken)!r}: name another `output_column`, or "
                f"rename the property."
            )
        columns |= stage.columns
    return {**columns, "error": "string", "cost": "double"}


def _process(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    manifest: str | PathLike[str] | None,
    batch_size: int,
    budget: Budget,
) -> Generator[Row, None, None]:
    jobs = _jobs(rows, stages, manifest, batch_size, budget)
    with closing(ENGINE.send_each(jobs, width=_BATCHES)) as each:
        for batch in each:
            yield from batch


async def _aprocess(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    manifest: str | PathLike[str] | None,
    batch_size: int,
    budget: Budget,
) -> AsyncGenerator[Row, None]:
    jobs = _jobs(rows, stages, manifest, batch_size, budget)
    async with aclosing(ENGINE.aio.send_each(jobs, width=_BATCHES)) as each:
        async for batch in each:
            for row in batch:
                yield row


def _jobs(
    rows: Iterable[Row],
    stages: Sequence[Stage],
    manifest: str | PathLike[str] | None,
    batch_size: int,
    budget: Budget,
) -> Iterator[Callable[[], Flow[list[Row]]]]:
    if batch_size < 1:
        raise ConfigurationError(f"`batch_size` must be at least 1, not {batch_size}.")
    columns_of(stages)
    bound = with_manifest(stages, manifest, budget=budget)

    def job(batch: list[Row]) -> Flow[list[Row]]:
        for stage in bound:
            batch = yield from run_external(
                partial(stage.run_rows, batch), partial(stage.arun_rows, batch)
            )
        return batch

    return (partial(job, batch) for batch in batches(rows, batch_size))
