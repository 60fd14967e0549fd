"""What insights are found of: anything that has a transcript, as the text that a model is shown."""

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
"""A `Transcript` or anything that `Transcript.of` takes: text, documents, messages in any form,
what `audio.transcribe` returns; or a conversation at Telnyx, whose messages are fetched."""


def as_text(transcript: Any) -> str:
    """Return a transcript as text: who speaks, and when, a turn a line.

    Args:
        transcript: Anything that `Transcript.of` takes.

    Raises:
        ValueError: It says nothing, or is of another kind.
    """
    text = Transcript.of(transcript).text()
    if not text.strip():
        raise ValueError("The transcript is empty: there is nothing to find out about it.")
    return text
