"""Answers from tool results, and the list of completed calls."""

import json
from collections.abc import Sequence
from typing import Any

from langchain_telnyx.emulator.model import context, extract, prose
from langchain_telnyx.emulator.model.request import Message
from langchain_telnyx.emulator.model.toolcalls import Call, CompletedCall

# A longer result is treated as a retrieved passage; a shorter one is repeated.
_PASSAGE = 240


def completed_calls(messages: Sequence[Message]) -> list[CompletedCall]:
    """List the calls completed since the last user message, in the order of their results."""
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
        CompletedCall(
            calls.get(message.tool_call_id or "", Call(message.name or "tool", {})), message.text
        )
        for message in turn
        if message.role == "tool"
    ]


def answer(question: str, completed: Sequence[CompletedCall], *, previous: str) -> str:
    """Answer a question from the results of the tools called for it."""
    passages = _passages(completed)
    if passages:
        findings = extract.find(question, passages, previous=previous)
        if findings.quotes:
            return prose.cited(findings.quotes, passages)
        if len(passages) == len(completed):
            return prose.not_found(question, findings, passages)
    return "\n".join(_sentence(call) for call in completed)


def _passages(completed: Sequence[CompletedCall]) -> list[context.Passage]:
    found: list[context.Passage] = []
    for call in completed:
        first = len(found) + 1
        if inner := context.passages_of(call.result, first=first):
            found += inner
        elif len(call.result) > _PASSAGE and not call.result.lstrip().startswith(("{", "[")):
            found.append(context.Passage(str(first), call.call.name, call.result))
    return found


def _sentence(completed: CompletedCall) -> str:
    result = completed.result.strip()
    if " " in result and result[:1].isalpha():
        return result
    given = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in completed.call.arguments.items()
    )
    return f"{completed.call.name}({given}) returned {_readable(result)}."


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
