"""Conversations as chat message histories, documents and transcripts."""

from langchain_telnyx.conversations.loader import TelnyxConversationLoader
from langchain_telnyx.conversations.message_history import TelnyxChatMessageHistory

__all__ = ["TelnyxChatMessageHistory", "TelnyxConversationLoader"]
