"""Test runs of users, with the pytest plugin of the emulator."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.pytester import RunResult

# Importing the plugins of all installed packages takes most of the time of a short run.
_WITHOUT_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "langchain_telnyx.emulator.pytest_plugin")


def run_plugin(project: pytest.Pytester, *arguments: str, autoload: bool = False) -> RunResult:
    """Run the tests of a project in a process of their own.

    Args:
        project: The project.
        *arguments: Arguments of pytest.
        autoload: Whether pytest finds its plugins by their entry points, as in a run of a user.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not autoload:
            patch.setitem(os.environ, _WITHOUT_AUTOLOAD, "1")
            arguments = (*_PLUGINS, *arguments)
        return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
