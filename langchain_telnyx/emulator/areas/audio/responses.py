"""A transcript as it goes on the wire: as much of it as the model tells."""

from typing import Any

from langchain_telnyx.emulator.areas.audio.models import MODELS, Detail
from langchain_telnyx.emulator.areas.audio.request import TranscriptionRequest
from langchain_telnyx.emulator.areas.audio.transcript import Segment, Transcript, Word

JSON = dict[str, Any]
_PUNCTUATION = ".,;:!?\u2026\"'\u201c\u201d\u2018\u2019()[]\u00bf\u00a1"


def body(transcript: Transcript, request: TranscriptionRequest) -> JSON:
    """Return the body that answers a request."""
    model = MODELS[request.model]
    told = transcript
    if model.by_turn and request.asks_for("diarize"):
        told = transcript.by_turn()
    answer: JSON = {"text": transcript.text}
    if request.is_verbose and model.detail >= Detail.SEGMENTS:
        if told.duration is not None:
            answer["duration"] = told.duration
        answer["segments"] = [
            _segment(number, segment, request) for number, segment in enumerate(told.segments)
        ]
    if model.options is None and request.config:
        answer["words"] = [_word(word, request) for word in told.words]
    return answer


def _segment(number: int, segment: Segment, request: TranscriptionRequest) -> JSON:
    told: JSON = {
        "id": number,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
    }
    if MODELS[request.model].detail < Detail.WORDS:
        return told
    if segment.channel is not None and request.asks_for("multichannel"):
        told["channel"] = segment.channel
    if segment.speakers and request.asks_for("diarize"):
        told["speakers"] = segment.speakers
    return {**told, "words": [_word(word, request) for word in segment.words]}


def _word(word: Word, request: TranscriptionRequest) -> JSON:
    plain = word.text.strip(_PUNCTUATION).lower() or word.text
    told: JSON = {"word": plain, "start": word.start, "end": word.end}
    if word.confidence is not None:
        told["confidence"] = word.confidence
    if word.speaker is not None and request.asks_for("diarize"):
        told["speaker"] = word.speaker
    if request.asks_for("punctuate", "smart_format"):
        told["punctuated_word"] = word.text
    return told
