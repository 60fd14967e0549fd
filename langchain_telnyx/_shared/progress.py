"""Optional progress bars with tqdm, which is imported on use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """A progress bar."""

    def to(self, done: int) -> None:
        """Show the number of finished items."""
        ...


class _HiddenBar:
    def to(self, done: int) -> None:
        """Show nothing."""


class _TqdmBar:
    def __init__(self, bar: "_Tqdm") -> None:
        self._bar = bar

    def to(self, done: int) -> None:
        self._bar.update(done - self._bar.n)


class _Tqdm(Protocol):
    n: float

    def update(self, n: float) -> object: ...


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
        yield _HiddenBar()
        return
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise ImportError(
            'Progress bars need tqdm: run `pip install "langchain-telnyx[progress]"`, or leave '
            "`show_progress` off."
        ) from error
    with tqdm(total=total, desc=label) as bar:
        yield _TqdmBar(bar)
