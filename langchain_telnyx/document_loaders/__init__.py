"""Document loaders: what an account holds, and what recordings say, as documents."""

from langchain_telnyx.document_loaders.transcription import (
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
)

__all__ = ["TelnyxTranscriptionLoader", "TelnyxTranscriptionParser"]
