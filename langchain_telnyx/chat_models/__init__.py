"""The chat model `ChatTelnyx`."""

from langchain_telnyx.chat_models.base import DEFAULT_API_BASE, DEFAULT_MODEL, ChatTelnyx

__all__ = ["DEFAULT_API_BASE", "DEFAULT_MODEL", "ChatTelnyx"]
