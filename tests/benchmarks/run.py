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
from contenders import CONTENDERS, OURS
from contest import Turn, contest
from environments import interpreter
from rows import ROWS
from server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def main() -> int:
    """Measure what the command line asks for; 1 where `--check` finds a row above its "must"."""
    asked = _arguments()
    here = Path(sys.executable)
    drawn = {row: _competing(row, asked.contenders) for row in asked.rows}
    contests = {row: names for row, names in drawn.items() if names}
    if not contests:
        sys.exit("None of these contenders takes part in these rows.")
    names = dict.fromkeys(name for competing in contests.values() for name in competing)
    pythons = {name: here if asked.here else interpreter(name) for name in names}
    results = report.Results(where=_where(), turns=list(_turns(contests, pythons, asked.rounds)))
    if asked.output:
        asked.output.write_text(json.dumps(results) + "\n")
    print(report.markdown(results))
    missed = report.missed(results)
    if asked.check and missed:
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
        help="default: ours and the baseline",
    )
    parser.add_argument("--here", action="store_true", help="use this Python for all contenders")
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="keep the raw figures")
    parser.add_argument("--check", action="store_true", help="exit 1 where a row misses its must")
    return parser.parse_args()


def _competing(row: str, asked: Sequence[str] | None) -> list[str]:
    """Those asked for that have the part that a row measures."""
    names = [OURS, ROWS[row].baseline] if asked is None else asked
    return [name for name in names if CONTENDERS[name].has(ROWS[row].of)]


def _turns(
    contests: Mapping[str, Sequence[str]], pythons: Mapping[str, Path], rounds: int
) -> Iterator[Turn]:
    with serving() as server:
        for row, names in contests.items():
            competing = {name: pythons[name] for name in names}
            for number in range(1, rounds + 1):
                print(f"{row}, round {number} of {rounds}", file=sys.stderr)
                yield from contest(row, competing, server, number=number)


def _where() -> report.Where:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }


if __name__ == "__main__":
    sys.exit(main())
