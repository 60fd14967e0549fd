"""`TelnyxStore`: long-term memory for LangGraph."""

from langchain_telnyx.store.base import TelnyxStore

__all__ = [
    "TelnyxStore",
]
