"""Set up every test: no Telnyx settings from the environment, and no network beyond loopback.

With TESTS_ON_HTTPCORE=1 in the environment, our own connections use httpcore although httpcore2 is
installed, as it is with LangSmith; httpx2 can still import it. With TESTS_ON_HTTPTOOLS=1 they use
httptools, as with the extra `fast`; otherwise not, although it is installed.
"""

import importlib
import os
import sys

import pytest
from pytest_socket import socket_allow_hosts

pytest_plugins = [
    "tests.support.fixtures",
    "tests.support.hypothesis_profiles",
    "tests.support.profiles",
]

_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_TRACING = ("LANGCHAIN_", "LANGSMITH_")

if os.environ.get("TESTS_ON_HTTPCORE") == "1":
    sys.modules["httpcore2"] = None  # type: ignore[assignment]  # temporarily not importable
    importlib.import_module("langchain_telnyx.client.http.core")
    del sys.modules["httpcore2"]
if os.environ.get("TESTS_ON_HTTPTOOLS") != "1":
    sys.modules["httptools"] = None  # type: ignore[assignment]  # temporarily not importable
    importlib.import_module("langchain_telnyx.client.http.http1").is_installed()  # it is cached
    del sys.modules["httptools"]


@pytest.fixture(autouse=True)
def _isolated_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("TELNYX_", *_TRACING)) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    # pytest-socket resets this after each test.
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # Bytes are not readable in a test's name. If they contain the time, as those of a PDF do,
    # parallel test processes would have different names for the same test.
    return argname if isinstance(val, bytes) else None
