"""The library of own connections: httpcore2 if it is installed, else httpcore."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore
import httpcore2
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIConnectionError, APITimeoutError
from langchain_telnyx.client.http.core import core

AsAsync = Callable[[Telnyx], Any]
HERE = Path(__file__).parent
EITHER = pytest.mark.parametrize("library", [httpcore, httpcore2], ids=["httpcore", "httpcore2"])
# The calls of the tests without httpcore2.
CONNECTIONS = ["test_connections.py", "test_proxies.py", "test_tls.py", "test_instrumented.py"]


def test_own_connections_use_httpcore2_if_it_is_installed() -> None:
    chosen = "httpcore" if os.environ.get("TESTS_ON_HTTPCORE") == "1" else "httpcore2"
    assert core.__name__ == chosen


def run(program: str, *arguments: str, **environment: str) -> str:
    """Run a program in a new Python process, and return its output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent.parent,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_connections_work_where_httpcore2_is_not_installed() -> None:
    program = (
        "import sys; sys.modules['httpcore2'] = None; import pytest; "
        "status = pytest.main(sys.argv[1:]); "
        "from langchain_telnyx.client.http.core import core; "
        "print(core.__name__); sys.exit(status)"
    )
    files = [str(HERE / name) for name in CONNECTIONS]
    out = run(program, "-q", "-p", "no:cacheprovider", "-k", "not httpx2", *files)
    assert out.splitlines()[-1] == "httpcore"
    assert " passed" in out


@pytest.mark.parametrize("blocked", ["", "httpcore2"])
def test_the_first_request_loads_one_of_them_and_not_the_import(blocked: str) -> None:
    program = """
import sys
if sys.argv[1]:
    sys.modules[sys.argv[1]] = None
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIConnectionError
cores = lambda: sorted(name for name in ("httpcore", "httpcore2") if sys.modules.get(name))
telnyx = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:1", max_retries=0)
before = cores()
try:
    telnyx.models.list()
except APIConnectionError:
    print(before, cores())
"""
    loaded = "httpcore" if blocked else "httpcore2"
    assert run(program, blocked) == f"[] ['{loaded}']\n"


@EITHER
@pytest.mark.parametrize(
    ("name", "kind", "sent"),
    [
        ("ConnectError", APIConnectionError, False),
        ("ConnectTimeout", APITimeoutError, False),
        ("PoolTimeout", APITimeoutError, False),
        ("ProxyError", APIConnectionError, False),
        ("UnsupportedProtocol", APIConnectionError, False),
        ("ReadTimeout", APITimeoutError, True),
        ("WriteTimeout", APITimeoutError, True),
        ("ReadError", APIConnectionError, True),
        ("WriteError", APIConnectionError, True),
        ("LocalProtocolError", APIConnectionError, True),
        ("RemoteProtocolError", APIConnectionError, True),
    ],
)
async def test_errors_of_both_libraries_are_mapped(  # noqa: PLR0917 - fixtures and a table
    as_async: AsAsync,
    monkeypatch: pytest.MonkeyPatch,
    library: Any,
    name: str,
    kind: type[APIConnectionError],
    sent: bool,  # noqa: FBT001 - a column of the table
) -> None:
    def fail(*_: Any) -> Any:
        raise getattr(library, name)("it happened")

    async def afail(*_: Any) -> Any:
        fail()

    monkeypatch.setattr(core.ConnectionPool, "handle_request", fail)
    monkeypatch.setattr(core.AsyncConnectionPool, "handle_async_request", afail)
    telnyx = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:1", max_retries=0)
    with pytest.raises(kind) as caught:
        await as_async(telnyx).models.list()
    assert caught.value.sent is sent
