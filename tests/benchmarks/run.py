"""`make bench`: measure every row, contender against contender, and print the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import report
from contenders import BASELINE, CONTENDERS, FAST, OURS, RAW
from environments import interpreter
from results import Absence, Results, Where
from rows import ROWS
from server import serving
from turns import Turn, take_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_REQUIRED = {OURS, FAST, BASELINE, RAW}


def main() -> int:
    """Run the benchmark of the command line.

    Returns:
        1 if this package or a baseline fails at a row, or `--check` finds a row above its "must".
    """
    options = _arguments()
    contests = {row: _competing(row, options.contenders) for row in options.rows}
    absent = [
        Absence(contender=name, row=row, reason=reason, failed=False)
        for row, names in contests.items()
        for name, reason in names.items()
        if reason
    ]
    candidates = {
        row: [name for name in names if not names[name]] for row, names in contests.items()
    }
    if not any(candidates.values()):
        sys.exit("None of these contenders supports these rows.")
    pythons, without = _pythons(candidates, here=options.here)
    results = Results(where=_where(), turns=[], absent=absent)
    for turns, failures in _measured(candidates, pythons, without, options.rounds):
        results["turns"] += turns
        results["absent"] += failures
        if options.output:  # after each row: an interrupted run has its rows
            options.output.write_text(json.dumps(results) + "\n")
    print(report.markdown(results))
    missed = report.missed(results)
    if options.check and missed:
        print("\nAbove their must: " + ", ".join(missed), file=sys.stderr)
        return 1
    failed = [each for each in results["absent"] if each["failed"]]
    return 1 if any(each["contender"] in _REQUIRED for each in failed) else 0


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


def _competing(row: str, selected: Sequence[str] | None) -> dict[str, str]:
    """Return the selected contenders with the reason why each is not measured, if there is one."""
    names = [OURS, FAST, ROWS[row].baseline] if selected is None else selected
    return {name: CONTENDERS[name].refusal(row, ROWS[row].of) for name in names}


def _pythons(
    candidates: Mapping[str, Sequence[str]], *, here: bool
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the Python of each contender, and why others have none."""
    pythons: dict[str, Path] = {}
    without: dict[str, str] = {}
    for name in dict.fromkeys(name for names in candidates.values() for name in names):
        try:
            pythons[name] = Path(sys.executable) if here else interpreter(name)
        except subprocess.CalledProcessError:
            without[name] = "its requirements cannot be installed"  # the installer prints why
    return pythons, without


def _measured(
    candidates: Mapping[str, Sequence[str]],
    pythons: Mapping[str, Path],
    without: Mapping[str, str],
    rounds: int,
) -> Iterator[tuple[list[Turn], list[Absence]]]:
    """Yield the turns of each row, and who failed at it."""
    with serving() as server:
        for row, names in candidates.items():
            failed = {name: without[name] for name in names if name in without}
            turns: list[Turn] = []
            for number in range(1, rounds + 1):
                print(f"{row}, round {number} of {rounds}", file=sys.stderr)
                competing = {name: pythons[name] for name in names if name not in failed}
                done = take_turns(row, competing, server, number=number)
                turns += done.turns
                failed |= done.failures
            failures = [
                Absence(contender=name, row=row, reason=reason, failed=True)
                for name, reason in failed.items()
            ]
            yield [turn for turn in turns if turn["contender"] not in failed], failures


def _where() -> Where:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 1,
    }


if __name__ == "__main__":
    sys.exit(main())
