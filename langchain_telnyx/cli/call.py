"""`langchain-telnyx call my_app:agent`: call an agent in the terminal, without a phone."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_telnyx.cli.console import at_terminal, print_json, print_status
from langchain_telnyx.cli.failures import FAILURE, UsageError, report
from langchain_telnyx.cli.parser import folder
from langchain_telnyx.cli.serve import add_speech_arguments, speech_options
from langchain_telnyx.cli.terminal_call import (
    TerminalSpeaker,
    TypedLines,
    parse_line,
    voice_command,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from langchain_telnyx.emulator.calls import CallResult, Step

EXAMPLES = """
langchain-telnyx call my_app:agent
langchain-telnyx call my_app:agent --json < lines.txt
langchain-telnyx call my_app:agent --door assistant --audio question.wav
"""
_HELP = (
    "Type what the caller says. Enter while the agent speaks interrupts it; "
    "`/press 12#` presses keys; `/hangup` or Ctrl-D ends the call."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("agent", metavar="MODULE:AGENT", help="such as my_app:agent")
    parser.add_argument(
        "--door",
        choices=("relay", "assistant"),
        default="relay",
        help="Conversation Relay, or an assistant's custom LLM (%(default)s)",
    )
    parser.add_argument(
        "--audio",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a recording of what the caller says first; may be repeated",
    )
    parser.add_argument("--speak", action="store_true", help="speak with flite or espeak")
    parser.add_argument("--from", dest="caller", default="+13125550123", metavar="NUMBER")
    parser.add_argument("--to", dest="number", default="+13125550100", metavar="NUMBER")
    parser.add_argument("--data", type=folder, metavar="DIR", help="the emulator's folder")
    parser.add_argument("--json", action="store_true", help="print the call as JSON at the end")
    add_speech_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Call the agent, and return the exit status.

    Raises:
        ImportError: An extra is not installed.
        UsageError: The agent is of no kind that can be called.
    """
    try:
        from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - an extra
        from langchain_telnyx.emulator.calls import CallError  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.loading import load_agent  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ImportError(f"{error}; install the extras `serve` and `emulator`.") from error
    with TelnyxEmulator(data=options.data, real_clock=True) as emulator, _key(emulator):
        agent = load_agent(options.agent)
        try:
            app, token = _application(agent, options)
        except TypeError as error:
            raise UsageError(str(error)) from error
        recorded = [_recognised(emulator, file) for file in options.audio]
        try:
            result = _call(emulator, app, token, recorded, options)
        except CallError as error:
            _show(error.result, options)
            report("langchain-telnyx call", str(error))
            return FAILURE
    _show(result, options)
    return 0


@contextmanager
def _key(emulator: "TelnyxEmulator") -> Iterator[None]:
    """Let the agent's models use the emulator, unless there is a key for Telnyx."""
    names = {} if os.environ.get("TELNYX_API_KEY") else emulator.environment()
    if names:
        print_status("No TELNYX_API_KEY: the emulator's offline model answers.")
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)


def _application(agent: Any, options: argparse.Namespace) -> tuple[Any, str]:
    import secrets  # noqa: PLC0415 - of this function

    from langchain_telnyx.serve import Speech, create_app  # noqa: PLC0415 - an extra

    token = secrets.token_urlsafe()
    # The terminal speaks at its own pace, and the last words before the call ends, too.
    speech = Speech(**speech_options(options), characters_per_second=1e6)
    return create_app(agent, token=token, speech=speech), token


def _recognised(emulator: "TelnyxEmulator", file: Path) -> str:
    """Return the words of a recording."""
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415 - of recordings alone

    telnyx = Telnyx(**emulator.options())
    answer = telnyx.audio.transcribe(file, model="distil-whisper/distil-large-v2")
    print_status(f"Caller ({file.name}): {answer.text}")
    return answer.text


def _call(
    emulator: "TelnyxEmulator",
    app: Any,
    token: str,
    recorded: list[str],
    options: argparse.Namespace,
) -> "CallResult":
    from langchain_telnyx.emulator.calls.calling import call  # noqa: PLC0415 - an extra
    from langchain_telnyx.emulator.calls.live_phone import LivePhone  # noqa: PLC0415 - an extra

    is_live = at_terminal(sys.stdin) and options.door == "relay"
    script: list[str | Step] = [*recorded]
    if not is_live:
        # Without a terminal, every line waits for the answer to the one before it.
        script += [step for line in sys.stdin if (step := parse_line(line)) is not None]

    async def converse() -> "CallResult":
        # With `--json`, only the call at the end is a result.
        screen = sys.stderr if options.json else sys.stdout
        speaker = TerminalSpeaker(voice_command() if options.speak else None, screen)
        lines = TypedLines(sys.stdin) if is_live else None

        def live(*positional: Any, **named: Any) -> LivePhone:
            phone = LivePhone(*positional, **named)
            phone.speaker = speaker
            phone.next_step = lines.next_step if lines is not None else _never
            return phone

        return await call(
            emulator.account,
            app,
            script,
            door=options.door,
            caller=options.caller,
            number=options.number,
            language=options.language or "en",
            token=token,
            variables={},
            timeout=120.0,
            phone_class=live if is_live else None,
        )

    if is_live:
        print_status(_HELP)
    return asyncio.run(converse())


async def _never() -> None:
    return None


def _show(result: "CallResult", options: argparse.Namespace) -> None:
    """Print the call: the transcript, timings, and where it is stored."""
    if options.json:
        from dataclasses import asdict  # noqa: PLC0415 - of this branch

        print_json(asdict(result), indent=2)
        return
    print(f"\n{result.transcript()}")
    for turn in result.turns:
        if turn.first_token is None:
            continue
        times = {"first token": turn.first_token, "first word": turn.first_word}
        times["barge-in"] = turn.barge_in
        shown = (f"{name} {1000 * value:.0f} ms" for name, value in times.items() if value)
        print(f"  {turn.text.strip()[:40]!r}: {', '.join(shown)}")
    for action in result.actions:
        print(f"  {action}")
    for error in result.errors:
        print(f"  error: {error}")
    print(f"Ended by the {result.ended_by}. Conversation {result.conversation_id}.")
