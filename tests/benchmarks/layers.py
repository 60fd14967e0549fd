"""Print a table of the layers of each row: where the CPU time of a call or a chunk is spent.

`layers.py --page docs/performance.md` also rewrites the table between the markers of a page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

from contenders import CONTENDERS, FAST, OURS
from environments import interpreter
from layers_worker import LAYERS
from report import rewritten
from rows import ROWS
from server import serving

_WORKER = Path(__file__).resolve().with_name("layers_worker.py")
_ROWS = (
    "invoke",
    "ainvoke",
    "abatch_100_wide",
    "first_token",
    "stream",
    "astream",
    "paced_astream",
)


class Layers(TypedDict):
    """The layers of a row.

    Attributes:
        seconds: CPU seconds per unit of work, by layer.
        samples: The number of samples.
    """

    seconds: dict[str, float]
    samples: int


def table(measured: dict[tuple[str, str], Layers]) -> str:
    """Return the table of measured layers, by row and contender."""
    lines = [["row", "", *LAYERS, "sum"], ["---"] * (len(LAYERS) + 3)]
    for (row, contender), layers in measured.items():
        seconds = layers["seconds"]
        total = sum(seconds.values())
        cells = [f"{seconds[at] * 1e6:.3g} ({seconds[at] / total:.0%})" for at in LAYERS]
        lines.append([f"`{row}`", CONTENDERS[contender].title, *cells, f"{total * 1e6:.3g}"])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Measure the rows of the command line."""
    parser = argparse.ArgumentParser(description="Sample where rows spend their CPU time.")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=_ROWS, metavar="ROW")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=[OURS, FAST])
    parser.add_argument("--here", action="store_true", help="use this Python for all contenders")
    parser.add_argument("--page", type=Path, metavar="PAGE.md", help="write the table into a page")
    options = parser.parse_args()
    measured: dict[tuple[str, str], Layers] = {}
    with serving() as server:
        for row in options.rows:
            for name in options.contenders:
                python = sys.executable if options.here else interpreter(name)
                command = [str(python), str(_WORKER), name, row, server]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    sys.exit(done.stderr)
                measured[row, name] = json.loads(done.stdout)
    made = table(measured)
    print(made)
    if options.page:
        options.page.write_text(rewritten(options.page.read_text(), made, "layers"))


if __name__ == "__main__":
    main()
