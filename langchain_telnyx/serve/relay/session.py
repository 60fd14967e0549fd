"""One session of Conversation Relay: the caller's words in, the agent's words out.

One task reads frames into a queue, one runs the agent's current turn, and `run` reacts to both. An
interruption cancels the turn, and reduces the history to what the caller heard. After that, nothing
of the turn is sent.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.closing import closing
from langchain_telnyx.serve.context import CallContext, current_relay_call
from langchain_telnyx.serve.events import Token
from langchain_telnyx.serve.heard import Spoken, cut
from langchain_telnyx.serve.history import CANCELLED, ENDED, FAILED, rewritten
from langchain_telnyx.serve.hooks import Hooks
from langchain_telnyx.serve.relay.call import RelayCall
from langchain_telnyx.serve.relay.caller import CallerInput
from langchain_telnyx.serve.relay.flushing import Flusher
from langchain_telnyx.serve.relay.frames import (
    END_FRAME,
    Digit,
    Frame,
    FrameError,
    Interruption,
    Prompt,
    RelayProblem,
    Setup,
    UnknownFrame,
    parse_frame,
    text_frame,
)
from langchain_telnyx.serve.relay.sockets import Closed, Socket
from langchain_telnyx.serve.relay.turns import Turn, context_of
from langchain_telnyx.serve.settings import Limits, Speech

_log = logging.getLogger("langchain_telnyx.serve")

# Seconds that an agent has to react to its cancellation. Its words are dropped in any case.
_CANCEL_SECONDS = 5.0
# Seconds to send the end of a call to a connection that may read nothing.
_END_SECONDS = 5.0
# Frames that wait for this program; then Telnyx waits.
_QUEUE_SIZE = 64


class _TurnEnded:
    """In the queue: a turn has ended, or the session shall check its state."""


class RelaySession:
    """A call over Conversation Relay.

    Args:
        socket: The connection.
        agent: The agent.
        speech: How it sounds.
        limits: The limits of the call.
        hooks: Functions that run at the call's beginning and end.
        log_texts: Whether to log what is said.
    """

    def __init__(
        self,
        socket: Socket,
        agent: AgentRunner,
        *,
        speech: Speech,
        limits: Limits,
        hooks: Hooks,
        log_texts: bool = False,
    ) -> None:
        self._socket = socket
        self._agent = agent
        self._speech = speech
        self._limits = limits
        self._hooks = hooks
        self._log_texts = log_texts
        self._queue: asyncio.Queue[str | Closed | _TurnEnded] = asyncio.Queue(_QUEUE_SIZE)
        self._time = asyncio.get_running_loop().time
        self._call: RelayCall = RelayCall(CallContext(thread_id=""), socket.send)
        self._history: list[BaseMessage] = []
        self._input = CallerInput(speech)
        self._turn: Turn | None = None
        self._last_turn: Turn | None = None
        self._silent_since = self._speaks_until = self._time()
        self._is_draining = False

    @property
    def id(self) -> str:
        """The call's id; empty before its first frame."""
        return self._call.context.thread_id

    def drain(self) -> None:
        """End the call after the current turn, since the server ends."""
        self._is_draining = True
        self._wake()

    async def run(self) -> str:
        """Serve the call until it ends.

        Returns:
            Why it ended: `caller`, `agent`, `silence`, `time`, `shutdown` or `setup`.
        """
        reader = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(self._limits.setup_seconds):
                context = await self._set_up()
        except (TimeoutError, Closed):
            await self._cancel(reader)
            return "setup"
        self._call = RelayCall(context, self._socket.send)
        current_relay_call.set(self._call)
        _log.info("call %s begins", self.id)
        self._greet()
        began = self._time()
        reason = "caller"
        try:
            reason = await self._serve()
        except Closed:
            pass
        finally:
            await self._cancel(reader)
            if (turn := await self._stop_turn()) is not None:
                # Telnyx does not report how much of it was heard.
                await self._settle(turn, turn.spoken, ENDED)
            if reason != "caller":
                await self._hang_up()
            self._call.transcript[:] = self._history
            _log.info("call %s ends after %.1f s: %s", self.id, self._time() - began, reason)
            await self._hooks.run_ended(self._call.context, self._call.transcript, reason)
        return reason

    async def _hang_up(self) -> None:
        """End Telnyx's side, unless it reads nothing any more."""
        with suppress(Closed, TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await self._socket.send(END_FRAME)

    async def _read(self) -> None:
        """Read frames into the queue, which waits while it is full."""
        try:
            while True:
                await self._queue.put(await self._socket.receive())
        except Closed as closed:
            await self._queue.put(closed)

    async def _set_up(self) -> CallContext:
        """Wait for the first frame, and return the call's context."""
        while True:
            item = await self._queue.get()
            if isinstance(item, Closed):
                raise item
            if isinstance(item, str) and isinstance(frame := _parsed(item), Setup):
                context = context_of(frame)
                variables = await self._hooks.run_started(context)
                return replace(context, variables={**context.variables, **variables})

    def _greet(self) -> None:
        """Note the greeting, which Telnyx itself speaks, in the history."""
        if (greeting := self._speech.greeting) is not None:
            turn = Turn([], self._call.context)
            turn.note(str(uuid4()), greeting)
            self._last_turn = turn
            self._history.append(AIMessage(greeting, id=turn.spoken[0].message_id))
            self._note_speech(greeting)

    async def _serve(self) -> str:
        """React to frames, turns and time until the call ends; return the reason."""
        end = self._time() + self._limits.call_seconds
        while (reason := self._reason_to_end(end)) is None:
            self._start_turn()
            try:
                async with asyncio.timeout_at(min(end, self._next_time())):
                    item = await self._queue.get()
            except TimeoutError:
                continue
            if isinstance(item, Closed):
                raise item
            if isinstance(item, str) and (frame := _parsed(item)) is not None:
                await self._handle(frame)
        return reason

    # Time

    def _next_time(self) -> float:
        """Return when something must happen, on the loop's clock."""
        if self._turn is not None:
            return float("inf")
        times = [max(self._silent_since, self._speaks_until) + self._limits.silence_seconds]
        if self._input.digits_until is not None:
            times.append(self._input.digits_until)
        if self._call.is_ending or self._is_draining:
            times.append(self._speaks_until)
        return min(times)

    def _reason_to_end(self, end: float) -> str | None:
        now = self._time()
        if now >= end:
            return "time"
        if self._turn is not None:
            return None
        if self._input.digits_until is not None and now >= self._input.digits_until:
            self._input.complete_digits()
        if (self._call.is_ending or self._is_draining) and now >= self._speaks_until:
            return "agent" if self._call.is_ending else "shutdown"
        if self._input:
            return None
        silent_since = max(self._silent_since, self._speaks_until)
        return "silence" if now >= silent_since + self._limits.silence_seconds else None

    def _note_speech(self, text: str) -> None:
        """Estimate when Telnyx has spoken a text: it does not report that."""
        start = max(self._time(), self._speaks_until)
        self._speaks_until = start + len(text) / self._speech.characters_per_second

    def _wake(self) -> None:
        # A full queue wakes `_serve`, too.
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(_TurnEnded())

    # Frames

    async def _handle(self, frame: Frame) -> None:
        self._silent_since = self._time()
        match frame:
            case Prompt():
                if frame.is_last:
                    self._take_words(frame)
            case Digit():
                self._input.add_digit(frame.digit, self._time())
            case Interruption():
                await self._interrupt(frame)
            case RelayProblem():
                _log.error("call %s: Telnyx reports: %s", self.id, frame.description)
            case UnknownFrame():
                _log.warning("call %s: a frame of unknown type %.40r", self.id, frame.type)
            case Setup():
                _log.warning("call %s: a second `setup` is ignored", self.id)

    def _take_words(self, prompt: Prompt) -> None:
        if prompt.language is not None:
            self._call.context = replace(self._call.context, language=prompt.language)
        self._input.add_words(prompt)
        self._log_text("caller", prompt.text)

    # Turns

    def _start_turn(self) -> None:
        if self._turn is not None or not self._input or self._call.is_ending:
            return
        messages = self._input.take()
        if self._agent.has_memory:
            # It has not received the greeting, which comes before the first turn.
            first = not any(isinstance(message, HumanMessage) for message in self._history)
            new = [*(self._history if first else ()), *messages]
        else:
            new = [*self._history, *messages]
        self._history += messages
        self._turn = turn = Turn(new, self._call.context)
        turn.task = asyncio.create_task(self._answer(turn))

    async def _answer(self, turn: Turn) -> None:
        """Run the agent for a turn, and send what it says."""
        try:
            await self._speak(turn)
        except Closed:
            return
        except Exception as error:  # noqa: BLE001 - the caller gets an apology, the log the error
            _log.error("call %s: the agent failed", self.id, exc_info=error)
            await self._settle(turn, turn.spoken, FAILED)
            with suppress(Closed):
                await self._say(turn, None, self._speech.error_text)
        else:
            self._remember(turn)
            self._log_text("agent", "".join(one.text for one in turn.spoken))
        with suppress(Closed):
            await self._send(turn, "", last=True)
        if turn is self._turn:
            self._turn, self._last_turn = None, turn
            self._wake()

    async def _speak(self, turn: Turn) -> None:
        flusher = Flusher(self._speech.flush)
        filler = asyncio.create_task(self._fill(turn)) if self._speech.filler else None
        last_id: str | None = None
        try:
            run = self._agent.stream(turn.messages, turn.context, turn.outcome)
            async with asyncio.timeout(self._limits.turn_seconds), closing(run) as events:
                async for event in events:
                    if not isinstance(event, Token):
                        continue
                    if filler is not None:
                        await self._cancel(filler)
                        filler = None
                    if event.message_id != last_id:
                        if rest := flusher.rest():
                            await self._say(turn, last_id, rest)
                        last_id = event.message_id
                    if piece := flusher.feed(event.text):
                        await self._say(turn, last_id, piece)
            if rest := flusher.rest():
                await self._say(turn, last_id, rest)
        finally:
            if filler is not None:
                filler.cancel()

    async def _fill(self, turn: Turn) -> None:
        await asyncio.sleep(self._speech.filler_seconds)
        with suppress(Closed):
            await self._say(turn, None, f"{self._speech.filler} ")

    async def _say(self, turn: Turn, message_id: str | None, text: str) -> None:
        turn.note(message_id, text)
        self._note_speech(text)
        await self._send(turn, text, last=False)

    async def _send(self, turn: Turn, text: str, *, last: bool) -> None:
        if turn is self._turn:
            await self._socket.send(text_frame(text, last=last))

    def _remember(self, turn: Turn) -> None:
        """Add what the agent said to the history."""
        if turn.outcome.messages:
            self._history = list(turn.outcome.messages)
        else:
            self._history = rewritten(self._history, turn.spoken, FAILED)

    async def _settle(self, turn: Turn, heard: Sequence[Spoken], reason: str) -> None:
        """Reduce the history, here and in the agent's memory, to what the caller heard."""
        history = turn.outcome.messages or self._history
        self._history = rewritten(history, heard, reason)
        try:
            await self._agent.rewrite(turn.context, turn.messages, heard, reason)
        except Exception as error:  # noqa: BLE001 - the call goes on with the agent's own memory
            _log.error("call %s: the agent's memory is unchanged", self.id, exc_info=error)

    async def _interrupt(self, frame: Interruption) -> None:
        """Stop the agent, and reduce its last answer to what was heard."""
        turn = await self._stop_turn() or self._last_turn
        self._speaks_until = self._time()
        if turn is None:
            return
        self._last_turn = turn
        heard = frame.heard
        if heard is None:
            # Telnyx may leave it out; the time tells how much was spoken, or nothing does.
            spoken = "".join(one.text for one in turn.spoken)
            limit = len(spoken)
            if frame.milliseconds is not None:
                limit = int(frame.milliseconds / 1000 * self._speech.characters_per_second)
            heard = spoken[:limit]
        await self._settle(turn, cut(turn.spoken, heard), CANCELLED)

    def _log_text(self, speaker: str, text: str) -> None:
        if self._log_texts:
            _log.info("call %s, %s: %s", self.id, speaker, text)

    async def _stop_turn(self) -> Turn | None:
        """Cancel the current turn; nothing of it is sent from now on."""
        turn, self._turn = self._turn, None
        if turn is not None and turn.task is not None:
            await self._cancel(turn.task)
        return turn

    @staticmethod
    async def _cancel(task: "asyncio.Task[None]") -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_SECONDS)


def _parsed(text: str) -> Frame | None:
    try:
        return parse_frame(text)
    except FrameError as error:
        _log.warning("A frame of Conversation Relay is ignored: %s.", error)
        return None
