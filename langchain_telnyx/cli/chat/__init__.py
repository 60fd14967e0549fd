"""`langchain-telnyx chat`: a conversation with a model, in the terminal or for a pipe."""

import argparse
import asyncio
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_telnyx.cli.console import at_terminal, print_status, run_command
from langchain_telnyx.cli.failures import UsageError

if TYPE_CHECKING:
    from langchain_telnyx.cli.backends import Backend

EXAMPLES = """
langchain-telnyx chat
langchain-telnyx chat "What is on this picture?" --file photo.png
git diff | langchain-telnyx chat "Write a commit message."
langchain-telnyx chat --tools files,web --system "Answer in one sentence."
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "prompt",
        metavar="PROMPT",
        nargs="?",
        help="one question; text on standard input follows it (default: a conversation)",
    )
    parser.add_argument("--model", help="the chat model")
    parser.add_argument("--system", metavar="TEXT", help="the system message")
    parser.add_argument(
        "--file",
        dest="files",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a text, image, recording or PDF for the first message; may be repeated",
    )
    parser.add_argument(
        "--tools",
        metavar="NAMES",
        type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
        default=[],
        help="tools that the model may call: files, web, or names of TelnyxToolkit, with commas",
    )
    parser.add_argument(
        "--bucket",
        dest="buckets",
        metavar="NAME",
        action="append",
        help="the only buckets that the tools may read; may be repeated",
    )
    parser.add_argument(
        "--history", action="store_true", help="keep the typed lines for the next conversation"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the answer to one question as lines of JSON"
    )


def run(options: argparse.Namespace) -> int:
    """Answer one question, or hold a conversation; return the exit status.

    Raises:
        UsageError: There is no question, or an option does not apply.
    """
    question: str | None = options.prompt
    if not at_terminal(sys.stdin):
        piped = "" if sys.stdin is None or sys.stdin.closed else sys.stdin.read().strip()
        question = "\n\n".join(text for text in (question, piped) if text)
        if not question:
            raise UsageError("pass a PROMPT, or text on standard input.")
    elif question is None and options.json:
        raise UsageError("`--json` is for one question: pass a PROMPT.")
    if options.buckets and not options.tools:
        raise UsageError("`--bucket` is for tools: pass `--tools files`.")
    return run_command("chat", partial(_chat, options, question))


def _chat(
    options: argparse.Namespace, question: str | None, backend: "Backend", stack: ExitStack
) -> int:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.cli.chat.answers import print_answer  # noqa: PLC0415
    from langchain_telnyx.cli.chat.attachments import attachment  # noqa: PLC0415
    from langchain_telnyx.cli.chat.session import Session  # noqa: PLC0415
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415

    telnyx = stack.enter_context(Telnyx(**backend.options))
    session = Session(
        telnyx,
        model=options.model,
        system=options.system,
        tools=options.tools,
        buckets=options.buckets,
    )
    session.attachments += map(attachment, options.files)
    print_status(f"Backend: {backend.name}. Model: {session.model}.")
    if question is None:
        from langchain_telnyx.cli.chat.conversation import converse  # noqa: PLC0415 - of a terminal

        return converse(session, keep_history=options.history)
    status = asyncio.run(print_answer(session, question, as_json=options.json))
    print_status(session.usage.text())
    return status
