"""The speech models: their options, formats and languages, and the detail they return."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

_NOVA_2 = """
    bg ca cs da de el en es et fi fr hi hu id it ja ko lt lv ms multi nl no pl pt ro ru sk sv th tr
    uk vi zh
"""
_NOVA_3 = f"{_NOVA_2} ar be bn bs fa he hr kn mk mr sl sr ta te tl ur"
_RESON8 = "de en es fr fy it nl pl pt sv"


class Detail(IntEnum):
    """The detail that a model returns in `verbose_json`."""

    TEXT = 0
    SEGMENTS = 1
    WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechModel:
    """A speech model.

    Attributes:
        detail: The detail it returns.
        languages: The values of `language` it accepts, without their regions; `None` for any.
        formats: The file extensions it accepts; `None` for all.
        options: The names accepted in `model_config`; `None` passes all of them through.
    """

    detail: Detail = Detail.TEXT
    languages: frozenset[str] | None = None
    formats: frozenset[str] | None = None
    options: frozenset[str] | None = frozenset()

    @property
    def configurable(self) -> bool:
        """Whether it accepts a `model_config`."""
        return self.options is None or bool(self.options)

    @property
    def by_turn(self) -> bool:
        """Whether a segment is a speaker's turn; otherwise it is a sentence."""
        return self.options is not None and "diarize" in self.options


def _deepgram(languages: str) -> SpeechModel:
    return SpeechModel(
        detail=Detail.WORDS,
        languages=frozenset(languages.split()),
        formats=frozenset({"mp3", "wav"}),
        options=None,
    )


MODELS: Mapping[str, SpeechModel] = {
    "distil-whisper/distil-large-v2": SpeechModel(detail=Detail.SEGMENTS, languages=frozenset()),
    "openai/whisper-large-v3-turbo": SpeechModel(),
    "openai/whisper-tiny": SpeechModel(),
    "deepgram/nova-3": _deepgram(_NOVA_3),
    "deepgram/nova-3-medical": _deepgram("en"),
    "deepgram/nova-2": _deepgram(_NOVA_2),
    "deepgram/nova-2-medical": _deepgram("en"),
    "nvidia/parakeet-v3": SpeechModel(),
    "omi-health/omi-med-stt-v1": SpeechModel(languages=frozenset({"en"})),
    "reson8/prerecorded": SpeechModel(
        detail=Detail.WORDS,
        languages=frozenset(_RESON8.split()),
        options=frozenset({"diarize", "max_speakers"}),
    ),
}
"""The models by their ids."""
