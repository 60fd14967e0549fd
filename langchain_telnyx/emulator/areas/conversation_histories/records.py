"""The record of a conversation, with the fields that searches return and filter by."""

import uuid

from langchain_telnyx.emulator.areas.conversations.state import Conversation

VOICE = "voice"
MESSAGE = "message"

_CHANNEL = "telnyx_conversation_channel"
_SPOKEN = ("phone_call", "web_call", "websocket_call")
_REGION = "USA"


def fields(conversation: Conversation, user_id: str) -> dict[str, str]:
    """Return the fields of a conversation's record.

    Args:
        conversation: The conversation; without a channel it counts as a call.
        user_id: The account's user.
    """
    channel = conversation.metadata.get(_CHANNEL, _SPOKEN[0])
    return {
        "record_type": VOICE if channel in _SPOKEN else MESSAGE,
        "record_id": conversation.id,
        "user_id": user_id,
        "organization_id": str(uuid.uuid5(uuid.NAMESPACE_OID, user_id)),
        "region": _REGION,
        "record_created_at": conversation.created_at,
        "ingested_at": conversation.last_message_at,
    }
