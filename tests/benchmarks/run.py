"""`make bench`: measure every row, contender against contender, and print the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import report
from contenders import CONTENDERS, FAST, OURS
from environments import interpreter
from rows import ROWS
from server import serving
from turns import Turn, take_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def main() -> int:
    """Run the benchmark of the command line; return 1 if `--check` finds a row above its "must"."""
    options = _arguments()
    here = Path(sys.executable)
    candidates = {row: _competing(row, options.contenders) for row in options.rows}
    contests = {row: names for row, names in candidates.items() if names}
    if not contests:
        sys.exit("None of these contenders supports these rows.")
    names = dict.fromkeys(name for competing in contests.values() for name in competing)
    pythons = {name: here if options.here else interpreter(name) for name in names}
    results = report.Results(where=_where(), turns=list(_turns(contests, pythons, options.rounds)))
    if options.output:
        options.output.write_text(json.dumps(results) + "\n")
    print(report.markdown(results))
    missed = report.missed(results)
    if options.check and missed:
        print("\nAbove their must: " + ", ".join(missed), file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure chat models against each other.")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument(
        "--contenders",
        nargs="+",
        choices=CONTENDERS,
        metavar="NAME",
        help="default: ours, ours with the extra `fast`, and the baseline",
    )
    parser.add_argument("--here", action="store_true", help="use this Python for all contenders")
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="write the raw figures")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a row misses its must")
    return parser.parse_args()


def _competing(row: str, selected: Sequence[str] | None) -> list[str]:
    """Return the selected contenders that have the part that a row measures."""
    names = [OURS, FAST, ROWS[row].baseline] if selected is None else selected
    return [name for name in names if CONTENDERS[name].has(ROWS[row].of)]


def _turns(
    contests: Mapping[str, Sequence[str]], pythons: Mapping[str, Path], rounds: int
) -> Iterator[Turn]:
    with serving() as server:
        for row, names in contests.items():
            competing = {name: pythons[name] for name in names}
            for number in range(1, rounds + 1):
                print(f"{row}, round {number} of {rounds}", file=sys.stderr)
                yield from take_turns(row, competing, server, number=number)


def _where() -> report.Where:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }


if __name__ == "__main__":
    sys.exit(main())
