"""The documented speech models: the details that they return, and the options that they accept.

API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

Requests with other models are sent without checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

FORMATS = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})
"""The supported file extensions."""

DEFAULT_MODEL = "openai/whisper-large-v3-turbo"
"""The default model for text without times."""
DEFAULT_TIMED_MODEL = "deepgram/nova-3"
"""The default model for text with times."""


class Detail(IntEnum):
    """The details that a model returns; each level includes the previous ones."""

    TEXT = 0
    SEGMENTS = 1
    WORDS = 2
    SPEAKERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """A speech model.

    Attributes:
        detail: The details that it returns.
        languages: The accepted values of `language`, without regions; `None` for any, empty for
            none.
        formats: The accepted file extensions.
        options: The accepted names in `model_config`; `None` for any, empty for none.
    """

    detail: Detail = Detail.TEXT
    languages: frozenset[str] | None = None
    formats: frozenset[str] = FORMATS
    options: frozenset[str] | None = frozenset()


_ENGLISH = frozenset({"en"})
_MP3_AND_WAV = frozenset({"mp3", "wav"})


def _deepgram(languages: frozenset[str] | None = None) -> SpeechModel:
    # Deepgram adds languages often, so the service checks them.
    return SpeechModel(
        detail=Detail.SPEAKERS, languages=languages, formats=_MP3_AND_WAV, options=None
    )


MODELS: Mapping[str, SpeechModel] = {
    "deepgram/nova-2": _deepgram(),
    "deepgram/nova-2-medical": _deepgram(_ENGLISH),
    "deepgram/nova-3": _deepgram(),
    "deepgram/nova-3-medical": _deepgram(_ENGLISH),
    "distil-whisper/distil-large-v2": SpeechModel(detail=Detail.SEGMENTS, languages=frozenset()),
    "nvidia/parakeet-v3": SpeechModel(),
    "omi-health/omi-med-stt-v1": SpeechModel(languages=_ENGLISH),
    "openai/whisper-large-v3-turbo": SpeechModel(),
    "openai/whisper-tiny": SpeechModel(),
    "reson8/prerecorded": SpeechModel(
        detail=Detail.SPEAKERS, options=frozenset({"diarize", "max_speakers"})
    ),
}
"""The models by their ids."""


def models_with(detail: Detail) -> str:
    """Return the models that return these details, for a message."""
    return ", ".join(f"`{name}`" for name, model in MODELS.items() if model.detail >= detail)
