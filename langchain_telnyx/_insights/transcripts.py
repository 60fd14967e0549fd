"""Transcripts as text: one speaker a line, so that nobody can speak in another's name."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, ChatMessage
from langchain_core.prompt_values import PromptValue
from pydantic import BaseModel

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import (
    Conversation,
    ConversationMessage,
    in_order,
)

Part: TypeAlias = str | Document | BaseMessage | ConversationMessage | Transcription
Transcript: TypeAlias = Part | PromptValue | Conversation | Sequence[Part]
"""Text, documents, messages of LangChain's or of the API's, what `audio.transcribe` returns, or a
conversation at Telnyx, whose messages are fetched."""

_SPEAKERS = {
    "human": "User",
    "user": "User",
    "ai": "Assistant",
    "assistant": "Assistant",
    "system": "Instructions",
    "tool": "Tool",
    "function": "Tool",
}
# Deeper lines go on with what the speaker above says.
_DEEPER = "\n  "


def as_text(transcript: Any) -> str:
    """Return a transcript as text; a conversation's messages are to be fetched before.

    Args:
        transcript: Text, documents, messages, or several of them in order.

    Raises:
        ValueError: It says nothing, or is of another kind.
    """
    if isinstance(transcript, PromptValue):
        transcript = transcript.to_messages()
    # A pydantic object can be gone through, too: by its fields.
    several = isinstance(transcript, Iterable) and not isinstance(
        transcript, str | bytes | Mapping | BaseModel
    )
    text = _joined(list(transcript)) if several else _said(transcript)
    if not text.strip():
        raise ValueError("The transcript is empty: there is nothing to find out about it.")
    return text


def _joined(parts: Sequence[Any]) -> str:
    said = [part for part in parts if isinstance(part, ConversationMessage)]
    if len(said) == len(parts):
        parts = in_order(said)
    return "\n\n".join(text for part in parts if (text := _said(part)).strip())


def _said(part: Any) -> str:
    match part:
        case str():
            return part
        case Document():
            return part.page_content
        case Transcription():
            return part.text
        case AIMessage():
            called = [(call["name"], json.dumps(call["args"])) for call in part.tool_calls]
            return _spoken("ai", part.text, called)
        case BaseMessage():
            role = part.role if isinstance(part, ChatMessage) else part.type
            return _spoken(role, part.text)
        case ConversationMessage():
            functions = [call.function for call in part.tool_calls or () if call.function]
            return _spoken(part.role, part.text or "", [(f.name, f.arguments) for f in functions])
        case _:
            raise ValueError(
                f"A {type(part).__name__} is no transcript: give text, documents, messages, a "
                f"transcription or a conversation."
            )


def _spoken(role: str, text: str, called: Iterable[tuple[str, str]] = ()) -> str:
    speaker = _SPEAKERS.get(role, role)
    lines = [f"{speaker}: {text.strip()}"] if text.strip() else []
    lines += [f"{speaker} calls {name}: {arguments}" for name, arguments in called]
    return "\n".join(_DEEPER.join(line.splitlines()) for line in lines)
