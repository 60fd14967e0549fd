"""`Stage`: a step of a batch job, which adds columns to rows.

A stage is a function of a batch that can be pickled. One row's failure is that row's `error`.
Each row, or each small group of rows, is a flow, so sync and async runs share the code.
"""

import copy
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, TypeVar

from langchain_core.rate_limiters import BaseRateLimiter

from langchain_telnyx._shared.manifest import Entry, Manifest
from langchain_telnyx.batch.places import Places
from langchain_telnyx.batch.report import cost_in
from langchain_telnyx.batch.rows import (
    BatchT,
    ColumnType,
    Row,
    batch_of,
    has_failed,
    rows_of,
)
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import AuthenticationError, ConfigurationError, TelnyxError
from langchain_telnyx.client.flows import concurrently, run_external

if TYPE_CHECKING:
    from langchain_telnyx.batch.costs import Budget

T = TypeVar("T")

RateLimiter: TypeAlias = BaseRateLimiter | Callable[[], BaseRateLimiter]
"""A rate limiter, or a function that creates one in each worker."""

# Runs the flows of stages. It sends no requests: the adapters in the flows have their own clients,
# whose deadline is for a request, not for a batch.
ENGINE = Telnyx(
    api_key="not used",
    base_url="https://api.telnyx.com/v2",
    storage_url="https://api.telnyx.com",
)
# Threads that share a stage share its manifest, places and rate limiter.
_LOCK = threading.Lock()

_ALL = {"error": "string", "cost": "double"}


class NotSavedError(TelnyxError):
    """A result is not in the manifest, and the stage only reads it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a stage found for a row.

    Attributes:
        columns: The result columns.
        cost: What it cost, in USD; `None` if unknown.
        error: The error of the row.
    """

    columns: Row = field(default_factory=dict)
    cost: Decimal | None = None
    error: Exception | None = None


class Stage(ABC):
    """A step of a batch job: a function of a batch that can be pickled, and sync and async methods.

    A batch is a mapping of column names to lists or arrays, a table of pyarrow, a data frame of
    pandas, or a list of rows; the result has the same form, with the input columns, those of
    `columns`, and two columns of all stages:

    - `error`: type and message of the error of a row, else null. Later stages skip the row.
    - `cost`: USD of the row's requests so far, as far as the price is known.

    A pickle has no API key: TELNYX_API_KEY is read where it is loaded.

    Args:
        manifest: A file for paid results, so that none is paid twice: by another run, or after a
            worker dies. Stages can share it.
        max_concurrency: Number of requests at a time, in this process.
        rate_limiter: A rate limiter that each request waits for, or a function that creates it in
            each worker.

    Raises:
        ConfigurationError: An option is invalid. During a run: the key is missing, the manifest
            cannot be read or written, or the rows already have a result column.
        AuthenticationError: During a run: the key is wrong. `partial` of both errors has the rows.
    """

    columns: Mapping[str, ColumnType]
    """The result columns and their types, without `error` and `cost`."""

    _unit_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 8,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        if max_concurrency < 1:
            raise ConfigurationError(
                f"`max_concurrency` must be at least 1, not {max_concurrency}."
            )
        self.manifest = None if manifest is None else Path(manifest)
        self.max_concurrency = max_concurrency
        self.rate_limiter = rate_limiter
        self.budget: Budget | None = None
        self._only_saved = False

    @property
    def name(self) -> str:
        """The name in reports."""
        return type(self).__name__

    @property
    def result_columns(self) -> dict[str, ColumnType]:
        """All columns that the stage adds or replaces, with their types."""
        columns: dict[str, Any] = {**self.columns, **_ALL}
        return columns

    def __call__(self, batch: BatchT) -> BatchT:
        """Return a batch with the results."""
        rows = self.run_rows(rows_of(batch))
        return batch_of(batch, rows, self.result_columns)

    async def acall(self, batch: BatchT) -> BatchT:
        """Return a batch with the results; see `__call__`."""
        rows = await self.arun_rows(rows_of(batch))
        return batch_of(batch, rows, self.result_columns)

    def run_rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return copies of the rows with the results."""
        return ENGINE.send(self._flow(rows))

    async def arun_rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return copies of the rows with the results; see `run_rows`."""
        return await ENGINE.aio.send(self._flow(rows))

    def configured(self, **changes: Any) -> Self:
        """Return a copy with other values of `manifest`, `max_concurrency`, `budget` and so on."""
        other = copy.copy(self)
        vars(other).update(changes)
        return other

    def saved(self, rows: Sequence[Row]) -> list[Row | None]:
        """Return the rows whose results need no request; `None` for the others.

        Reads the manifest, and if there is one, recordings. Sends nothing.
        """
        if self.manifest is None or not self.manifest.exists():
            return [row if has_failed(row) else None for row in rows]
        reader = self.configured(_only_saved=True, budget=None)
        not_saved = f"{NotSavedError.__name__}:"
        return [
            None if has_failed(row) and row["error"].startswith(not_saved) else row
            for row in reader.run_rows(rows)
        ]

    @abstractmethod
    def estimated(self, row: Row, tokens: int | None) -> "RowEstimate":
        """Return what a row is expected to cost.

        Args:
            row: The row.
            tokens: The expected tokens of the text that an earlier stage will find; `None` if the
                row has its text.
        """

    @abstractmethod
    def check(self) -> None:
        """Check that requests can be sent from this process, without sending one.

        Raises:
            ConfigurationError: The key is missing.
        """

    @abstractmethod
    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        """Return the result of each row of a unit.

        Raises:
            Exception: The error of all rows of the unit.
        """

    @cached_property
    def _manifest(self) -> Manifest | None:
        return None if self.manifest is None else Manifest(self.manifest)

    @cached_property
    def _places(self) -> Places:
        return Places(self.max_concurrency)

    @cached_property
    def _limiter(self) -> BaseRateLimiter | None:
        limiter = self.rate_limiter
        return limiter if limiter is None or isinstance(limiter, BaseRateLimiter) else limiter()

    def _flow(self, rows: Sequence[Row]) -> Flow[list[Row]]:
        with _LOCK:
            self._create()
        done = [dict(row) for row in rows]
        self._check_columns(done)
        for row in done:
            row.update(dict.fromkeys(self.columns))
            row["error"] = row["error"] if has_failed(row) else None
            row["cost"] = float(cost_in(row))
        left = [row for row in done if row["error"] is None]
        units = [left[at : at + self._unit_size] for at in range(0, len(left), self._unit_size)]
        fatal: list[TelnyxError] = []
        attempts = [partial(self._attempt, unit, fatal) for unit in units]
        yield from concurrently(attempts, width=self.max_concurrency)
        if fatal:
            vars(fatal[0])["partial"] = done
            raise fatal[0]
        return done

    def _create(self) -> None:
        """Create what threads share."""
        _ = self._manifest, self._places, self._limiter

    def _attempt(self, rows: list[Row], fatal: list[TelnyxError]) -> Flow[None]:
        free = yield from run_external(self._places.take, self._places.atake)
        try:
            if fatal:
                return
            results = yield from self._results(rows)
        except (AuthenticationError, ConfigurationError) as error:
            fatal.append(error)
            results = [Result(error=error)] * len(rows)
        except Exception as error:  # noqa: BLE001 - models of other providers have their own
            results = [Result(error=error)] * len(rows)
        finally:
            free()
        for row, result in zip(rows, results, strict=True):
            row.update(result.columns)
            if result.cost is not None:
                row["cost"] = float(cost_in(row) + result.cost)
            if result.error is not None:
                row["error"] = error_text(result.error)

    def _paid(self, request: Callable[[], Flow[T]], *, limited: bool = True) -> Flow[T]:
        """Send a request that costs money, if the job may.

        Args:
            request: Sends it.
            limited: Whether to wait for the rate limiter; not if a model does it.
        """
        if self._only_saved:
            raise NotSavedError("The result is not in the manifest.")
        if self.budget is not None:
            yield from run_external(self.budget.check, self.budget.acheck)
        if limited and (limiter := self._limiter) is not None:
            yield from run_external(limiter.acquire, limiter.aacquire)
        return (yield from request())

    def _spend(self, cost: Decimal | None, row: Row) -> None:
        """Count what a request cost; if that is unknown, what it was expected to cost.

        A service may return no token counts, and a job should stop at its limit nevertheless.
        """
        if self.budget is None:
            return
        counted = self.estimated(row, None).cost if cost is None else cost
        if counted is not None:
            self.budget.add(counted)

    def _save_or_load(
        self,
        key: str,
        source: str,
        request: Callable[[], Flow[Any]],
        is_valid: Callable[[Any], bool],
    ) -> Flow[Any]:
        if self._manifest is None:
            return (yield from request())
        return (yield from self._manifest.get_or_request(key, source, request, is_valid=is_valid))

    def _saved_or_requested(
        self, keys: Sequence[str], request: Callable[[Sequence[str]], Flow[Sequence[Entry]]]
    ) -> Flow[dict[str, Any]]:
        """Return the saved results of keys; see `Manifest.get_or_request_all`."""
        if self._manifest is None:
            if keys:
                yield from request(keys)
            return {}
        if self._only_saved:
            saved = yield from self._manifest.find_all(keys)
            if missing := [key for key in keys if key not in saved]:
                yield from request(missing)
            return saved
        return (yield from self._manifest.get_or_request_all(keys, request))

    def _check_columns(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if taken := [name for name in self.columns if name in row]:
                raise ConfigurationError(
                    f"{self.name} writes the column {taken[0]!r}, which the rows already have: "
                    f"rename or drop it."
                )

    def __getstate__(self) -> dict[str, Any]:
        # Without what is created on first use: files, locks, adapters.
        created = {
            name
            for kind in type(self).__mro__
            for name, value in vars(kind).items()
            if isinstance(value, cached_property)
        }
        return {name: value for name, value in vars(self).items() if name not in created}

    def __repr__(self) -> str:
        return f"{self.name}()"


@dataclass(frozen=True, slots=True)
class RowEstimate:
    """What a row is expected to cost in a stage.

    Attributes:
        cost: USD; `None` if the price is unknown.
        tokens: Tokens of the text that the stage finds, if later stages use it.
        seconds: Length of the recording that is sent.
        is_guess: Whether the length is a guess.
    """

    cost: Decimal | None
    tokens: int | None = None
    seconds: float = 0.0
    is_guess: bool = False


def error_text(error: BaseException) -> str:
    """Return the type and the message of an error."""
    message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
