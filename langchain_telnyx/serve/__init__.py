"""Serves an agent to Telnyx: as an assistant's custom LLM, and over Conversation Relay.

Names are imported on first use; `__init__.pyi` lists them.
"""

from langchain_telnyx._shared.lazy_exports import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
