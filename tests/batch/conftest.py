"""A job of stages on the emulator, run by sync and by async functions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.batch import aprocess, arun, process, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_telnyx.batch import Report, Stage


class Runner:
    """Runs stages and jobs by their sync or their async functions."""

    def __init__(self, *, awaited: bool) -> None:
        self.awaited = awaited

    def call(self, stage: Stage, batch: Any) -> Any:
        return asyncio.run(stage.acall(batch)) if self.awaited else stage(batch)

    def run(self, rows: Iterable[Any], stages: Sequence[Stage], **options: Any) -> Report:
        if self.awaited:
            return asyncio.run(arun(rows, stages, **options))
        return run(rows, stages, **options)

    def process(
        self, rows: Iterable[Any], stages: Sequence[Stage], stop: int | None = None, **options: Any
    ) -> list[Any]:
        """Return the rows; stop reading after some of them."""
        if self.awaited:
            return asyncio.run(self._read(rows, stages, stop, **options))
        found: list[Any] = []
        each = process(rows, stages, **options)
        for row in each:
            found.append(row)
            if len(found) == stop:
                break
        each.close()
        return found

    @staticmethod
    async def _read(
        rows: Iterable[Any], stages: Sequence[Stage], stop: int | None, **options: Any
    ) -> list[Any]:
        found: list[Any] = []
        each = aprocess(rows, stages, **options)
        async for row in each:
            found.append(row)
            if len(found) == stop:
                break
        await each.aclose()
        return found


@pytest.fixture(params=["sync", "async"])
def runner(request: pytest.FixtureRequest) -> Runner:
    return Runner(awaited=request.param == "async")
