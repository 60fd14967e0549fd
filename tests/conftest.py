"""For every test: no Telnyx settings from outside, and no network beyond this machine.

With TESTS_ON_HTTPCORE=1 in the environment, our own connections are of httpcore although httpcore2
is installed, as it always is beside LangSmith; httpx2 still finds it.
"""

import importlib
import os
import sys

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

# `make ci` draws the same examples each time; `make test` draws new ones.
settings.register_profile("repeatable", derandomize=True, database=None)

pytest_plugins = ["tests.support.fixtures"]

_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_TRACING = ("LANGCHAIN_", "LANGSMITH_")

if os.environ.get("TESTS_ON_HTTPCORE") == "1":
    sys.modules["httpcore2"] = None  # type: ignore[assignment]  # not to be found, for now
    importlib.import_module("langchain_telnyx.client.http.core")
    del sys.modules["httpcore2"]


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TELNYX_", *_TRACING)) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    # Undone by pytest-socket after each test.
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # A file's bytes make no readable name; and where they hold the time, as a PDF's do, each of
    # several test processes would know the test by another one.
    return argname if isinstance(val, bytes) else None
