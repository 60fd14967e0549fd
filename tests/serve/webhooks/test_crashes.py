"""Deliveries, crashes and restarts in any order: no event is lost, no reply is sent twice.

A life of the server ends at a given step. Steps are each access to the database, the run of the
agent, and both sides of the request that sends a reply. After that step nothing happens any more,
as after `kill -9`: what is in the file is all that the next life has.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, messages_from_dict
from langchain_core.runnables import RunnableLambda

from langchain_telnyx.client.errors import APIConnectionError
from langchain_telnyx.serve.agents import AgentRunner
from langchain_telnyx.serve.webhooks.inbox import Inbox
from langchain_telnyx.serve.webhooks.options import TextMessages
from langchain_telnyx.serve.webhooks.replies import Replies
from langchain_telnyx.serve.webhooks.state import WebhookState
from tests.serve.support import graph_of
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
NEVER = 10**9
THREADS = [f"sms:+13125550100:+1312555010{number}" for number in range(2)]

# A delivery: an event (0 to 5), of one of two threads.
EVENTS = st.integers(0, 5)
LIVES = st.lists(
    st.tuples(st.integers(0, 40), st.lists(EVENTS, max_size=6)), min_size=1, max_size=4
)
LOST_RESPONSES = st.sets(st.integers(0, 8))


class Killed(BaseException):
    """The process was killed."""


@dataclass
class World:
    """What outlives a process: Telnyx, and the counts of the test.

    Attributes:
        acknowledged: The events that were received, in order.
        runs: The finished runs of the agent, by event.
        posted: The events of the replies that Telnyx received, in order.
        maybe_posted: The events whose sending began.
        lost_responses: Which requests break off after Telnyx received them.
    """

    lost_responses: set[int]
    acknowledged: list[str] = field(default_factory=list)
    runs: Counter[str] = field(default_factory=Counter)
    posted: list[str] = field(default_factory=list)
    maybe_posted: list[str] = field(default_factory=list)
    left: int = NEVER

    def step(self) -> None:
        """Count a step, or end the process."""
        self.left -= 1
        if self.left < 0:
            raise Killed

    async def agent(self, messages: Sequence[BaseMessage]) -> AIMessage:
        self.step()
        await asyncio.sleep(0)
        self.step()
        self.runs[messages[-1].text] += 1
        return AIMessage(messages[-1].text)

    async def send(self, to: str, text: str, *, from_: str) -> None:
        del to, from_
        self.step()
        self.maybe_posted.append(text)
        await asyncio.sleep(0)
        self.step()
        self.posted.append(text)
        if len(self.posted) in self.lost_responses:
            error = APIConnectionError("the response is lost")
            error.maybe_done = True
            raise error
        await asyncio.sleep(0)
        self.step()


class Client:
    """A client whose requests reach the world."""

    def __init__(self, world: World) -> None:
        self.aio = self.messages = self
        self.send = world.send


class MortalState(WebhookState):
    """A state that the end of the process cuts off, before or after a change."""

    def __init__(self, path: Path, world: World, options: TextMessages) -> None:
        super().__init__(path, keep_days=options.keep_days)
        self._world = world

    async def _run(self, work: Callable[[], T]) -> T:
        self._world.step()
        result = await super()._run(work)
        self._world.step()
        return result

    async def cut_off(self) -> None:
        """Release the file, as the end of a process does."""
        await super()._run(self._close)
        assert self._executor is not None
        self._executor.shutdown()


def body_of(event: str) -> tuple[str, bytes]:
    """Return the thread and the body of an event."""
    person = f"+1312555010{int(event) % 2}"
    payload = {"from": {"phone_number": person}, "to": [{"phone_number": "+13125550100"}]}
    data = {"event_type": "message.received", "id": event, "payload": payload | {"text": event}}
    return f"sms:+13125550100:{person}", json.dumps({"data": data}).encode()


async def live(world: World, path: Path, steps: int, deliveries: Sequence[str], graph: Any) -> None:
    """Run a process until it is killed, or has nothing to do."""
    world.left = steps
    options = TextMessages(most_runs=1000)
    state = MortalState(path, world, options)
    client: Any = Client(world)
    inbox = Inbox(state, lambda event: replies.handle(event), 20)  # noqa: PLW0108 - made below
    replies = Replies(
        AgentRunner(graph or RunnableLambda(world.agent)),
        lambda: client,
        state,
        options,
        turn_seconds=30,
        draining=lambda: inbox.draining,
    )
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # of tasks that ended with the process
    try:
        await inbox.start()
        for event in deliveries:
            await inbox.add(event, *body_of(event))
            if event not in world.acknowledged:
                world.acknowledged.append(event)
        await inbox.idle()
    except Killed:
        pass
    world.left = 0
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)
    world.left = NEVER
    await state.cut_off()


class Log(logging.Handler):
    """Collects the lines of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.mark.parametrize("memory", [False, True], ids=["history in the state", "checkpointer"])
@settings(max_examples=examples(25), deadline=None)
@given(lives=LIVES, lost=LOST_RESPONSES)
# The process ends in the run; between answer and sending; while the reply is sent.
@example(lives=[(11, [0, 1, 2])], lost=set())
@example(lives=[(16, [0, 2]), (14, [4, 0])], lost=set())
@example(lives=[(20, [0, 1, 2]), (3, []), (18, [3])], lost={2})
def test_each_event_is_answered_at_most_once_and_none_is_lost(
    *, memory: bool, lives: list[tuple[int, list[int]]], lost: set[int]
) -> None:
    world, log = World(lost), Log()
    graph = graph_of(RunnableLambda(world.agent))
    logger = logging.getLogger("langchain_telnyx.serve")
    logger.addHandler(log)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state.sqlite3"
            asyncio.run(all_lives(world, path, lives, graph if memory else None))
            rows = stored(path)
            histories = {
                thread: questions_of(graph, path, thread, memory=memory) for thread in THREADS
            }
    finally:
        logger.removeHandler(log)
    states = dict(rows)
    events = {str(event) for _, deliveries in lives for event in deliveries}
    assert states.keys() == events == set(world.acknowledged)
    assert set(states.values()) <= {"done", "unknown"}
    assert all(world.runs[event] for event in events)
    assert max(Counter(world.maybe_posted).values(), default=0) <= 1
    assert {event for event, state in rows if state == "done"} <= set(world.posted)
    unknown = {event for event, state in rows if state == "unknown"}
    logged = {line.split()[1].rstrip(":") for line in log.lines if "may have been sent" in line}
    assert logged == unknown
    for thread in THREADS:
        received = [event for event, _ in rows if body_of(event)[0] == thread]
        replied = [event for event in world.posted if body_of(event)[0] == thread]
        assert replied == [event for event in received if event in replied]
        assert histories[thread] == received


async def all_lives(
    world: World, path: Path, lives: Sequence[tuple[int, list[int]]], graph: Any
) -> None:
    for steps, deliveries in lives:
        await live(world, path, steps, [str(event) for event in deliveries], graph)
    # Telnyx repeats what was not acknowledged, and may repeat what was.
    again = [str(event) for _, deliveries in lives for event in deliveries]
    await live(world, path, NEVER, again, graph)


def stored(path: Path) -> list[tuple[str, str]]:
    """Return the ids and states of all events, in the order of their receipt."""
    with contextlib.closing(sqlite3.connect(path)) as sql:
        return sql.execute("SELECT id, state FROM events ORDER BY number").fetchall()


def questions_of(graph: Any, path: Path, thread: str, *, memory: bool) -> list[str]:
    """Return what the person wrote, by the history of a thread."""
    if memory:
        state = graph.get_state({"configurable": {"thread_id": thread}})
        messages = state.values.get("messages", [])
    else:
        with contextlib.closing(sqlite3.connect(path)) as sql:
            row = sql.execute("SELECT messages FROM history WHERE thread = ?", (thread,)).fetchone()
        messages = messages_from_dict(json.loads(row[0])) if row else []
    # After each message, there is its answer.
    assert [one.text for one in messages[::2]] == [one.text for one in messages[1::2]]
    return [one.text for one in messages if isinstance(one, HumanMessage)]
