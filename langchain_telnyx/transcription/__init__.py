"""Transcription of recordings, as documents and as a parser of blobs."""

from langchain_telnyx.transcription.loader import (
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
)

__all__ = ["TelnyxTranscriptionLoader", "TelnyxTranscriptionParser"]
