"""The speech models as documented: how much each tells, and what it takes.

API page: https://developers.telnyx.com/api-reference/audio/transcribe-speech-to-text

A model that is not listed here is asked as it is wished, and the service decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

FORMATS = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})
"""The extensions that are transcribed."""

DEFAULT_MODEL = "openai/whisper-large-v3-turbo"
"""What is asked where the text alone is wanted."""
DEFAULT_TIMED_MODEL = "deepgram/nova-3"
"""What is asked where times are wanted."""


class Detail(IntEnum):
    """How much a model tells; each tells what those before it do, too."""

    TEXT = 0
    SEGMENTS = 1
    WORDS = 2
    SPEAKERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """A speech model.

    Attributes:
        detail: How much it tells.
        languages: The languages it may be told, without their regions; `None` for any, empty for
            none at all.
        formats: The extensions it takes.
        options: The names its `model_config` may hold; `None` for any, empty if it takes none.
    """

    detail: Detail = Detail.TEXT
    languages: frozenset[str] | None = None
    formats: frozenset[str] = FORMATS
    options: frozenset[str] | None = frozenset()


_ENGLISH = frozenset({"en"})
_MP3_AND_WAV = frozenset({"mp3", "wav"})


def _deepgram(languages: frozenset[str] | None = None) -> SpeechModel:
    # Its many languages are added to so often that the service is left to judge them.
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


def that_tell(detail: Detail) -> str:
    """Return the models that tell so much, for a message."""
    return ", ".join(f"`{name}`" for name, model in MODELS.items() if model.detail >= detail)
