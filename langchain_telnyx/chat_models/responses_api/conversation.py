"""Selection of the messages of a thread that the service does not store yet, without I/O."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from langchain_telnyx.chat_models.history_adapter.messages import is_own
from langchain_telnyx.client.call import JSON

# In the metadata of an answer: a fingerprint of its instructions.
INSTRUCTIONS = "instructions_sha256"


class Turn(NamedTuple):
    """The turn to send.

    Attributes:
        messages: Its messages, from the stored answer on, if there is one.
        is_next: Whether the first message is that answer, which is not sent.
        previous: The id of the previous response, if it is sent.
        about: Metadata to add to the answer.
    """

    messages: Sequence[BaseMessage]
    is_next: bool = False
    previous: str | None = None
    about: Mapping[str, Any] = {}


def turn_of(messages: Sequence[BaseMessage], request: Mapping[str, Any], *, chained: bool) -> Turn:
    """Return the turn of a thread that the service does not store yet.

    In a conversation, these are the messages after the last answer of that conversation, and the
    instructions if they differ from those of that answer. After a response, these are the messages
    after its message, and the instructions, which the service does not take over from a response.
    If the thread has no such message, all of it is sent.

    Args:
        messages: All messages of the thread.
        request: The request body, with `conversation` or `previous_response_id`.
        chained: Whether to send the id of the last response of the thread.

    Raises:
        ValueError: The thread ends with a stored answer.
    """
    conversation = request.get("conversation")
    if conversation:
        stored = conversation_id(conversation)
        order = _fingerprint(messages)
        about = {"conversation": stored} | ({INSTRUCTIONS: order} if order else {})
        at = _last(messages, lambda metadata: metadata.get("conversation") == stored)
        if at is None:
            return Turn(messages, about=about)
        before = messages[at].response_metadata.get(INSTRUCTIONS)
        orders = _instructions(messages) if order and order != before else []
        if before and not order:
            about[INSTRUCTIONS] = before
        return Turn([*orders, *_after(messages, at)], is_next=True, about=about)
    previous = request.get("previous_response_id")
    if previous:
        at = _last(messages, lambda metadata: metadata.get("id") == previous)
    elif chained:
        at = _last(messages, lambda metadata: metadata.get("object") == "response")
    else:
        return Turn(messages)
    if at is None:
        return Turn(messages, previous=previous)
    previous = str(messages[at].response_metadata["id"])
    return Turn([*_instructions(messages), *_after(messages, at)], is_next=True, previous=previous)


def without_answer(wires: list[JSON], turn: Turn) -> list[JSON]:
    """Return the messages of a turn to send.

    Args:
        wires: All of its messages, in the API's format.
        turn: The turn.
    """
    if not turn.is_next:
        return wires
    for at, wire in enumerate(wires):
        if wire["role"] == "assistant":
            return wires[:at] + wires[at + 1 :]
        if wire["role"] != "system":
            break
    return wires


def conversation_id(given: Any) -> str:
    """Return the id of a conversation, given as an id or as an object."""
    return str(given.get("id") if isinstance(given, Mapping) else given)


def _last(
    messages: Sequence[BaseMessage], is_it: Callable[[Mapping[str, Any]], bool]
) -> int | None:
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        metadata = message.response_metadata
        is_ours = isinstance(message, AIMessage) and is_own(message)
        if is_ours and metadata.get("id") and is_it(metadata):
            return at
    return None


def _after(messages: Sequence[BaseMessage], at: int) -> Sequence[BaseMessage]:
    if at == len(messages) - 1:
        raise ValueError(
            "The thread ends with an answer that the service has stored already, so no new "
            "message is left to send: add a message."
        )
    return messages[at:]


def _instructions(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the system messages at the beginning of a thread."""
    found: list[BaseMessage] = []
    for message in messages:
        if not isinstance(message, SystemMessage):
            break
        found.append(message)
    return found


def _fingerprint(messages: Sequence[BaseMessage]) -> str:
    orders = "\n".join(str(message.text) for message in _instructions(messages))
    return hashlib.sha256(orders.encode(errors="replace")).hexdigest() if orders else ""
