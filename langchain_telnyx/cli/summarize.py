"""`langchain-telnyx summarize`: summarize documents and recordings in a few sentences."""

import argparse
from functools import partial

from langchain_telnyx.cli.console import run_command

EXAMPLES = """
langchain-telnyx summarize minutes/ call.mp3 --prompt "In three bullet points."
langchain-telnyx summarize 2026/may.pdf --bucket minutes --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="files and folders; with --bucket, keys in it"
    )
    parser.add_argument("--prompt", help="instructions, such as 'In three bullet points.'")
    parser.add_argument("--bucket", help="the bucket that holds the files; nothing is uploaded")
    parser.add_argument(
        "--resume",
        metavar="FILE",
        help="file for summaries, so that a rerun does not request them again",
    )
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each file")
    parser.add_argument("--yes", action="store_true", help="create the bucket without confirmation")


def run(options: argparse.Namespace) -> int:
    """Summarize the files, and return the exit status."""
    # Imported here, because pydantic takes half a second, and usage errors should be fast.
    from langchain_telnyx.cli.summarizing import summarize  # noqa: PLC0415

    return run_command("summarize", partial(summarize, options))
