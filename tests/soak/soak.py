"""`make soak`: measure the guarantees of docs/reliability.md, bounded in time and count.

It writes the figures as JSON, and as a table into the section "Figures" of docs/reliability.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from soak_tally import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- make soak writes from here -->", "<!-- to here -->"
FIGURES = ("streams", "threads", "loops", "growth", "slow_reader", "requests")
OWN = ("sync", "async", "sync on httpx.Client", "async on httpx.AsyncClient")
# Name, environment, modes: each runs in a process of its own, with its own server.
MIXED: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("h", {"SOAK_ON_HTTPCORE": "1"}, OWN[:2]),
    ("o", {}, OWN[:2]),
    ("u", {}, OWN[2:]),
)


def script(name: str, *arguments: str, limit: float, **environment: str) -> dict[str, Any]:
    """Run a script, and return the JSON of its last line; or what became of it instead."""
    command = ["nice", sys.executable, str(HERE / name), *arguments]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=limit,
            env={**os.environ, **environment},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"took more than {limit:g} s"}
    if done.returncode:
        return {"failed": done.stderr[-2000:]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def serving(*seeds: str, into: dict[str, Any] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Run the emulator with a faulty port for each seed; finally store fault counts in `into`."""
    command = ["nice", sys.executable, str(HERE / "soak_server.py"), "--seeds", *seeds]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        try:
            yield where["direct"], where["ports"]
            process.stdin.close()
            if into is not None:
                into.update(json.loads(process.stdout.readline()))
        finally:
            process.kill()


def mixed(number: int, calls: int, seed: str, results: dict[str, Any]) -> None:
    """Make the mixed calls of one HTTP library."""
    name, environment, modes = MIXED[number]
    faults: dict[str, Any] = {}
    with serving(f"{seed} {name}", into=faults) as (direct, [port]):
        result = script(
            "soak_mixed.py", direct, port, "--calls", str(calls), "--callers", "20",
            "--seed", seed, "--name", name, "--modes", *modes, limit=480, **environment,
        )  # fmt: skip
    results[f"mixed {name}"] = {**result, **faults, "modes": modes}


def everything(options: argparse.Namespace) -> dict[str, Any]:
    """Run all measurements of the command line."""
    results: dict[str, Any] = {}
    # A few steps make no call: a caller without a conversation cannot read one.
    calls = -(-options.calls * 26 // (25 * len(MIXED)))
    jobs = [
        threading.Thread(target=mixed, args=(number, calls, options.seed, results))
        for number in range(len(MIXED))
    ]

    def run() -> None:
        arguments = ("--kills", str(options.kills), "--seed", options.seed)
        results["kills"] = script("soak_kills.py", *arguments, limit=480)

    jobs.append(threading.Thread(target=run))
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    for figure in FIGURES if options.load else ():
        faults: dict[str, Any] = {}
        with serving(into=faults) as (direct, _):
            result = script("soak_load.py", direct, figure, limit=180)
        results[figure] = {**result, "emulator_peak_mb": faults.get("peak_mb")}
    return results


def added(results: dict[str, Any]) -> dict[str, Any]:
    """Return the sum of the mixed calls of all HTTP libraries."""
    parts = [part for name, part in results.items() if name.startswith("mixed ")]
    numbers: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for part in parts:
        numbers.update({name: part.get(name, 0) for name in ("calls", *VERDICTS)})
        faults.update(part.get("faults", {}))
    return {**numbers, "faults": faults, "longest": max(part.get("longest", 0) for part in parts)}


def table(results: dict[str, Any], options: argparse.Namespace) -> str:
    """Return the figures as a Markdown table."""
    whole = added(results)
    faults: Counter[str] = whole["faults"]
    damaged = sum(times for fault, times in faults.items() if fault)
    share = damaged / max(sum(faults.values()), 1)
    kinds = len([fault for fault in faults if fault])
    rows = [("mixed calls", f"{whole['calls']:,}"), ("requests", f"{sum(faults.values()):,}")]
    rows += [("of them with a fault", f"{share:.0%}, of {kinds} kinds")]
    rows += [(verdict, str(whole.get(verdict, 0))) for verdict in VERDICTS]
    rows += [("the longest call, deadline 6 s", f"{whole['longest']:.2f} s")]
    kills = results.get("kills", {})
    rows += [
        ("`kill -9`", str(kills.get("kills", "failed"))),
        ("acknowledged writes before", f"{kills.get('acknowledged', 0):,}"),
        ("anomalies after", str(len(kills.get("anomalies", ["failed"])))),
    ]
    rows += [(figure, _worded(results[figure])) for figure in FIGURES if figure in results]
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    command = (
        f'make soak SOAK="--calls {options.calls} --kills {options.kills} --seed {options.seed}"'
    )
    return (
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores:\n\n| what | figure |\n|---|---|\n{lines}\n"
    )


def _worded(figure: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figure.items())


def write(figures: str) -> None:
    """Write the table into the section "Figures" of the page; create a missing page or section."""
    page = PAGE.read_text() if PAGE.exists() else "# Reliability\n"
    if BEGIN not in page:
        page = f"{page.rstrip()}\n\n## Figures\n\n{BEGIN}\n{END}\n"
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    PAGE.write_text(between.sub(lambda _: f"{BEGIN}\n\n{figures}\n{END}", page))


def failures(results: dict[str, Any]) -> list[str]:
    """Return the violations of docs/reliability.md."""
    whole = added(results)
    found = [f"{verdict}: {whole[verdict]}" for verdict in VERDICTS if whole[verdict]]
    found += [f"{name}: {part['failed']}" for name, part in results.items() if part.get("failed")]
    found += [str(each) for each in results.get("kills", {}).get("anomalies", [])]
    return found + [
        f"{n}: {part['wrong']} wrong"
        for n, part in results.items()
        if n in FIGURES and part.get("wrong")
    ]


def main() -> int:
    """Measure and write the figures; return 1 for a violation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", default="15")
    parser.add_argument("--load", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--output", type=Path, default=ROOT / ".soak" / "result.json")
    options = parser.parse_args()
    begun = monotonic()
    results = everything(options)
    took = round(monotonic() - begun)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(
        json.dumps({"seed": options.seed, "seconds": took, **results}, indent=1)
    )
    figures = table(results, options)
    if options.load:
        write(figures)
    print(figures)
    for name, part in results.items():
        for verdict, lines in part.get("examples", {}).items():
            print(*(f"{name}: {verdict}: {line}" for line in lines[:5]), sep="\n")
    missed = failures(results)
    print(f"seed {options.seed}, {took} s;", "no violations" if not missed else "violations:")
    print(*missed, sep="\n")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
