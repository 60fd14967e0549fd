"""A conversation as documents: a transcript of labelled lines, or a document for each message."""

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

# What Telnyx calls it, and what it is called here.
_KNOWN = {
    "telnyx_conversation_channel": "channel",
    "assistant_id": "assistant_id",
    "telnyx_end_user_target": "phone_number",
    "telnyx_agent_target": "agent_number",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A conversation with all that was asked of it.

    Attributes:
        conversation: The conversation.
        messages: What was said, in order.
        insights: What was found out about it.
    """

    conversation: Conversation
    messages: Sequence[ConversationMessage] = ()
    insights: Sequence[ConversationInsights] = field(default_factory=list)


def transcript(told: Told, names: Mapping[str, str], speakers: Mapping[str, str]) -> Document:
    """Return a conversation as one document.

    Args:
        told: The conversation.
        names: Insight to its name.
        speakers: Role to what its lines begin with.
    """
    found = Transcript.from_conversation(told.conversation, told.messages, speakers=speakers)
    metadata = described(told.conversation, _insights(told.insights, names))
    return Document(found.text(), id=told.conversation.id, metadata=metadata)


def messages(told: Told, names: Mapping[str, str]) -> list[Document]:
    """Return a document for each message that says or calls something.

    Args:
        told: The conversation.
        names: Insight to its name.
    """
    found = _insights(told.insights, names)
    documents: list[Document] = []
    for message in told.messages:
        calls = [call for call in message.tool_calls or [] if call.function is not None]
        if not message.text and not calls:
            continue
        position = len(documents)
        metadata = {
            **described(told.conversation, found),
            "role": message.role,
            "position": position,
        }
        if message.moment is not None:
            metadata["sent_at"] = message.moment.isoformat()
        if calls:
            metadata["tool_calls"] = [call.model_dump(mode="json") for call in calls]
        id_ = f"{told.conversation.id}:{position}"
        documents.append(Document(message.text or "", id=id_, metadata=metadata))
    return documents


def described(
    conversation: Conversation, insights: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the metadata that all documents of a conversation have."""
    metadata: dict[str, Any] = {"source": conversation.id, "conversation_id": conversation.id}
    if conversation.name:
        metadata["name"] = conversation.name
    for moment in ("created_at", "last_message_at"):
        if (value := getattr(conversation, moment)) is not None:
            metadata[moment] = value.isoformat()
    for theirs, ours in _KNOWN.items():
        if theirs in conversation.metadata:
            metadata[ours] = conversation.metadata[theirs]
    metadata["metadata"] = dict(conversation.metadata)
    if insights:
        metadata["insights"] = dict(insights)
    return metadata


def _insights(found: Iterable[ConversationInsights], names: Mapping[str, str]) -> dict[str, Any]:
    """Return results by the name of their insight, or by its id where the name is taken or gone."""
    results: dict[str, Any] = {}
    for group in found:
        for result in group.conversation_insights:
            name = names.get(result.insight_id, result.insight_id)
            results[result.insight_id if name in results else name] = result.value
    return results
