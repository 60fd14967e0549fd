"""The caller's side of `langchain-telnyx call`: typed lines, and words at the pace of speech."""

import asyncio
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from langchain_telnyx.cli.console import print_status
from langchain_telnyx.cli.failures import UsageError

if TYPE_CHECKING:
    from langchain_telnyx.emulator.calls import Step

# Words that a voice speaks in a second.
_PACE = 3.0
_VOICES = (("flite", "-t"), ("espeak-ng",), ("espeak",), ("say",))


def parse_line(line: str) -> "Step | None":
    """Return what the caller does by a line; an empty one does nothing.

    Raises:
        UsageError: A command is unknown or incomplete.
    """
    from langchain_telnyx.emulator.calls import (  # noqa: PLC0415 - an extra
        HangUp,
        Interrupt,
        Press,
        Say,
        Wait,
    )

    text = line.strip()
    if not text.startswith("/"):
        return Say(text) if text else None
    command, _, rest = text[1:].partition(" ")
    try:
        match command:
            case "press":
                return Press(rest.strip())
            case "hangup":
                return HangUp()
            case "wait":
                return Wait(float(rest))
            case "interrupt":
                count, _, words = rest.partition(" ")
                return Interrupt(words.strip(), after_words=int(count))
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}.") from error
    raise UsageError(
        f"There is no command /{command}; there are /press DIGITS, /hangup, /wait SECONDS and "
        "/interrupt WORDS TEXT."
    )


class TypedLines:
    """The lines that a person types, read in a thread.

    Args:
        stream: Where they are typed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            with suppress(RuntimeError):  # the loop has ended
                for line in stream:
                    loop.call_soon_threadsafe(self._queue.put_nowait, line)
                loop.call_soon_threadsafe(self._queue.put_nowait, None)

        # A daemon: a thread that waits for a line does not keep the program alive.
        threading.Thread(target=read, name="telnyx-call-lines", daemon=True).start()

    async def next_step(self) -> "Step | None":
        """Return what the caller does next; None hangs up."""
        from langchain_telnyx.emulator.calls import Interrupt  # noqa: PLC0415 - an extra

        while True:
            line = await self._queue.get()
            if line is None:
                return None
            try:
                step = parse_line(line)
            except UsageError as error:
                print_status(str(error))
                continue
            # Enter alone is a sound of the caller, which interrupts.
            return step if step is not None else Interrupt()


def voice_command() -> Sequence[str]:
    """Return the command of the installed voice.

    Raises:
        OSError: None is installed.
    """
    for command in _VOICES:
        if path := shutil.which(command[0]):
            return [path, *command[1:]]
    raise OSError("`--speak` needs flite, espeak-ng or espeak.")


class TerminalSpeaker:
    """Prints the agent's words at the pace of speech, and speaks them.

    Args:
        voice: A command that speaks its last argument (None: silence).
        screen: Where the words are printed.
    """

    def __init__(self, voice: Sequence[str] | None, screen: TextIO) -> None:
        self._screen = screen
        self._voice = voice
        self._process: asyncio.subprocess.Process | None = None
        self._sentence = ""
        self._begun = False

    async def speak(self, word: str) -> None:
        """Print a word, and wait as long as it takes to say it."""
        if not self._begun:
            print("Agent: ", end="", file=self._screen)
            self._begun = True
        print(word, end="", file=self._screen, flush=True)
        self._sentence += word
        if self._voice is None:
            await asyncio.sleep(1 / _PACE)
        elif word.rstrip().endswith((".", "!", "?", ":", ";")):
            await self._say()

    async def end_turn(self) -> None:
        """End the line, when everything is spoken."""
        await self._say()
        print(file=self._screen, flush=True)
        self._begun = False

    async def stop(self) -> None:
        """Stop speaking at once."""
        self._sentence = ""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        if self._begun:
            print(" —", file=self._screen, flush=True)
            self._begun = False

    async def _say(self) -> None:
        text, self._sentence = self._sentence.strip(), ""
        if self._voice is None or not text:
            return
        # Text may begin with a dash, which a voice would read as an option.
        self._process = await asyncio.create_subprocess_exec(*self._voice, text.lstrip("-"))
        await self._process.wait()
