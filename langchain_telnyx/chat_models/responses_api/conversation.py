"""What the service remembers: of a thread only the turn that it has not seen is sent. Pure."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from langchain_telnyx.chat_models.history_adapter.messages import is_own
from langchain_telnyx.client.call import JSON

# In the metadata of an answer: by what its instructions are known.
INSTRUCTIONS = "instructions_sha256"


class Turn(NamedTuple):
    """The turn to be sent.

    Attributes:
        messages: Its messages, after the answer that the service remembers, if there is one.
        is_next: Whether the first of the messages is that answer, which is not sent.
        previous: The response that it follows, where one is to be named.
        about: What the answer is to remember of it, as metadata.
    """

    messages: Sequence[BaseMessage]
    is_next: bool = False
    previous: str | None = None
    about: Mapping[str, Any] = {}


def turn_of(messages: Sequence[BaseMessage], request: Mapping[str, Any], *, chained: bool) -> Turn:
    """Return the turn of a thread that the service does not have yet.

    In a conversation these are the messages after the last answer of that conversation, and the
    instructions where they are others than that answer had. After a response, they are those
    after its message, with the instructions, which a response does not hand on. Where no such
    message is in the thread, all of it is sent.

    Args:
        messages: The thread.
        request: The request's fields: `conversation`, `previous_response_id`.
        chained: Whether to name the last response of the thread as the previous one.

    Raises:
        ValueError: The thread ends with an answer that the service has.
    """
    conversation = request.get("conversation")
    if conversation:
        kept = conversation_id(conversation)
        order = _fingerprint(messages)
        about = {"conversation": kept} | ({INSTRUCTIONS: order} if order else {})
        at = _last(messages, lambda metadata: metadata.get("conversation") == kept)
        if at is None:
            return Turn(messages, about=about)
        before = messages[at].response_metadata.get(INSTRUCTIONS)
        orders = _orders(messages) if order and order != before else []
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
    return Turn([*_orders(messages), *_after(messages, at)], is_next=True, previous=previous)


def without_answer(wires: list[JSON], turn: Turn) -> list[JSON]:
    """Return the messages of a turn as they are sent.

    Args:
        wires: All of its messages, in the API's form.
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
    """Return the id of a conversation, in either of the forms in which it is written."""
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
            "The thread ends with an answer that the service has already, so that there is no "
            "turn to send: add a message."
        )
    return messages[at:]


def _orders(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the system's messages at the beginning of a thread."""
    found: list[BaseMessage] = []
    for message in messages:
        if not isinstance(message, SystemMessage):
            break
        found.append(message)
    return found


def _fingerprint(messages: Sequence[BaseMessage]) -> str:
    orders = "\n".join(str(message.text) for message in _orders(messages))
    return hashlib.sha256(orders.encode(errors="replace")).hexdigest() if orders else ""
