"""Optional progress bars with tqdm, which is imported on use, or reports to a function."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeAlias

Report: TypeAlias = Callable[[str, int, int], None]
"""Called with a label, the finished items and all items."""

_report: ContextVar[Report | None] = ContextVar("_report", default=None)


class Bar(Protocol):
    """A progress bar."""

    def to(self, done: int) -> None:
        """Show the number of finished items."""
        ...


class _HiddenBar:
    def to(self, done: int) -> None:
        """Show nothing."""


class _ReportedBar:
    def __init__(self, label: str, total: int, report: Report) -> None:
        self._label = label
        self._total = total
        self._report = report

    def to(self, done: int) -> None:
        self._report(self._label, done, self._total)


class _TqdmBar:
    def __init__(self, bar: "_Tqdm") -> None:
        self._bar = bar

    def to(self, done: int) -> None:
        self._bar.update(done - self._bar.n)


class _Tqdm(Protocol):
    n: float

    def update(self, n: float) -> object: ...


@contextmanager
def reported_to(report: Report) -> Iterator[None]:
    """Report the progress that no bar shows to a function, while the block runs."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


@contextmanager
def progress(label: str, total: int, *, show: bool) -> Iterator[Bar]:
    """Show a bar from 0 to `total`, on standard error, while the block runs.

    Args:
        label: The text in front of the bar.
        total: The number of items.
        show: Whether to show the bar.

    Raises:
        ImportError: `show` is set, but tqdm is not installed.
    """
    if not show:
        report = _report.get()
        if report is None:
            yield _HiddenBar()
            return
        bar = _ReportedBar(label, total, report)
        bar.to(0)
        yield bar
        return
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise ImportError(
            'Progress bars need tqdm: run `pip install "langchain-telnyx[progress]"`, or leave '
            "`show_progress` off."
        ) from error
    with tqdm(total=total, desc=label) as shown:
        yield _TqdmBar(shown)
