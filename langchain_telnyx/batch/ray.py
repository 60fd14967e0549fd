"""Runs a job on Ray Data: a pool of workers for each stage. Needs the extra `ray`.

A worker is an actor with one client and an event loop. Ray restarts a worker that dies and repeats
its batches; the manifest has their paid results.
"""

import importlib
import time
from collections.abc import Sequence
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

from langchain_telnyx.batch.costs import spent_error
from langchain_telnyx.batch.estimates import check_cost, estimate
from langchain_telnyx.batch.local import columns_of, manifest_for, with_manifest
from langchain_telnyx.batch.report import Report
from langchain_telnyx.batch.stage import Stage
from langchain_telnyx.client.errors import ConfigurationError

__all__ = ["map_stage", "run_on_ray"]

# Workers wait for the network, and all pools must fit on the cluster beside Ray's own tasks.
_CPUS = 0.1


def map_stage(
    dataset: Any,
    stage: Stage,
    *,
    workers: int = 2,
    batch_size: int = 32,
    **options: Any,
) -> Any:
    """Return a dataset with the results of a stage.

    `Dataset.map_batches(Transcribe, fn_constructor_kwargs={…})` works, too. This function adds what
    a job of many rows needs: workers that process several batches at a time on one event loop, a
    share of `max_concurrency` for each, types of columns that do not depend on the rows, and an
    error at the start if a worker has no key.

    Args:
        dataset: A Ray dataset.
        stage: The stage. Its `max_concurrency` is that of all workers together.
        workers: Number of workers.
        batch_size: Number of rows that a worker gets at a time.
        **options: Options of `map_batches` and of Ray's actors, such as `num_cpus` (default: 0.1),
            `memory` and `runtime_env`.

    Returns:
        A Ray dataset; nothing is executed yet.

    Raises:
        ConfigurationError: There are more workers than requests at a time.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md#ray-data
    """
    if not 1 <= workers <= stage.max_concurrency:
        raise ConfigurationError(
            f"`workers` must be from 1 to the stage's `max_concurrency`, {stage.max_concurrency}, "
            f"not {workers}."
        )
    pool = _ray().data.ActorPoolStrategy(size=workers)
    share = stage.configured(
        max_concurrency=stage.max_concurrency // workers,
        # Workers have other working folders.
        manifest=None if stage.manifest is None else stage.manifest.absolute(),
    )
    return dataset.map_batches(
        _Worker,
        fn_constructor_args=[share],
        batch_format="pyarrow",
        batch_size=batch_size,
        compute=pool,
        **{"num_cpus": _CPUS, **options},
    )


def run_on_ray(
    rows: Any,
    stages: Sequence[Stage],
    *,
    output: str | PathLike[str],
    manifest: str | PathLike[str] | None = None,
    max_cost: float | None = None,
    workers: int = 2,
    batch_size: int = 32,
    **options: Any,
) -> Report:
    """Run a job on Ray, and write its rows as Parquet.

    A run of the same job, after an interruption or a failure, sends only what the manifest does not
    have. Start Ray before, by `ray.init()`.

    Args:
        rows: A Ray dataset, or an iterable of rows.
        stages: The stages, in their order; `max_concurrency` of each is that of all its workers.
        output: The folder of the Parquet files; the files of an earlier run are replaced.
        manifest: The manifest of the stages that have none: a file that all workers share. Default:
            `<output>.manifest.jsonl` beside a local output.
        max_cost: The most USD that this run may spend: see `run`.
        workers: Number of workers of each stage.
        batch_size: Number of rows that a worker gets at a time.
        **options: See `map_stage`.

    Returns:
        The number of rows, failures by type, and costs.

    Raises:
        CostLimitError: The estimate is above `max_cost`; nothing was sent.
        ConfigurationError: An option is invalid; a price is unknown, but `max_cost` is set; or the
            output is not local and there is no `manifest`.
        ImportError: The extra `ray` is not installed.
        Exception: During the run, of Ray: a worker has no key or a wrong one, or a manifest cannot
            be written.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md#ray-data
    """
    ray = _ray()
    begun = time.monotonic()
    columns_of(stages)
    if manifest is None:
        if "://" in str(output):
            raise ConfigurationError(
                "The output is not on this machine: pass `manifest`, a file that all workers share."
            )
        manifest = manifest_for(Path(output), None)
    dataset = rows if hasattr(rows, "map_batches") else ray.data.from_items(list(rows))
    bound = with_manifest(stages, manifest)
    if max_cost is not None:
        check_cost(estimate(dataset.iter_rows(), bound), max_cost)
    budget = RayBudget.start(max_cost)
    for stage in bound:
        dataset = map_stage(
            dataset,
            stage.configured(budget=budget),
            workers=workers,
            batch_size=batch_size,
            **options,
        )
    folder = str(output) if "://" in str(output) else str(Path(output).absolute())
    dataset.write_parquet(folder, mode=ray.data.SaveMode.OVERWRITE)
    report = _report(folder)
    report.spent = budget.spent
    report.seconds = time.monotonic() - begun
    report.output = Path(output)
    return report


class RayBudget:
    """The budget of a job on a cluster, in an actor.

    Args:
        actor: The actor.
        max_cost: The limit in USD; `None` for none.
    """

    def __init__(self, actor: Any, max_cost: float | None) -> None:
        self._actor = actor
        self._max_cost = max_cost

    @classmethod
    def start(cls, max_cost: float | None) -> "RayBudget":
        """Create the actor of a budget; it ends with the last reference to it."""
        return cls(_ray().remote(_Spent).options(num_cpus=0).remote(), max_cost)

    @property
    def spent(self) -> Decimal:
        """The cost of the requests so far, in USD."""
        spent: Decimal = _ray().get(self._actor.read.remote())
        return spent

    def check(self) -> None:
        """Check that the job may spend more; see `Budget`."""
        if self._max_cost is not None:
            self._check(self._max_cost, self.spent)

    async def acheck(self) -> None:
        """Check that the job may spend more; see `Budget`."""
        if self._max_cost is not None:
            self._check(self._max_cost, await self._actor.read.remote())

    def add(self, cost: Decimal) -> None:
        """Add the cost of a request, in USD, without waiting."""
        self._actor.add.remote(cost)

    @staticmethod
    def _check(max_cost: float, spent: Decimal) -> None:
        if spent >= Decimal(str(max_cost)):
            raise spent_error(max_cost, spent)


class _Spent:
    """An actor: the sum of costs."""

    def __init__(self) -> None:
        self._spent = Decimal(0)

    def add(self, cost: Decimal) -> None:
        self._spent += cost

    def read(self) -> Decimal:
        return self._spent


class _Worker:
    """A worker of a stage: one client, and several batches at a time on one event loop."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        try:
            stage.check()
        except ConfigurationError as error:
            raise ConfigurationError(
                f"{error} Stages have no key when they are sent to a worker, which reads it from "
                f"its own environment. Set TELNYX_API_KEY there, for example by "
                f'`ray.init(runtime_env={{"env_vars": {{"TELNYX_API_KEY": key}}}})`.'
            ) from error

    async def __call__(self, batch: Any) -> Any:
        return await self._stage.acall(batch)


def _report(folder: str) -> Report:
    """Count the rows of Parquet files."""
    arrow: Any = importlib.import_module("pyarrow.dataset")
    report = Report()
    for batch in arrow.dataset(folder, format="parquet").to_batches(columns=["error", "cost"]):
        for row in batch.to_pylist():
            report.add(row)
    return report


def _ray() -> Any:
    """Return Ray, which is checked at run time: type checkers need not have it.

    Raises:
        ImportError: It is not installed.
    """
    try:
        importlib.import_module("ray.data")
        return importlib.import_module("ray")
    except ImportError as error:
        raise ImportError(
            'Ray Data is not installed: run `pip install "langchain-telnyx[ray]"`.'
        ) from error
