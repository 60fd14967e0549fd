"""The contract tests need the official slice, which is no part of this repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import spec

if TYPE_CHECKING:
    import pytest

if not spec.FILE.exists():
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not spec.FILE.exists():
        terminalreporter.write_line(f"tests/contract was not run: {spec.FILE} is not here.")
