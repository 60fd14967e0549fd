"""Answers from what tools returned, and the record of which calls were made for a question."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_telnyx.emulator.model import context, extract, prose
from langchain_telnyx.emulator.model.request import Message
from langchain_telnyx.emulator.model.toolcalls import Call, Done

# A longer result is read like a retrieved passage; a shorter one is repeated.
_PASSAGE = 240


def made_since_asked(messages: Sequence[Message]) -> list[Done]:
    """List the calls made since the user last spoke, in the order of their results."""
    start = max(
        (index for index, message in enumerate(messages) if message.role == "user"), default=-1
    )
    turn = messages[start + 1 :]
    calls = {
        call.id: Call(call.function.name, _arguments(call.function.arguments))
        for message in turn
        for call in message.tool_calls or []
    }
    return [
        Done(calls.get(message.tool_call_id or "", Call(message.name or "tool", {})), message.text)
        for message in turn
        if message.role == "tool"
    ]


def answer(question: str, done: Sequence[Done], *, before: str) -> str:
    """Answer a question from the results of the tools called for it."""
    passages = _passages(done)
    if passages:
        findings = extract.find(question, passages, before=before)
        if findings.quotes:
            return prose.cited(findings.quotes, passages)
        if len(passages) == len(done):
            return prose.not_found(question, findings, passages)
    return "\n".join(_told(earlier) for earlier in done)


def _passages(done: Sequence[Done]) -> list[context.Passage]:
    found: list[context.Passage] = []
    for earlier in done:
        first = len(found) + 1
        if inner := context.passages_of(earlier.result, first=first):
            found += inner
        elif len(earlier.result) > _PASSAGE and not earlier.result.lstrip().startswith(("{", "[")):
            found.append(context.Passage(str(first), earlier.call.name, earlier.result))
    return found


def _told(done: Done) -> str:
    result = done.result.strip()
    if " " in result and result[:1].isalpha():
        return result
    given = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in done.call.arguments.items()
    )
    return f"{done.call.name}({given}) returned {_readable(result)}."


def _readable(result: str) -> str:
    """Spell out a JSON object as `key: value`; leave anything else as it is."""
    try:
        value: Any = json.loads(result)
    except (ValueError, RecursionError):
        value = result
    if isinstance(value, dict) and value:
        return ", ".join(
            f"{key}: {part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)}"
            for key, part in value.items()
        )
    return result or "nothing"


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}
