"""Runs an agent for one turn: a graph of LangGraph, or any other Runnable of messages.

A graph with a checkpointer keeps the history itself, by thread, and receives only new messages.
Every other agent receives the whole history each time.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol, cast, runtime_checkable
from uuid import uuid4

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    message_chunk_to_message,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.runnables.base import RunnableLike

from langchain_telnyx.serve.closing import closing
from langchain_telnyx.serve.context import CallContext, context_for, current_context
from langchain_telnyx.serve.events import Event, EventReader, Outcome, as_chunk, tool_name
from langchain_telnyx.serve.heard import Spoken, cut
from langchain_telnyx.serve.history import CANCELLED, last_turn, rewritten

_log = logging.getLogger("langchain_telnyx.serve")

# The node of tools in LangGraph's prebuilt agents: a model that a tool calls does not speak.
_TOOL_NODE = "tools"

# LangGraph's names of a graph's beginning and end.
_START, _END = "__start__", "__end__"


@runtime_checkable
class _Graph(Protocol):
    """The methods of a compiled graph that are used here."""

    checkpointer: Any
    context_schema: type | None

    def astream(self, graph_input: Any, config: RunnableConfig, **options: Any) -> Any: ...

    async def aget_state(self, config: RunnableConfig) -> Any: ...

    async def aupdate_state(
        self, config: RunnableConfig, values: Any, as_node: str
    ) -> RunnableConfig: ...


class AgentRunner:
    """Runs an agent.

    Args:
        agent: A graph whose state has `messages`, a Runnable of a list of messages that answers
            with a message or text, or a function of that kind, also one that yields text.

    Raises:
        TypeError: The agent is none of these.
    """

    def __init__(self, agent: RunnableLike[Any, Any]) -> None:
        self._graph = _as_graph(agent)
        self._runnable = _as_runnable(agent)
        self._without_tools: set[str] = set()

    @property
    def has_memory(self) -> bool:
        """Whether the agent itself stores the history of a thread."""
        return self._graph is not None and self._graph.checkpointer is not None

    async def stream(
        self, messages: Sequence[BaseMessage], context: CallContext, outcome: Outcome
    ) -> AsyncIterator[Event]:
        """Run the agent, and yield what it says.

        Args:
            messages: The new messages for an agent with memory; otherwise the whole history.
            context: The context, available to the agent by `current_call()`.
            outcome: Receives how the run ended.

        Raises:
            Exception: What the agent raises.
        """
        current_context.set(context)
        reader = EventReader(outcome, {tool_name(tool) for tool in context.tools})
        config: RunnableConfig = {
            "configurable": context.configurable(),
            "metadata": context.metadata(),
        }
        if self._graph is not None:
            source = self._graph_messages(self._graph, messages, context, config, outcome)
        else:
            source = self._runnable_messages(messages, context, config, outcome)
        async with closing(source) as items:
            async for message in items:
                if (token := reader.feed(message)) is not None:
                    yield token
        if (calls := reader.end()) is not None:
            yield calls

    async def _graph_messages(
        self,
        graph: _Graph,
        messages: Sequence[BaseMessage],
        context: CallContext,
        config: RunnableConfig,
        outcome: Outcome,
    ) -> AsyncIterator[AIMessage]:
        modes = ["messages"] if self.has_memory else ["messages", "values"]
        options: dict[str, Any] = {"stream_mode": modes}
        if (schema := graph.context_schema) is not None:
            options["context"] = context_for(schema, context)
        run = graph.astream({"messages": list(messages)}, config, **options)
        async with closing(run) as items:
            async for mode, item in items:
                if mode == "values":
                    outcome.messages = list(_messages_of(item))
                    continue
                message, metadata = item
                if isinstance(message, AIMessage) and metadata.get("langgraph_node") != _TOOL_NODE:
                    yield message

    async def _runnable_messages(
        self,
        messages: Sequence[BaseMessage],
        context: CallContext,
        config: RunnableConfig,
        outcome: Outcome,
    ) -> AsyncIterator[AIMessage]:
        chunks: list[AIMessageChunk] = []
        fallback_id = f"run-{uuid4()}"
        run = self._with_tools(context).astream(list(messages), config)
        async with closing(run) as items:
            async for item in items:
                message = _message(item)
                if message.id is None:
                    message = message.model_copy(update={"id": fallback_id})
                chunks.append(as_chunk(message))
                yield message
        outcome.messages = [*messages]
        if chunks:
            whole = add_ai_message_chunks(*chunks)
            outcome.messages.append(message_chunk_to_message(whole))

    def _with_tools(self, context: CallContext) -> Runnable[Any, Any]:
        if not context.tools:
            return self._runnable
        bind_tools = getattr(self._runnable, "bind_tools", None)
        if bind_tools is not None:
            return cast("Runnable[Any, Any]", bind_tools(list(context.tools)))
        if missing := {tool_name(tool) for tool in context.tools} - self._without_tools:
            self._without_tools |= missing
            names = ", ".join(sorted(missing))
            _log.warning("The agent cannot be offered the assistant's tools: %s.", names)
        return self._runnable

    async def new_messages(
        self, messages: Sequence[BaseMessage], context: CallContext
    ) -> Sequence[BaseMessage]:
        """Return those messages of a whole conversation that the agent does not have.

        An agent without memory receives all. In the memory of another, the last answer is reduced
        to the one in `messages`, which contains what the caller heard.

        Args:
            messages: The conversation, as the client of the server sends it each time.
            context: The context of the turn.
        """
        graph = self._graph
        if graph is None or not self.has_memory:
            return messages
        state = await graph.aget_state({"configurable": context.configurable()})
        stored = list(_messages_of(state.values))
        count = sum(isinstance(message, HumanMessage) for message in stored)
        callers = [place for place, one in enumerate(messages) if isinstance(one, HumanMessage)]
        if count < len(callers):
            start = callers[count]
        else:
            answers = [place for place, one in enumerate(messages) if isinstance(one, AIMessage)]
            start = 1 + max(answers, default=-1)
        await self._reduce_last_answer(stored, messages[:start], context)
        return [one for one in messages[start:] if not isinstance(one, SystemMessage)]

    async def _reduce_last_answer(
        self, stored: Sequence[BaseMessage], heard: Sequence[BaseMessage], context: CallContext
    ) -> None:
        turn, sent = last_turn(stored), last_turn(heard)
        written = [Spoken(message.id, message.text) for message in turn if message.text]
        text = "".join(message.text for message in sent)
        if any(message.tool_calls for message in sent):
            return  # the turn goes on with the results of the assistant's tools
        # Spaces at the ends are not heard.
        if "".join(one.text for one in written).strip() == text.strip():
            return
        cuts = cut(written, text) if written else [Spoken(str(uuid4()), text)]
        await self.rewrite(context, (), cuts, CANCELLED)

    async def rewrite(
        self,
        context: CallContext,
        sent: Sequence[BaseMessage],
        heard: Sequence[Spoken],
        reason: str,
    ) -> None:
        """Reduce the last turn of a thread, in an agent with memory, to what the caller heard.

        Args:
            context: The context of the turn.
            sent: The messages that began it; they are added where the agent did not store them.
            heard: What was heard of each message of the turn, in order.
            reason: The result of tool calls that did not end.
        """
        graph = self._graph
        if graph is None or not self.has_memory:
            return
        config: RunnableConfig = {"configurable": context.configurable()}
        # A cancelled run has not stored all that `aget_state` shows.
        await graph.aupdate_state(config, None, as_node=_END)
        state = await graph.aget_state(config)
        history = list(_messages_of(state.values))
        stored = {message.id for message in history}
        unsent = [message for message in sent if message.id not in stored]
        right = rewritten([*history, *unsent], heard, reason)
        unchanged = {id(message) for message in history}
        changes = [message for message in right if id(message) not in unchanged]
        ids = {message.id for message in right}
        removals = [
            RemoveMessage(id=message.id)
            for message in history
            if message.id and message.id not in ids
        ]
        if changes or removals:
            # As the input, since the routes behind any other node would be computed. They begin a
            # run, which is not to be.
            update = {"messages": [*changes, *removals]}
            await graph.aupdate_state(config, update, as_node=_START)
            await graph.aupdate_state(config, None, as_node=_END)


def _as_runnable(agent: Any) -> Runnable[Any, Any]:
    if isinstance(agent, Runnable):
        return agent
    if callable(agent):
        # Also a generator function: it receives the messages, not an iterator of them.
        return RunnableLambda(agent)
    raise TypeError(f"An agent is a Runnable or a function, not {type(agent).__name__}.")


def _as_graph(agent: Any) -> _Graph | None:
    return agent if isinstance(agent, _Graph) else None


def _message(item: Any) -> AIMessage:
    """Return what a Runnable yields as a message."""
    if isinstance(item, str):
        return AIMessageChunk(content=item)
    if isinstance(item, AIMessage):
        return item
    if isinstance(item, Mapping) and (messages := _messages_of(item)):
        return _message(messages[-1])
    raise TypeError(f"An agent answers with a message or text, not with {type(item).__name__}.")


def _messages_of(state: Any) -> Sequence[AnyMessage]:
    messages = state.get("messages") if isinstance(state, Mapping) else None
    if messages is None:
        messages = getattr(state, "messages", ())
    return cast("Sequence[AnyMessage]", messages)
