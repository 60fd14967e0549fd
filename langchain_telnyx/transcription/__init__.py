"""Transcription of recordings, as documents and as a parser of blobs.

Names are imported on first use; `__init__.pyi` lists them.
"""

from langchain_telnyx._shared.lazy_exports import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
