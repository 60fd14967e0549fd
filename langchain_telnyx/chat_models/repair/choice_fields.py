"""One form of choice, whatever the server calls its parts."""

from typing import Any

from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.json_reading import loads

_NOTHING: JSON = {}


def delta_of(choice: JSON) -> tuple[JSON, bool]:
    """Return what a choice of a stream brings, and whether that is a whole message."""
    delta = choice.get("delta")
    if delta:
        return _with_calls(delta), False
    message = choice.get("message")
    if message:
        return _with_calls(message), True
    text = choice.get("text")  # of completions without chat
    return ({"content": text}, False) if isinstance(text, str) and text else (_NOTHING, False)


def message_of(choice: JSON) -> JSON:
    """Return the message of a choice of a whole answer."""
    message = choice.get("message") or choice.get("delta")
    if message:
        return _with_calls(message) if isinstance(message, dict) else {"content": message}
    text = choice.get("text")
    return {"content": text} if isinstance(text, str) else {}


def _with_calls(message: JSON) -> JSON:
    """Return a message or delta with its calls as a list, where the list came as JSON text."""
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
    # Under a name of its own it stands among the raw fields of the message.
    return {**others, "tool_calls_text": calls}


def finish_of(choice: JSON) -> Any:
    """Return a choice's finish reason; SGLang's own form is an object that says more."""
    finish = choice.get("finish_reason")
    finish = finish.get("type") if isinstance(finish, dict) else finish
    return finish if finish is None or isinstance(finish, str) else str(finish)


def choices_of(body: JSON) -> list[JSON]:
    """Return the choices of an answer or an event."""
    choices = body.get("choices")
    if isinstance(choices, dict):
        choices = [choices]
    return [choice for choice in choices or () if isinstance(choice, dict)]
