"""The public names, stored in peers.json, of packages that users migrate from.

`python tests/contract/peers.py` reads them from the installed classes, in separate environments,
and rewrites the file; a contract test compares. To update a version, change it in installed.py.
"""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import installed
import sdk_calls

FILE = Path(__file__).with_name("peers.json")
VERSION_1, OPENAI, SDK = "version 1", "langchain-openai", "SDK"
ANTHROPIC = "langchain-anthropic"
"""The keys of the file."""

_WORKER = Path(__file__).with_name("peer_worker.py")
_READ: dict[str, tuple[str, tuple[str, ...]]] = {
    VERSION_1: (
        installed.VERSION_1,
        ("models", "langchain_telnyx", "ChatTelnyx", "TelnyxEmbeddings"),
    ),
    OPENAI: (
        installed.LANGCHAIN_OPENAI,
        ("models", "langchain_openai", "ChatOpenAI", "OpenAIEmbeddings"),
    ),
    ANTHROPIC: (
        installed.LANGCHAIN_ANTHROPIC,
        ("models", "langchain_anthropic", "ChatAnthropic"),
    ),
    SDK: (f"telnyx=={sdk_calls.OF_TODAY}", ("sdk",)),
}
PEERS = tuple(_READ)


@functools.cache
def stored() -> dict[str, Any]:
    """Return the content of the file."""
    names: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return names


def version(peer: str) -> str:
    """Return a peer's requirement, such as `langchain-openai==1.7.4`."""
    return _READ[peer][0]


def read(peer: str) -> Any:
    """Read the names of a peer in its environment; create that on first use."""
    requirement, arguments = _READ[peer]
    done = subprocess.run(
        [str(installed.python(requirement)), str(_WORKER), *arguments],
        env=installed.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    found = {peer: read(peer) for peer in PEERS}
    FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
