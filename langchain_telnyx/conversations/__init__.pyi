# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.conversations.loader import (
    TelnyxConversationLoader as TelnyxConversationLoader,
)
from langchain_telnyx.conversations.message_history import (
    TelnyxChatMessageHistory as TelnyxChatMessageHistory,
)

__all__: list[str]
