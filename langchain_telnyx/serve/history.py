"""The history of a thread, reduced to what the caller heard."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from langchain_telnyx.serve.heard import Spoken

# The results of tool calls that did not end.
CANCELLED = "The caller interrupted before this tool call ended."
ENDED = "The call ended before this tool call did."
FAILED = "The run failed before this tool call ended."


def last_turn(history: Sequence[BaseMessage]) -> list[AIMessage]:
    """Return the answers after the last words of the caller."""
    turn: list[AIMessage] = []
    for message in reversed(history):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            turn.insert(0, message)
    return turn


def rewritten(
    history: Sequence[BaseMessage], heard: Sequence[Spoken], reason: str
) -> list[BaseMessage]:
    """Return a history whose last turn contains only what the caller heard.

    Args:
        history: The history; the last turn begins after its last message of the caller.
        heard: What was heard of each message of that turn, in order.
        reason: The result of tool calls without a result.
    """
    start = 1 + max(
        (place for place, message in enumerate(history) if isinstance(message, HumanMessage)),
        default=-1,
    )
    words = {one.message_id: "" for one in heard}
    for one in heard:
        words[one.message_id] += one.text
    results = {one.tool_call_id for one in history[start:] if isinstance(one, ToolMessage)}
    turn: list[BaseMessage] = []
    for message in history[start:]:
        if not isinstance(message, AIMessage):
            turn.append(message)
            continue
        text = words.pop(message.id, None)
        if text is None and not message.text:
            text = ""
        if text or message.tool_calls:
            turn.append(_with_text(message, text or ""))
        turn += [
            ToolMessage(reason, tool_call_id=call["id"], name=call["name"], status="error")
            for call in message.tool_calls
            if call["id"] is not None and call["id"] not in results
        ]
    # Messages that the run had not stored when it was cancelled.
    turn += [AIMessage(text, id=name) for name, text in words.items() if text and name is not None]
    return [*history[:start], *turn]


def _with_text(message: AIMessage, text: str) -> AIMessage:
    if message.text == text:
        return message
    # Blocks of reasoning and signatures belong to the whole answer, so none remains.
    return message.model_copy(update={"content": text})
