"""One call over Conversation Relay, as hooks and tools see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from langchain_telnyx.serve.relay.frames import digits_frame, language_frame, play_frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain_core.messages import BaseMessage

    from langchain_telnyx.serve.context import CallContext


class RelayCall:
    """A call in progress.

    Attributes:
        context: Who calls whom.
        transcript: What the caller and the agent said, as they heard it. Read it after the call.
    """

    def __init__(self, context: CallContext, send: Callable[[str], Awaitable[None]]) -> None:
        self.context = context
        self.transcript: list[BaseMessage] = []
        self._send = send
        self._ending = asyncio.Event()

    @property
    def is_ending(self) -> bool:
        """Whether the call ends after the current words."""
        return self._ending.is_set()

    def end(self) -> None:
        """End the call, when the current turn is spoken."""
        self._ending.set()

    async def play(self, url: str) -> None:
        """Play an audio file.

        Args:
            url: Its `https://` address, which Telnyx can reach.
        """
        await self._send(play_frame(url))

    async def send_digits(self, digits: str) -> None:
        """Send digits of the keypad to the other side.

        Args:
            digits: Of `0` to `9`, `*`, `#`, `A` to `D`, and `w` for a pause.

        Raises:
            ValueError: Another character is in it.
        """
        if not digits or set(digits) - set("0123456789*#ABCDabcdwW"):
            raise ValueError("`digits` accepts 0-9, *, #, A-D and w.")
        await self._send(digits_frame(digits))

    async def set_language(self, language: str) -> None:
        """Speak and recognise another language from now on.

        Args:
            language: Its code, such as `es-ES`.
        """
        await self._send(language_frame(language, language))
        self.context = replace(self.context, language=language)
