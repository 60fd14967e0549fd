"""Subtitles, parsed by other libraries: cues in order, with readable lines and escaped text."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pytest
import srt
import webvtt

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.transcription import captions
from langchain_telnyx.transcription import segments as segmentation

LONG = (
    "Titan is the largest moon of Saturn, and the only moon in the Solar System that is known to "
    "have a dense atmosphere, which is mostly nitrogen and was first seen by a telescope in 1944."
)


def transcription(*segments: dict[str, Any], **fields: Any) -> Transcription:
    text = " ".join(segment["text"] for segment in segments)
    numbered = [{"id": number, **segment} for number, segment in enumerate(segments)]
    return Transcription.model_validate({"text": text, "segments": numbered, **fields})


def spoken(text: str, start: float, end: float, **fields: Any) -> dict[str, Any]:
    """Return a segment whose words share its time."""
    listed = text.split()
    step = (end - start) / len(listed)
    words = [
        {"word": word, "start": start + step * n, "end": start + step * (n + 1), **fields}
        for n, word in enumerate(listed)
    ]
    return {"text": text, "start": start, "end": end, "words": words}


def as_srt(shown: Transcription) -> list[srt.Subtitle]:
    return list(srt.parse(captions.srt(segmentation.segments(shown)), ignore_errors=False))


def as_vtt(shown: Transcription) -> list[Any]:
    return list(
        webvtt.from_buffer(io.StringIO(captions.vtt(segmentation.segments(shown)))).captions
    )


BOTH = pytest.mark.parametrize("read", [as_srt, as_vtt])


def seconds(cue: Any) -> tuple[float, float]:
    if isinstance(cue, srt.Subtitle):
        return cue.start.total_seconds(), cue.end.total_seconds()
    return _seconds(cue.start), _seconds(cue.end)


def _seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 3)


def text_of(cue: Any) -> str:
    return str(cue.content if isinstance(cue, srt.Subtitle) else cue.text)


def words_of(cues: list[Any]) -> str:
    return " ".join(" ".join(text_of(cue).split()) for cue in cues)


@BOTH
@pytest.mark.parametrize("with_words", [True, False])
def test_a_long_segment_becomes_readable_cues_in_its_time(read: Any, *, with_words: bool) -> None:
    whole = {"text": LONG, "start": 10.0, "end": 30.0}
    cues = read(transcription(spoken(LONG, 10, 30) if with_words else whole))
    assert words_of(cues) == LONG
    assert len(cues) >= 3
    for cue in cues:
        lines = text_of(cue).splitlines()
        assert len(lines) <= 2
        assert max(map(len, lines)) <= 42
    times = [seconds(cue) for cue in cues]
    assert times[0][0] == 10.0
    assert times[-1][1] == 30.0
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(times))
    if with_words:
        assert all(end - start <= 7.0 for start, end in times)


@BOTH
def test_a_cue_does_not_reach_across_a_pause_or_another_voice(read: Any) -> None:
    first = spoken("One two.", 0, 1, speaker=0)["words"]
    second = spoken("Three four.", 5, 6, speaker=0)["words"]
    third = spoken("Five.", 6, 7, speaker=1)["words"]
    whole = {"text": "One two. Three four. Five.", "start": 0, "end": 7}
    cues = read(transcription({**whole, "words": first + second + third}))
    assert [seconds(cue) for cue in cues] == [(0.0, 1.0), (5.0, 6.0), (6.0, 7.0)]


@BOTH
def test_cues_are_sorted_by_start_and_end_after_it(read: Any) -> None:
    late, early = {"start": 9.0, "end": 9.0}, {"start": 1.0, "end": 2.0}
    cues = read(transcription({"text": "Late.", **late}, {"text": "Early.", **early}))
    assert [text_of(cue) for cue in cues] == ["Early.", "Late."]
    assert seconds(cues[1]) == (9.0, 9.001)


@BOTH
def test_hours_and_milliseconds_are_written(read: Any) -> None:
    cues = read(transcription({"text": "Late.", "start": 3661.0016, "end": 35_999.9996}))
    assert seconds(cues[0]) == (3661.002, 36_000.0)


@BOTH
@pytest.mark.parametrize("text", ["\n\n", "  ", ""])
def test_pieces_without_text_make_no_cue(read: Any, text: str) -> None:
    assert read(transcription({"text": text, "start": 0, "end": 1})) == []


def test_webvtt_escapes_markup_and_srt_escapes_arrows() -> None:
    shown = transcription({"text": "a < b & c --> d\n\n1", "start": 0, "end": 1})
    assert as_srt(shown)[0].content == "a < b & c -> d 1"
    assert "a &lt; b &amp; c --&gt; d 1\n" in captions.vtt(segmentation.segments(shown))
    assert len(as_vtt(shown)) == 1


def test_webvtt_names_voices_and_srt_names_them_as_they_change() -> None:
    shown = transcription(
        spoken("Hello.", 0, 1, speaker=0),
        spoken("How are you?", 1, 2, speaker=0),
        spoken("Fine.", 2, 3, speaker=1),
    )
    assert [cue.voice for cue in as_vtt(shown)] == ["Speaker 0", "Speaker 0", "Speaker 1"]
    assert [cue.text for cue in as_vtt(shown)] == ["Hello.", "How are you?", "Fine."]
    assert [cue.content for cue in as_srt(shown)] == [
        "Speaker 0:\nHello.",
        "How are you?",
        "Speaker 1:\nFine.",
    ]
    alone = transcription(spoken("Hello.", 0, 1, speaker=0))
    assert [cue.content for cue in as_srt(alone)] == ["Hello."]


def test_scripts_without_spaces_get_none() -> None:
    shown = transcription(spoken("今日は 雨 です。 OK", 0, 2))
    assert as_vtt(shown)[0].text == "今日は雨です。OK"


def test_words_outside_of_segments_are_assigned_to_them() -> None:
    words = spoken("One two. Three.", 0, 3)["words"]
    segments = [
        {"text": "One two.", "start": 0, "end": 2},
        {"text": "Three.", "start": 2, "end": 3},
    ]
    shown = transcription(*segments, words=words)
    assert [[word.text for word in piece.words] for piece in segmentation.segments(shown)] == [
        ["One", "two."],
        ["Three."],
    ]
    # One that lies in no segment belongs to the nearest.
    shown = transcription(*segments, words=[*words, {"word": "x", "start": 8, "end": 9}])
    assert [[word.text for word in piece.words] for piece in segmentation.segments(shown)] == [
        ["One", "two."],
        ["Three.", "x"],
    ]


def test_a_segment_of_two_speakers_is_split_into_turns() -> None:
    both = spoken("Hello.", 0, 1, speaker=0)["words"] + spoken("Hi.", 1, 2, speaker=1)["words"]
    shown = transcription({"text": "Hello. Hi.", "start": 0, "end": 2, "words": both})
    assert [(turn.text, turn.voices) for turn in segmentation.turns(shown)] == [
        ("Hello.", ((None, 0),)),
        ("Hi.", ((None, 1),)),
    ]
