"""A call in which a person plays the caller: words are spoken at the pace of speech."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.types import ASGIApp

from langchain_telnyx.emulator.calls.asgi import ClosedError
from langchain_telnyx.emulator.calls.relay_phone import IN_FLIGHT, RelayPhone
from langchain_telnyx.emulator.calls.result import CallError
from langchain_telnyx.emulator.calls.script import HangUp, Interrupt, Press, Say, Step

NextStep = Callable[[], Awaitable[Step | None]]


class Speaker(Protocol):
    """Speaks the agent's words to the person."""

    async def speak(self, word: str) -> None:
        """Speak a word with the spaces that follow it, and return when it is heard."""

    async def end_turn(self) -> None:
        """Finish the agent's turn."""

    async def stop(self) -> None:
        """Stop at once, since the caller interrupts."""


class LivePhone(RelayPhone):
    """A call over Conversation Relay with a person: see `Phone`."""

    speaker: Speaker
    next_step: NextStep
    _unspoken: str = ""
    _is_complete: bool = True
    _is_deaf: bool = False

    async def run(self, app: ASGIApp, steps: list[Step]) -> None:
        """Call, and do what the person does until one side hangs up.

        Args:
            app: The application.
            steps: What the caller does before the person takes over.

        Raises:
            CallError: The application refuses the call.
        """
        await self.connect(app)
        self._arrived = asyncio.Event()
        if self._turn is not None:
            self._unspoken, self._turn.text = self._turn.text, ""
            self._arrived.set()
        reader = asyncio.create_task(self._read())
        speaking = asyncio.create_task(self._speak())
        try:
            for first in steps:
                await self._do(first)
            while not reader.done():
                coming = asyncio.ensure_future(self.next_step())
                await asyncio.wait({coming, reader}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    coming.cancel()
                    break
                step = coming.result()
                if step is None or isinstance(step, HangUp):
                    break
                await self._do(step)
        finally:
            await self._stop(reader, speaking)
            self._end_turn()
            await self._socket.close()

    async def _stop(self, *tasks: "asyncio.Task[None]") -> None:
        if self.result.ended_by == "agent":
            # The last words are still spoken.
            await asyncio.wait({tasks[-1]}, timeout=self.timeout)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await self.speaker.stop()

    async def _do(self, step: Step) -> None:
        if self._unspoken or not self._is_complete:
            await self._cut_in()
        match step:
            case Say() | Interrupt():
                if step.text:
                    self._is_complete = False
                    await self._say(step.text, None)
            case Press():
                self._is_complete = False
                await self._press(step)
            case _:
                raise TypeError(f"A person does not {type(step).__name__}.")

    async def _cut_in(self) -> None:
        """Interrupt the agent after the words that were spoken."""
        self._unspoken, self._is_complete = "", True
        await self.speaker.stop()
        turn = self._agent()
        turn.heard = turn.text
        turn.barge_in = 0.0
        self._is_deaf = True
        await self._send_interruption(turn.heard, 300 * len(turn.heard.split()))
        await asyncio.sleep(IN_FLIGHT)
        self._is_deaf = False
        self._end_turn()

    async def _read(self) -> None:
        """Read the application's frames until it ends the call."""
        try:
            while (frame := await self._receive())["type"] != "end":
                if frame["type"] == "text" and frame.get("last"):
                    self._is_complete = True
                    self._arrived.set()
        except ClosedError as error:
            raise CallError(str(error), self.result) from None
        self.result.ended_by = "agent"
        self._arrived.set()

    def _hear(self, token: str) -> None:
        """Collect words, which `_speak` speaks."""
        if self._is_deaf:
            return
        self._time_token(token)
        self._unspoken += token
        self._arrived.set()

    async def _speak(self) -> None:
        """Speak words as a voice does, one after the other."""
        while True:
            word = self._next_word()
            if word:
                self._agent().text += word
                await self.speaker.speak(word)
                continue
            if self._is_complete and self._turn is not None and self._turn.text:
                await self.speaker.end_turn()
                self._end_turn()
            if self.result.ended_by == "agent":
                return
            self._arrived.clear()
            await self._arrived.wait()

    def _next_word(self) -> str:
        """Take a word with the spaces behind it; the last only when the turn is complete."""
        text = self._unspoken
        start = len(text) - len(text.lstrip())
        end = next((at for at in range(start, len(text)) if text[at].isspace()), None)
        if end is None:
            if not self._is_complete and self.result.ended_by != "agent":
                return ""
            end = len(text)
        while end < len(text) and text[end].isspace():
            end += 1
        self._unspoken = text[end:]
        return text[:end]
