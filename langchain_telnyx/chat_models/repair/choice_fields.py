"""The fields of choices, in every format of servers."""

from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

_NOTHING: JSON = {}


def delta_of(choice: JSON) -> tuple[JSON, bool]:
    """Return the delta of a streamed choice, and whether it is a complete message."""
    delta = choice.get("delta")
    if delta:
        return _with_calls(delta), False
    message = choice.get("message")
    if message:
        return _with_calls(message), True
    text = choice.get("text")  # of the API of text completions
    return ({"content": text}, False) if isinstance(text, str) and text else (_NOTHING, False)


def message_of(choice: JSON) -> JSON:
    """Return the message of a choice of a complete answer."""
    message = choice.get("message") or choice.get("delta")
    if message:
        return _with_calls(message) if isinstance(message, dict) else {"content": message}
    text = choice.get("text")
    return {"content": text} if isinstance(text, str) else {}


def _with_calls(message: JSON) -> JSON:
    """Return a message or delta with its calls as a list, also if they were sent as JSON text."""
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if not isinstance(calls, str):
        return message
    others = {name: value for name, value in message.items() if name != "tool_calls"}
    try:
        read = loads(calls or "[]", strict=False)
    except ValueError:
        read = None
    if isinstance(read, list | dict):
        return {**others, "tool_calls": read}
    # Under another name, it is one of the message's raw fields.
    return {**others, "tool_calls_text": calls}


def finish_of(choice: JSON) -> Any:
    """Return a choice's finish reason; SGLang sends an object."""
    finish = choice.get("finish_reason")
    finish = finish.get("type") if isinstance(finish, dict) else finish
    return finish if finish is None or isinstance(finish, str) else str(finish)


def choices_of(body: JSON) -> list[JSON]:
    """Return the choices of an answer or an event."""
    choices = body.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    return [choice for choice in choices or () if isinstance(choice, dict)]
