"""Progress bars, for those who ask for them: tqdm, imported on use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """What a progress bar can be told."""

    def to(self, done: int) -> None:
        """Show that so many are done."""
        ...


class _Silent:
    def to(self, done: int) -> None:
        """Show nothing."""


class _Drawn:
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
        label: What is being done.
        total: How many there are.
        show: Whether to show it at all.

    Raises:
        ImportError: It is to be shown, but tqdm is not installed.
    """
    if not show:
        yield _Silent()
        return
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise ImportError(
            'Progress bars need tqdm: run `pip install "langchain-telnyx[progress]"`, or leave '
            "`show_progress` off."
        ) from error
    with tqdm(total=total, desc=label) as bar:
        yield _Drawn(bar)
