"""Install third-party checkers, each into its own folder under `.judges/`, at a pinned version.

They are not dependencies of the package or its tests: they run in processes of their own. Test
processes that run at the same time install each of them once: the others wait.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import spec

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = spec.ROOT / ".judges"

VERSION_1 = "langchain-telnyx==1.0.0"
VERSION_1_SHA256 = "430e20ad41c955e4253954bfc830eb32213e6d69b41e3ed5e28b04bfc9f240b0"
LANGCHAIN_OPENAI = "langchain-openai==1.7.4"
LANGCHAIN_ANTHROPIC = "langchain-anthropic==1.7.10"
DEEPAGENTS = "deepagents==0.7.32"
LITELLM = "litellm==1.110.2"
# Includes their own dependencies that have names users see.
PEERS = (
    LANGCHAIN_OPENAI,
    LANGCHAIN_ANTHROPIC,
    "langchain==1.5.2",
    "langchain-core==1.8.3",
    "openai==3.57.0",
    "anthropic==2.14.0",
)
PRISM = "@stoplight/prism-cli@5.14.2"
SCHEMATHESIS = "schemathesis==4.32.5"


class MissingToolError(Exception):
    """A tool that a checker requires is not installed."""


def python(requirement: str) -> Path:
    """Return the Python of an environment with a requirement; create it on first use."""
    return _environment(requirement.replace("==", "-"), (requirement,))


def peers() -> Path:
    """Return the Python of an environment with the packages to compare with."""
    return _environment("peers", PEERS)


def ours(*others: str, name: str = "langchain-telnyx-here") -> Path:
    """Return the Python of an environment with this repository and other requirements.

    The package is installed as editable, so changes need no new environment.

    Args:
        *others: The other requirements.
        name: The name of the environment.
    """
    project = (spec.ROOT / "pyproject.toml").read_bytes()
    return _environment(
        name,
        (f"--editable={spec.ROOT}", *others),
        of=f"pyproject.toml {hashlib.sha256(project).hexdigest()}",
    )


def source(python: Path, requirement: str, sha256: str) -> Path:
    """Return the folder of a source distribution without its package: tests, examples, documents.

    Args:
        python: An interpreter with pip.
        requirement: The project, at a version.
        sha256: The archive's.

    Raises:
        MissingToolError: The archive has another checksum.
    """
    project, _, version = requirement.partition("==")
    folder = FOLDER / f"{project}-{version}-source"
    with _made_once(folder, sha256) as is_made:
        if not is_made:
            folder.mkdir()
            only_source = ("--no-deps", f"--no-binary={project}", f"--dest={folder}")
            _run(str(python), "-m", "pip", "download", "--quiet", *only_source, requirement)
            [archive] = folder.glob("*.tar.gz")
            if (found := hashlib.sha256(archive.read_bytes()).hexdigest()) != sha256:
                raise MissingToolError(f"{archive.name} has the SHA-256 {found}, not {sha256}.")
            package = project.replace("-", "_")
            with tarfile.open(archive) as packed:
                # Without the package itself: that import must be ours.
                members = [each for each in packed if each.name.split("/")[1:2] != [package]]
                packed.extractall(folder, members, filter="data")
    return folder / f"{project.replace('-', '_')}-{version}"


def _environment(name: str, requirements: tuple[str, ...], *, of: str = "") -> Path:
    folder = FOLDER / name
    made_of = f"Python {sys.version.split()[0]}, {', '.join(requirements)}{of and f', {of}'}\n"
    with _made_once(folder, made_of) as is_made:
        if not is_made:
            beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
            uv = shutil.which("uv", path=beside)
            interpreter = str(folder / "bin" / "python")
            if uv:
                _run(uv, "venv", "--quiet", f"--python={sys.executable}", str(folder))
                _run(uv, "pip", "install", "--quiet", f"--python={interpreter}", *requirements)
            else:
                _run(sys.executable, "-m", "venv", str(folder))
                _run(interpreter, "-m", "pip", "install", "--quiet", *requirements)
    return folder / "bin" / "python"


def prism() -> Path:
    """Return the Prism command; install it on first use.

    Raises:
        MissingToolError: Node.js or npm is missing.
    """
    folder = FOLDER / "prism"
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        raise MissingToolError(
            f"Prism validates the client's requests, and needs {' and '.join(missing)}: install "
            "Node.js 18 or newer."
        )
    with _made_once(folder, PRISM) as is_made:
        if not is_made:
            folder.mkdir()
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            _run("npm", "install", *quiet, f"--prefix={folder}", PRISM)
    return folder / "node_modules" / ".bin" / "prism"


def environment() -> dict[str, str]:
    """Return the environment variables of a checker: the current ones, without proxies."""
    return {
        name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")
    }


@contextlib.contextmanager
def _made_once(folder: Path, made_of: str) -> Iterator[bool]:
    """Hold the lock of a folder, and yield whether it is made; otherwise the block makes it."""
    FOLDER.mkdir(exist_ok=True)
    # The system releases the lock if the process is killed.
    with (FOLDER / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "made-of.txt"
        is_made = stamp.exists() and stamp.read_text() == made_of
        if not is_made:
            shutil.rmtree(folder, ignore_errors=True)
        yield is_made
        # Written last, so an interrupted attempt starts over.
        stamp.write_text(made_of)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
