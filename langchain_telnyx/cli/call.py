"""`langchain-telnyx call my_app:agent`: call an agent in the terminal, without a phone."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    parser.add_argument("--data", type=Path, metavar="DIR", help="the emulator's folder")
    parser.add_argument("--json", action="store_true", help="print the call as JSON at the end")
    add_speech_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Call the agent; return 0, 1 for a failure, or 2 for a usage error."""
    try:
        from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - an extra
        from langchain_telnyx.emulator.calls import CallError  # noqa: PLC0415 - an extra
        from langchain_telnyx.serve.loading import load_agent  # noqa: PLC0415 - an extra
    except ImportError as error:
        return _fail(f"{error}; install the extras `serve` and `emulator`.", 1)
    try:
        with TelnyxEmulator(data=options.data, real_clock=True) as emulator, _key(emulator):
            app, token = _application(load_agent(options.agent), options)
            recorded = [_recognised(emulator, file) for file in options.audio]
            try:
                result = _call(emulator, app, token, recorded, options)
            except CallError as error:
                _show(error.result, options)
                return _fail(str(error), 1)
    except (ValueError, TypeError) as error:
        return _fail(str(error), 2)
    except (OSError, ImportError) as error:
        return _fail(str(error), 1)
    _show(result, options)
    return 0


@contextmanager
def _key(emulator: "TelnyxEmulator") -> Iterator[None]:
    """Let the agent's models use the emulator, unless there is a key for Telnyx."""
    names = {} if os.environ.get("TELNYX_API_KEY") else emulator.environment()
    if names:
        print("No TELNYX_API_KEY: the emulator's offline model answers.", file=sys.stderr)
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
    print(f"Caller ({file.name}): {answer.text}", file=sys.stderr)
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

    is_live = sys.stdin.isatty() and options.door == "relay"
    script: list[str | Step] = [*recorded]
    if not is_live:
        # Without a terminal, every line waits for the answer to the one before it.
        script += [step for line in sys.stdin if (step := parse_line(line)) is not None]

    async def converse() -> "CallResult":
        speaker = TerminalSpeaker(voice_command() if options.speak else None)
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
        print(_HELP, file=sys.stderr)
    return asyncio.run(converse())


async def _never() -> None:
    return None


def _show(result: "CallResult", options: argparse.Namespace) -> None:
    """Print the call: the transcript, timings, and where it is stored."""
    if options.json:
        from dataclasses import asdict  # noqa: PLC0415 - of this branch

        print(json.dumps(asdict(result), ensure_ascii=False, indent=2))
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


def _fail(reason: str, status: int) -> int:
    print(f"langchain-telnyx call: {reason}", file=sys.stderr)
    return status
