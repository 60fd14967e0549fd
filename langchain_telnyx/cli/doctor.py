"""`langchain-telnyx doctor`: check what a program needs in order to use Telnyx."""

import argparse
import json
import sys
from pathlib import Path

from langchain_telnyx.cli.colors import Color, paint
from langchain_telnyx.cli.console import print_json
from langchain_telnyx.cli.failures import UsageError, report

EXAMPLES = """
langchain-telnyx doctor
langchain-telnyx doctor --bucket handbook --json
langchain-telnyx doctor --dry-run
"""
_MAX_USD = 0.05
# The colors of the words with which lines begin.
_COLORS: dict[str, Color] = {
    "ok": "green",
    "warn": "yellow",
    "FAIL": "red",
    "skip": "dim",
    "holds": "green",
    "differs": "red",
    "unknown": "yellow",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--bucket", help="a bucket whose region to check")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    live = parser.add_argument_group("assumptions, verified by requests that cost money")
    live.add_argument("--live", action="store_true", help="verify how the service behaves")
    live.add_argument("--dry-run", action="store_true", help="print requests and price only")
    live.add_argument(
        "--max-usd", type=float, default=_MAX_USD, metavar="N", help="price at most (%(default)s)"
    )
    live.add_argument("--only", metavar="PROBE", help="the probes whose name begins so")
    live.add_argument("--cassette", type=Path, metavar="FILE", help="append the exchanges to it")
    live.add_argument(
        "--quirks", type=Path, metavar="FILE", help="write the emulator's quirks that differ to it"
    )
    live.add_argument("--journal", type=Path, metavar="FILE", help="the list of what is created")
    live.add_argument("--clean", action="store_true", help="remove what killed runs left behind")
    live.add_argument(
        "--wait-timeout",
        type=float,
        default=300.0,
        metavar="S",
        help="seconds to wait (%(default)s)",
    )
    live.add_argument(
        "--poll-interval",
        type=float,
        default=1.0,
        metavar="S",
        help="seconds between polls, and before a first retry (%(default)s)",
    )
    live.add_argument(
        "--patience",
        type=float,
        default=120.0,
        metavar="S",
        help="seconds to wait for what may never come (%(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Print each result, and return the exit status.

    It is 1 if a check fails, an assumption differs, a resource is left behind or the service cannot
    be reached; 2 if the arguments are wrong or the price is too high; else 0.
    """
    from langchain_telnyx.doctor import Finding, diagnose  # noqa: PLC0415 - pydantic takes long
    from langchain_telnyx.doctor.findings import exit_status, to_json  # noqa: PLC0415 - likewise

    if options.clean:
        return _clean(options)
    if options.live or options.dry_run:
        return _live(options)
    findings: list[Finding] = []
    for finding in diagnose(options.bucket):
        findings.append(finding)
        if not options.json:
            print(_colored(str(finding)), flush=True)
    if options.json:
        print(to_json(findings))
    return exit_status(findings)


def _live(options: argparse.Namespace) -> int:
    from langchain_telnyx.doctor.live import Outcome, plan, run, unobserved  # noqa: PLC0415 - seldom needed
    from langchain_telnyx.doctor.live import outcomes as reports  # noqa: PLC0415 - likewise

    planned = plan(options.only)
    if options.dry_run and options.json:
        probes = [
            {"probe": probe.name, "usd": probe.usd, "requests": probe.requests}
            for probe in planned.probes
        ]
        print_json({"probes": probes, "usd": planned.usd, "searches": planned.searches}, indent=2)
        return 0
    if options.dry_run:
        for probe in planned.probes:
            print(f"{probe.name:<20}${probe.usd:<8.4f}{probe.requests}")
        print(f"{'together':<20}${planned.usd:.4f} at most")
        if planned.searches:
            print(
                f"{planned.searches} searches at most: free up to 10,000 a month, "
                f"then ${planned.search_usd:.4f}"
            )
        return 0
    if planned.usd > options.max_usd:
        raise UsageError(
            f"The probes cost ${planned.usd:.4f} at most, and `--max-usd` is {options.max_usd:g}: "
            f"raise it, or run fewer by `--only`."
        )
    found: list[Outcome] = []
    for outcome in run(
        planned,
        journal=options.journal,
        cassette=options.cassette,
        wait_timeout=options.wait_timeout,
        poll_interval=options.poll_interval,
        patience=options.patience,
    ):
        found.append(outcome)
        if not options.json:
            print(_colored(str(outcome)), flush=True)
    if options.json:
        print(reports.to_json(found))
    else:
        print(reports.summary(found))
        print(f"Quirks that were not observed: {', '.join(unobserved(found))}.")
    if options.quirks is not None:
        quirks = reports.quirks_of(found)
        options.quirks.write_text(json.dumps(quirks, indent=2) + "\n", "utf-8")
    return int(any(outcome.verdict == "differs" or outcome.is_leftover for outcome in found))


def _clean(options: argparse.Namespace) -> int:
    from langchain_telnyx.doctor.live import sweep  # noqa: PLC0415 - seldom needed

    errors = sweep(options.journal)
    left = {resource.name: error for resource, error in errors.items() if error is not None}
    removed = [resource.name for resource, error in errors.items() if error is None]
    if options.json:
        print_json({"removed": removed, "left": {name: str(left[name]) for name in left}}, indent=2)
    else:
        print(f"{len(removed)} removed, {len(left)} could not be removed.")
    for name, error in left.items():
        report("langchain-telnyx doctor", f"{name}: {error}")
    return int(bool(left))


def _colored(line: str) -> str:
    """Return a line of a report with its first word in color."""
    word = line.partition(" ")[0]
    color = _COLORS.get(word)
    return line if color is None else f"{paint(word, color, sys.stdout)}{line[len(word) :]}"
