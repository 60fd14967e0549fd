"""Tests of langchain-tests that depend on a quirk's default; they cannot be decorated."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_USAGE = {"test_usage_metadata", "test_usage_metadata_streaming"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark = pytest.mark.default_quirks("They count tokens.", "usage_absent", "stream_usage")
    for item in items:
        if _HERE in item.path.parents and item.name.partition("[")[0] in _USAGE:
            item.add_marker(mark)
