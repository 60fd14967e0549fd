"""Iteration that ends the producer with its consumer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


@asynccontextmanager
async def closing(items: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close an asynchronous iterator at the end of a block.

    Without it, a generator whose consumer is cancelled between two items ends some time later, in a
    task of the event loop: a graph would still write to its memory, which the next turn reads.

    Args:
        items: A generator, or an iterator without `aclose`.
    """
    try:
        yield items
    finally:
        close: Any = getattr(items, "aclose", None)
        if close is not None:
            await close()
