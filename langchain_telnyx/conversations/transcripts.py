"""Conversion of a conversation to documents: one transcript, or one document per message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client.api.conversation_results import (
    Conversation,
    ConversationInsights,
    ConversationMessage,
)
from langchain_telnyx.transcripts import Transcript

# Telnyx's names of metadata fields, and the names in documents.
_METADATA_NAMES = {
    "telnyx_conversation_channel": "channel",
    "assistant_id": "assistant_id",
    "telnyx_end_user_target": "phone_number",
    "telnyx_agent_target": "agent_number",
}


@dataclass(frozen=True, slots=True)
class LoadedConversation:
    """A conversation with its messages and insights.

    Attributes:
        conversation: The conversation.
        messages: Its messages in order.
        insights: Its insights.
    """

    conversation: Conversation
    messages: Sequence[ConversationMessage] = ()
    insights: Sequence[ConversationInsights] = field(default_factory=list)


def transcript_document(
    loaded: LoadedConversation, names: Mapping[str, str], speakers: Mapping[str, str]
) -> Document:
    """Return a conversation as one document.

    Args:
        loaded: The conversation.
        names: The names of insights, by id.
        speakers: The names of the speakers, by role.
    """
    result = Transcript.from_conversation(loaded.conversation, loaded.messages, speakers=speakers)
    metadata = conversation_metadata(loaded.conversation, _insights(loaded.insights, names))
    return Document(result.text(), id=loaded.conversation.id, metadata=metadata)


def message_documents(loaded: LoadedConversation, names: Mapping[str, str]) -> list[Document]:
    """Return a document for each message with text or tool calls.

    Args:
        loaded: The conversation.
        names: The names of insights, by id.
    """
    insights = _insights(loaded.insights, names)
    documents: list[Document] = []
    for message in loaded.messages:
        calls = [call for call in message.tool_calls or [] if call.function is not None]
        if not message.text and not calls:
            continue
        position = len(documents)
        metadata = {
            **conversation_metadata(loaded.conversation, insights),
            "role": message.role,
            "position": position,
        }
        if message.moment is not None:
            metadata["sent_at"] = message.moment.isoformat()
        if calls:
            metadata["tool_calls"] = [call.model_dump(mode="json") for call in calls]
        id_ = f"{loaded.conversation.id}:{position}"
        documents.append(Document(message.text or "", id=id_, metadata=metadata))
    return documents


def conversation_metadata(
    conversation: Conversation, insights: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the metadata of all documents of a conversation."""
    metadata: dict[str, Any] = {"source": conversation.id, "conversation_id": conversation.id}
    if conversation.name:
        metadata["name"] = conversation.name
    for moment in ("created_at", "last_message_at"):
        if (value := getattr(conversation, moment)) is not None:
            metadata[moment] = value.isoformat()
    for key, name in _METADATA_NAMES.items():
        if key in conversation.metadata:
            metadata[name] = conversation.metadata[key]
    metadata["metadata"] = dict(conversation.metadata)
    if insights:
        metadata["insights"] = dict(insights)
    return metadata


def _insights(runs: Iterable[ConversationInsights], names: Mapping[str, str]) -> dict[str, Any]:
    """Return results by the insight's name, or by its id if the name is missing or not unique."""
    results: dict[str, Any] = {}
    for run in runs:
        for result in run.conversation_insights:
            name = names.get(result.insight_id, result.insight_id)
            results[result.insight_id if name in results else name] = result.value
    return results
