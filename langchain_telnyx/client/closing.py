"""A mixin that adds `with` and `async with` to a class with `close` and `aclose`."""

from types import TracebackType
from typing import Self


class ClosingMixin:
    """Closes at the end of a `with` or `async with` block."""

    def close(self) -> None:
        """Close the connections."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
