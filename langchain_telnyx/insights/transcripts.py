"""Conversion of everything that has a transcript to the text that the model receives."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import Conversation, ConversationMessage
from langchain_telnyx.transcripts import Transcript

Part: TypeAlias = (
    str
    | Document
    | BaseMessage
    | ConversationMessage
    | Transcription
    | Transcript
    | tuple[str, Any]
    | Mapping[str, Any]
)
AnyTranscript: TypeAlias = Part | PromptValue | Conversation | Sequence[Part]
"""A `Transcript`, or anything that `Transcript.of` accepts: text, documents, messages in any form,
a result of `audio.transcribe`; or a conversation at Telnyx, whose messages are fetched."""


def as_text(transcript: Any) -> str:
    """Return a transcript as text: one line per turn, with speaker and time.

    Args:
        transcript: Anything that `Transcript.of` accepts.

    Raises:
        ValueError: It is empty, or of another type.
    """
    text = Transcript.of(transcript).text()
    if not text.strip():
        raise ValueError("The transcript is empty.")
    return text
