"""Plays Telnyx and a caller to an application of Conversation Relay."""

import asyncio
import json
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

from starlette.types import ASGIApp

from langchain_telnyx.emulator.calls.asgi import ClosedError, WebSocket, post
from langchain_telnyx.emulator.calls.phone import Phone
from langchain_telnyx.emulator.calls.result import CallError, CallTurn
from langchain_telnyx.emulator.calls.script import HangUp, Interrupt, Press, Say, Step, Wait

IN_FLIGHT = 0.02
"""Seconds in which words of an interrupted answer may still arrive: Telnyx drops them."""
# Seconds that a caller waits after the script's end, before hanging up.
_LINGER = 0.05
_KNOWN = ("text", "play", "sendDigits", "language", "end")


class RelayPhone(Phone):
    """A call over Conversation Relay: see `Phone`."""

    _socket: WebSocket
    _turn: CallTurn | None = None
    _prompted_at: float = 0.0

    async def run(self, app: ASGIApp, steps: list[Step]) -> None:
        """Call, follow the script, and hang up.

        Raises:
            CallError: The application refuses, or does not answer in time.
        """
        await self.connect(app)
        try:
            if self._turn is not None and not isinstance(steps[0] if steps else None, Interrupt):
                self._end_turn()
            for place, step in enumerate(steps):
                follower = steps[place + 1] if place + 1 < len(steps) else None
                if not await self._play(step, follower):
                    break
            else:
                await self._linger()
        except ClosedError as error:
            if self.result.ended_by != "agent":
                raise CallError(str(error), self.result) from None
        finally:
            self._end_turn()
            await self._socket.close()

    async def connect(self, app: ASGIApp) -> None:
        """Request the TeXML, and connect to the relay.

        Raises:
            CallError: The application refuses.
        """
        path = await self._request_texml(app)
        self._socket = WebSocket(app, path)
        try:
            await self._open()
        except ClosedError as error:
            await self._socket.close()
            raise CallError(str(error), self.result) from None

    async def _request_texml(self, app: ASGIApp) -> str:
        """Request the TeXML, and return the path of the relay."""
        form = urlencode({"From": self.caller, "To": self.number, "CallSid": str(uuid4())})
        kind = "application/x-www-form-urlencoded"
        async with post(app, f"{self.prefix}/texml", form.encode(), kind) as answer:
            if answer.status != 200:  # noqa: PLR2004 - HTTP
                raise CallError(f"/texml answers with {answer.status}.", self.result)
            text = await answer.text()
        try:
            # Of the user's own application; expat refuses entities that expand too far.
            relay = ET.fromstring(text).find("./Connect/ConversationRelay")  # noqa: S314 - see above
        except ET.ParseError as error:
            raise CallError(f"/texml is not XML: {error}.", self.result) from None
        url = "" if relay is None else relay.get("url", "")
        if relay is None or urlsplit(url).scheme not in ("ws", "wss"):
            raise CallError("/texml has no ConversationRelay with a `url`.", self.result)
        if greeting := relay.get("welcomeGreeting"):
            self._turn = CallTurn("agent", greeting)
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    async def _open(self) -> None:
        await self._socket.open()
        await self._send(
            {
                "type": "setup",
                "sessionId": self.result.conversation_id,
                "accountSid": str(uuid4()),
                "callSid": str(uuid4()),
                "callControlId": f"v3:{uuid4()}",
                "callSessionId": str(uuid4()),
                "callLegId": str(uuid4()),
                "from": self.caller,
                "to": self.number,
                "direction": "inbound",
                "callerName": "",
                "callStatus": "active",
                "customParameters": dict(self.variables),
            }
        )

    async def _play(self, step: Step, follower: Step | None) -> bool:
        """Follow a step; return whether the call goes on."""
        match step:
            case Say():
                await self._say(step.text, step.language)
            case Press():
                await self._press(step)
            case Interrupt():
                await self._interrupt(step)
                if not step.text:
                    return True
                await self._say(step.text, None)
            case Wait():
                return await self._listen_for(step.seconds)
            case HangUp():
                return False
        words = follower.after_words if isinstance(follower, Interrupt) else None
        return await self._listen(words)

    async def _press(self, step: Press) -> None:
        self.result.turns.append(CallTurn("caller", digits=step.digits))
        for digit in step.digits:
            await self._send({"type": "dtmf", "digit": digit})
        self._prompted_at = perf_counter()

    async def _say(self, text: str, language: str | None) -> None:
        self.result.turns.append(CallTurn("caller", text))
        words = text.split()
        spoken = {"type": "prompt", "lang": language or self.language}
        if len(words) > 1:
            part = " ".join(words[: len(words) // 2])
            await self._send({**spoken, "voicePrompt": part, "last": False})
        await self._send({**spoken, "voicePrompt": text, "last": True})
        self._prompted_at = perf_counter()

    async def _listen(self, words: int | None) -> bool:
        """Listen until the agent has answered, or until it has said so many words.

        Returns:
            Whether the call goes on.
        """
        try:
            async with asyncio.timeout(self.timeout):
                while True:
                    frame = await self._receive()
                    if frame["type"] == "end":
                        self.result.ended_by = "agent"
                        return False
                    if frame["type"] != "text":
                        continue
                    if frame.get("last"):
                        if words is None:
                            self._end_turn()
                        return True
                    if words is not None and len(self._agent().text.split()) > words:
                        return True
        except TimeoutError:
            message = f"The agent did not answer in {self.timeout:g} seconds."
            raise CallError(message, self.result) from None

    async def _listen_for(self, seconds: float) -> bool:
        """Listen for so long; return whether the call goes on."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "end":
                    pass
        except TimeoutError:
            return True
        self.result.ended_by = "agent"
        return False

    async def _linger(self) -> None:
        """Let an agent that hangs up after its last words do so."""
        if await self._listen_for(_LINGER):
            # On a busy machine that time may pass before the application has run.
            for _ in range(100):
                await asyncio.sleep(0)
            await self._listen_for(0)

    async def _interrupt(self, step: Interrupt) -> None:
        turn = self._agent()
        turn.heard = " ".join(turn.text.split()[: step.after_words])
        since = perf_counter()
        await self._send_interruption(turn.heard, 300 * step.after_words)
        turn.barge_in = 0.0
        try:
            while True:
                async with asyncio.timeout(IN_FLIGHT):
                    await self._receive()
                turn.barge_in = perf_counter() - since
        except TimeoutError:
            pass
        self._end_turn()

    async def _send_interruption(self, heard: str, milliseconds: int) -> None:
        frame = {"type": "interrupt", "utteranceUntilInterrupt": heard}
        await self._send({**frame, "durationUntilInterruptMs": milliseconds})

    async def _receive(self) -> dict[str, Any]:
        """Return the application's next frame, after noting what it does."""
        text = await self._socket.receive()
        try:
            frame = json.loads(text)
            kind = frame["type"]
        except (ValueError, KeyError, TypeError):
            frame, kind = {"type": "invalid"}, "invalid"
        if kind not in _KNOWN:
            problem = f"Invalid message: unknown type: {kind}"
            self.result.errors.append(problem)
            await self._send({"type": "error", "description": problem})
        elif kind == "text":
            self._hear(str(frame.get("token", "")))
        else:
            self.result.actions.append(frame)
        return dict(frame)

    def _hear(self, token: str) -> None:
        self._agent().text += token
        self._time_token(token)

    def _time_token(self, token: str) -> None:
        """Note when the first token and the first whole word arrive."""
        turn = self._agent()
        now = perf_counter() - self._prompted_at
        if turn.first_token is None and token:
            turn.first_token = now
        if turn.first_word is None and (" " in turn.text.strip() or not token):
            turn.first_word = now

    def _agent(self) -> CallTurn:
        if self._turn is None:
            self._turn = CallTurn("agent")
        return self._turn

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is None or not turn.text:
            return
        if turn.barge_in is None:
            turn.heard = turn.text
        self.result.turns.append(turn)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(frame, ensure_ascii=False))
