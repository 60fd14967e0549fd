"""Files that commands keep between runs."""

import os
from pathlib import Path


def state_file(name: str) -> Path:
    """Return the path of a file in the user's folder for state, `~/.local/state` by default."""
    folder = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(folder) / "langchain-telnyx" / name
