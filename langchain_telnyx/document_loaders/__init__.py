"""Loaders: what an account holds, and what recordings say, as LangChain documents."""

from langchain_telnyx.conversations.loader import TelnyxConversationLoader
from langchain_telnyx.document_loaders.clusters import TelnyxClustersLoader
from langchain_telnyx.document_loaders.recording_transcriptions import (
    TelnyxRecordingTranscriptionLoader,
)
from langchain_telnyx.transcription.loader import (
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
)

__all__ = [
    "TelnyxClustersLoader",
    "TelnyxConversationLoader",
    "TelnyxRecordingTranscriptionLoader",
    "TelnyxTranscriptionLoader",
    "TelnyxTranscriptionParser",
]
