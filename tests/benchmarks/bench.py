"""`make bench`: measure, and write the tables and plots of docs/performance.md from one run each.

The files between the steps are in `.bench/`: a step that is left out uses those of its last run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from contenders import CHAT_PEERS, STORE_PEERS
from environments import FOLDER, ROOT, interpreter

_HERE = Path(__file__).resolve().parent
_PAGE = ROOT / "docs" / "performance.md"
_IMAGES = ROOT / "docs" / "images"
_FIGURES, _PEERS, _GROWTH = (FOLDER / f"{name}.json" for name in ("results", "peers", "growth"))
_STEPS = ("figures", "peers", "growth", "plots")


def main() -> int:
    """Run the steps of the command line; return the exit code of the first that fails."""
    parser = argparse.ArgumentParser(description="Measure, and write docs/performance.md.")
    parser.add_argument("--steps", nargs="+", choices=_STEPS, default=_STEPS)
    parser.add_argument("--rows", nargs="+", default=[], help="default: every row")
    parser.add_argument("--rounds", default="3")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    rows = ["--rows", *options.rows] if options.rows else []
    measured = [*rows, "--rounds", options.rounds]
    commands = {
        "figures": [
            ["run.py", *measured, "--output", _FIGURES],
            ["report.py", _FIGURES, _PAGE],
        ],
        "peers": [
            ["run.py", *measured, "--contenders", *CHAT_PEERS, *STORE_PEERS, "--output", _PEERS],
            ["report.py", _PEERS, _PAGE, "--peers"],
        ],
        "growth": [["growth.py", "--output", _GROWTH, "--page", _PAGE]],
        "plots": [["plots.py", _IMAGES, "--peers", _PEERS, "--growth", _GROWTH]],
    }
    for step in options.steps:
        python = interpreter("plots") if step == "plots" else Path(sys.executable)
        for script, *arguments in commands[step]:
            done = subprocess.run([python, _HERE / script, *arguments], check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
