"""`langchain-telnyx doctor`: check what a program needs in order to use Telnyx."""

import argparse

from langchain_telnyx.doctor import Finding, diagnose
from langchain_telnyx.doctor.findings import exit_status, to_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--bucket", help="a bucket whose region to check")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def run(options: argparse.Namespace) -> int:
    """Print each result; return 1 where a check failed, else 0."""
    findings: list[Finding] = []
    for finding in diagnose(options.bucket):
        findings.append(finding)
        if not options.json:
            print(finding, flush=True)
    if options.json:
        print(to_json(findings))
    return exit_status(findings)
