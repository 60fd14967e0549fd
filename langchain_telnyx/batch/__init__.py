"""Batch jobs over many rows: transcribe, analyze, chat, embed, store; locally and on Ray Data.

Names are imported on first use; `__init__.pyi` lists them.
"""

from langchain_telnyx._shared.lazy_exports import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
