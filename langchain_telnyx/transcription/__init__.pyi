# The only list of the exports; `__init__.py` reads it.
from langchain_telnyx.transcription.loader import (
    TelnyxTranscriptionLoader as TelnyxTranscriptionLoader,
)
from langchain_telnyx.transcription.loader import (
    TelnyxTranscriptionParser as TelnyxTranscriptionParser,
)

__all__: list[str]
