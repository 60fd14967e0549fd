"""Transcription response bodies, with the detail that the model supports."""

from typing import Any

from langchain_telnyx.emulator.areas.audio.models import MODELS, Detail
from langchain_telnyx.emulator.areas.audio.request import TranscriptionRequest
from langchain_telnyx.emulator.areas.audio.transcript import Segment, Transcript, Word

JSON = dict[str, Any]
_PUNCTUATION = ".,;:!?\u2026\"'\u201c\u201d\u2018\u2019()[]\u00bf\u00a1"


def body(transcript: Transcript, request: TranscriptionRequest) -> JSON:
    """Return the response body for a request."""
    model = MODELS[request.model]
    shown = transcript
    if model.by_turn and request.enables("diarize"):
        shown = transcript.by_turn()
    fields: JSON = {"text": transcript.text}
    if request.is_verbose and model.detail >= Detail.SEGMENTS:
        if shown.duration is not None:
            fields["duration"] = shown.duration
        fields["segments"] = [
            _segment(number, segment, request) for number, segment in enumerate(shown.segments)
        ]
    if model.options is None and request.config:
        fields["words"] = [_word(word, request) for word in shown.words]
    return fields


def _segment(number: int, segment: Segment, request: TranscriptionRequest) -> JSON:
    fields: JSON = {
        "id": number,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
    }
    if MODELS[request.model].detail < Detail.WORDS:
        return fields
    if segment.channel is not None and request.enables("multichannel"):
        fields["channel"] = segment.channel
    if segment.speakers and request.enables("diarize"):
        fields["speakers"] = segment.speakers
    return {**fields, "words": [_word(word, request) for word in segment.words]}


def _word(word: Word, request: TranscriptionRequest) -> JSON:
    plain = word.text.strip(_PUNCTUATION).lower() or word.text
    fields: JSON = {"word": plain, "start": word.start, "end": word.end}
    if word.confidence is not None:
        fields["confidence"] = word.confidence
    if word.speaker is not None and request.enables("diarize"):
        fields["speaker"] = word.speaker
    if request.enables("punctuate", "smart_format"):
        fields["punctuated_word"] = word.text
    return fields
