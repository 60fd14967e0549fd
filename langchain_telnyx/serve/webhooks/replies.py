"""Runs the agent for a text message, and sends its answer.

A reply is sent at most once. Before each part is sent, the state has `sending`; a part that may
have been sent is never sent again.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from langchain_core.messages import BaseMessage, HumanMessage

from langchain_telnyx.client.errors import APIConnectionError, APIStatusError, TelnyxError
from langchain_telnyx.client.telnyx import Telnyx
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.closing import closing
from langchain_telnyx.serve.context import CallContext
from langchain_telnyx.serve.events import Outcome, Token
from langchain_telnyx.serve.webhooks.inbox import log_unknown
from langchain_telnyx.serve.webhooks.options import TextMessages
from langchain_telnyx.serve.webhooks.state import StoredEvent, WebhookState
from langchain_telnyx.serve.webhooks.texts import Text, parse_text, parts_of, recent
from langchain_telnyx.webhooks import parse

_log = logging.getLogger("langchain_telnyx.serve")

# Seconds between attempts at a part that was certainly not sent, such as without a network.
_PAUSES = (1.0, 5.0, 30.0, 120.0)
_INTERRUPTED = "The run was interrupted before this tool call ended."


class Replies:
    """Answers text messages.

    Args:
        agent: The agent.
        telnyx: Returns the client that sends the replies.
        state: The state.
        options: The options.
        turn_seconds: The longest run.
        draining: Returns the event that is set while the server ends.
    """

    def __init__(
        self,
        agent: AgentRunner,
        telnyx: Callable[[], Telnyx],
        state: WebhookState,
        options: TextMessages,
        *,
        turn_seconds: float,
        draining: Callable[[], asyncio.Event],
    ) -> None:
        self._agent = agent
        self._telnyx = telnyx
        self._state = state
        self._options = options
        self._turn_seconds = turn_seconds
        self._draining = draining

    async def handle(self, event: StoredEvent) -> None:
        """Process an event, from where it was interrupted."""
        text = parse_text(parse(event.body).payload)
        parts, sent = event.parts, event.sent
        if event.state in ("received", "running"):
            answer = await self._answer(event, text)
            if answer is None:
                await self._state.finish(event.id, "failed")
                return
            parts, sent = tuple(answer), 0
        for part in parts[sent:]:
            if not await self._send(event.id, text, part):
                return
        await self._state.finish(event.id, "done")

    async def _answer(self, event: StoredEvent, text: Text) -> list[str] | None:
        """Run the agent, and store its answer; return the parts (None: it failed)."""
        if event.runs >= self._options.most_runs:
            _log.error("event %s: the process ended in each of %d runs", event.id, event.runs)
            return None
        await self._state.start_run(event.id)
        message, context = text.message(event.id), _context(text)
        before: list[BaseMessage] = []
        try:
            if self._agent.has_memory:
                if event.state == "running":
                    await self._agent.rewrite(context, [message], (), _INTERRUPTED)
            else:
                before = await self._state.history(event.thread)
            reply, messages = await self._run([*before, message], context)
        except Exception as error:  # noqa: BLE001 - in the log; the thread goes on
            _log.error("event %s: the agent failed", event.id, exc_info=error)
            await self._repair(context, message, event.id)
            if self._options.error_text is None:
                return None
            reply, messages = self._options.error_text, [*before, message]
        parts = parts_of(reply, self._options.part_characters)
        if not parts:
            _log.info("event %s: the agent answers nothing", event.id)
        history = None if self._agent.has_memory else self._stored(messages)
        await self._state.answer(event, parts, history)
        return parts

    async def _run(
        self, messages: Sequence[BaseMessage], context: CallContext
    ) -> tuple[str, list[BaseMessage]]:
        """Return the text of the last answer, and the history after it."""
        outcome = Outcome()
        texts: dict[str | None, str] = {}
        run = self._agent.stream(messages, context, outcome)
        async with asyncio.timeout(self._turn_seconds), closing(run) as items:
            async for item in items:
                if isinstance(item, Token):
                    texts[item.message_id] = texts.pop(item.message_id, "") + item.text
        answers = [one for one in texts.values() if one.strip()]
        return answers[-1] if answers else "", list(outcome.messages)

    async def _repair(self, context: CallContext, message: HumanMessage, event_id: str) -> None:
        """Complete the tool calls that the failed run left open in the agent's memory."""
        try:
            await self._agent.rewrite(context, [message], (), _INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the thread goes on with the agent's own memory
            _log.error("event %s: the agent's memory is unchanged", event_id, exc_info=error)

    def _stored(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        return recent(messages, self._options.history_messages)

    async def _send(self, event_id: str, text: Text, part: str) -> bool:
        """Send a part, once; return whether to go on with the next one."""
        for pause in (*_PAUSES, None):
            await self._state.start_sending(event_id)
            try:
                await self._telnyx().aio.messages.send(text.person, part, from_=text.number)
            except TelnyxError as error:
                if error.maybe_done:
                    await self._give_up(event_id, error)
                    return False
                if pause is None or not error.is_retryable:
                    _log.error("event %s: the reply is not sent: %s", event_id, _reason(error))
                    await self._state.finish(event_id, "failed")
                    return False
                await self._state.not_sent(event_id)
                _log.warning("event %s: the reply is not sent yet: %s", event_id, _reason(error))
                if await self._is_draining_within(pause):
                    return False
            except Exception as error:  # noqa: BLE001 - it may have been sent
                await self._give_up(event_id, error)
                return False
            else:
                await self._state.part_sent(event_id)
                return True
        return False

    async def _give_up(self, event_id: str, error: Exception) -> None:
        log_unknown(event_id, _reason(error))
        await self._state.finish(event_id, "unknown")

    async def _is_draining_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._draining().wait()
        except TimeoutError:
            return False
        return True


def _reason(error: Exception) -> str:
    """Return an error for the log, without a response that repeats the text."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, APIStatusError | APIConnectionError) else name


def _context(text: Text) -> CallContext:
    variables = {"message_id": text.message_id, "messaging_profile_id": text.profile_id}
    return CallContext(
        thread_id=text.thread_id,
        channel="sms_chat",
        caller=text.person,
        number=text.number,
        variables={name: value for name, value in variables.items() if value is not None},
    )
