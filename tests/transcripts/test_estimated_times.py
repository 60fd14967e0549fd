"""Invalid times in transcriptions: no word is lost, and missing times are estimated."""

from __future__ import annotations

import io
from typing import Any

import pytest
import srt
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import Transcript
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.decode import read
from langchain_telnyx.transcription import captions
from langchain_telnyx.transcription import segments as cut

TIMES = st.one_of(
    st.none(), st.floats(-5, 60), st.sampled_from(["1.5", "soon", -1, 0, {}, [], True])
)
TOKENS = st.sampled_from(["yes", "no", "one", "$43,000", "%", "maybe.", "I'll", "5", "OK?"])


def word(text: str, start: Any = None, end: Any = None, **fields: Any) -> dict[str, Any]:
    return {"word": text, "start": start, "end": end, **fields}


def answer(*segments: dict[str, Any], **fields: Any) -> Transcription:
    text = " ".join(segment.get("text") or "" for segment in segments)
    return read(Transcription, {"text": text, "segments": list(segments), **fields})


@st.composite
def odd_answers(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """An answer with odd times, speakers and lists, and all its words in order."""
    segments: list[dict[str, Any]] = []
    alone: list[dict[str, Any]] = []
    tokens: list[str] = []
    separate = draw(st.booleans())
    for number in range(draw(st.integers(1, 4))):
        listed = [
            f"{token}{len(tokens) + n}"
            for n, token in enumerate(draw(st.lists(TOKENS, min_size=1, max_size=4)))
        ]
        tokens += listed
        words = [
            word(
                token,
                draw(TIMES),
                draw(TIMES),
                speaker=draw(st.sampled_from([None, 0, 1, "0", "Ann", 1.0, "", []])),
                confidence=draw(st.sampled_from([None, 0.5, "high"])),
            )
            for token in listed
        ]
        # A word that the list lacks, or has as null, is still in the text.
        gone = draw(st.sets(st.integers(0, len(words) - 1), max_size=1))
        words_left: list[Any] = [each for at, each in enumerate(words) if at not in gone]
        words_left += [None] if draw(st.booleans()) else []
        alone += words_left
        segments.append(
            {
                "id": number,
                "text": " ".join(listed),
                "start": draw(TIMES),
                "end": draw(TIMES),
                "speakers": draw(st.sampled_from([None, [0], ["Ann"], [None], [0, 1], 3])),
                "channel": draw(st.sampled_from([None, 0, 1, "x"])),
                "words": None if separate else words_left,
            }
        )
    return {
        "text": " ".join(tokens),
        "duration": draw(st.sampled_from([None, 60.0, 0.0])),
        "segments": segments,
        "words": alone if separate else None,
    }, tokens


@settings(deadline=None)
@given(odd_answers())
def test_no_word_is_lost_and_no_time_is_wrong(
    given_answer: tuple[dict[str, Any], list[str]],
) -> None:
    raw, tokens = given_answer
    result = read(Transcription, raw)
    for pieces in (cut.segments(result), cut.sentences(result), cut.turns(result)):
        assert sorted(" ".join(piece.text for piece in pieces).split()) == sorted(tokens) or (
            pieces == cut.turns(result) == []
        )
        assert all(0 <= piece.start <= piece.end for piece in pieces)
    if cut.words(result):
        assert sorted(each.text for each in cut.words(result)) == sorted(tokens)
        assert all(0 <= each.start <= each.end for each in cut.words(result))
    transcript = Transcript.from_transcription(raw)
    assert sorted(" ".join(turn.text for turn in transcript.turns).split()) == sorted(tokens)
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript


@settings(deadline=None)
@given(odd_answers())
def test_subtitles_of_invalid_times_can_be_parsed_by_libraries(
    given_answer: tuple[dict[str, Any], list[str]],
) -> None:
    raw, tokens = given_answer
    pieces = cut.segments(read(Transcription, raw))
    cues = list(srt.parse(captions.srt(pieces), ignore_errors=False))
    assert all(cue.start < cue.end and cue.start.total_seconds() >= 0 for cue in cues)
    shown = webvtt.from_buffer(io.StringIO(captions.vtt(pieces))).captions
    assert sorted(" ".join(cue.text for cue in shown).split()) == sorted(tokens)


def test_a_word_without_times_is_placed_between_its_neighbours() -> None:
    words = [word("It", 0, 0.3), word("costs", 0.4, 0.8), word("$9"), word("now.", 2, 2.5)]
    result = answer({"text": "It costs $9 now.", "start": 0, "end": 3, "words": words})
    third = cut.words(result)[2]
    assert (third.text, third.start, third.end, third.estimated) == ("$9", 0.8, 2, True)
    [turn] = Transcript.from_transcription(result).turns
    assert turn.words is not None
    assert [each.estimated for each in turn.words] == [False, False, True, False]
    assert Transcript.from_transcription(result).defects == [
        "Turn 0 has words without usable times, which are estimated: '$9'."
    ]


def test_several_words_without_times_share_the_gap_by_their_lengths() -> None:
    words = [word("a", 0, 1), word("bb"), word("cccc"), word("d", 7, 8)]
    result = answer({"text": "a bb cccc d", "start": 0, "end": 8, "words": words})
    assert [(each.start, each.end) for each in cut.words(result)] == [
        (0, 1),
        (1, 3),
        (3, 7),
        (7, 8),
    ]


def test_at_the_ends_of_a_segment_its_own_times_are_the_limits() -> None:
    words = [word("So,"), word("yes", 2, 3), word("then.")]
    result = answer({"text": "So, yes then.", "start": 1, "end": 4, "words": words})
    assert [(each.start, each.end) for each in cut.words(result)] == [(1, 2), (2, 3), (3, 4)]


def test_a_missing_word_is_taken_from_the_text() -> None:
    words = [word("It", 0, 1), None, word("fine.", 2, 3)]
    result = answer({"text": "It is fine.", "start": 0, "end": 3, "words": words})
    assert [each.text for each in cut.words(result)] == ["It", "is", "fine."]
    defects = Transcript.from_transcription(result).defects
    assert defects[0] == "`segments.0.words.1` of the response could not be parsed."


def test_a_word_with_another_spelling_is_not_duplicated() -> None:
    words = [word("forty", 0, 1), word("three", 1, 2), word("dollars", 2, 3)]
    result = answer({"text": "43 dollars", "start": 0, "end": 3, "words": words})
    assert [each.text for each in cut.words(result)] == ["forty", "three", "dollars"]


@pytest.mark.parametrize("start", [1.0, 1.2, 1.45])
def test_a_word_between_segments_belongs_to_the_one_with_its_text(start: float) -> None:
    words = [word("Hi.", 0, 1, speaker=0), word("Yes", start, 2, speaker=1), word("sir.", 2, 3)]
    result = answer(
        {"text": "Hi.", "start": 0, "end": 1.3},
        {"text": "Yes sir.", "start": 1.5, "end": 3},
        words=words,
    )
    turns = Transcript.from_transcription(result).turns
    assert [(turn.text, turn.speaker) for turn in turns] == [("Hi.", 0), ("Yes sir.", 1)]


def test_words_of_simultaneous_speech_belong_to_their_segments() -> None:
    words = [word("No", 0, 1), word("but", 0.5, 1), word("no", 1, 2), word("please", 1.5, 2)]
    result = answer(
        {"text": "No no", "start": 0, "end": 2, "channel": 0},
        {"text": "but please", "start": 0.5, "end": 2, "channel": 1},
        words=words,
    )
    assert [turn.text for turn in Transcript.from_transcription(result).turns] == [
        "No no",
        "but please",
    ]
    assert len(cut.words(result)) == 4


def test_a_word_without_a_speaker_has_that_of_the_previous_word() -> None:
    words = [word("Yes", 0, 1, speaker=1), word("sir.", 1, 2), word("Good.", 2, 3, speaker=0)]
    result = answer({"text": "Yes sir. Good.", "start": 0, "end": 3, "words": words})
    turns = Transcript.from_transcription(result).turns
    assert [(turn.text, turn.speaker) for turn in turns] == [("Yes sir.", 1), ("Good.", 0)]


def test_segments_with_missing_or_reversed_times_get_estimates() -> None:
    result = answer(
        {"text": "One.", "start": -0.5, "end": 1},
        {"text": "Two.", "start": None, "end": None},
        {"text": "Three.", "start": 5, "end": 2},
        {"text": "Four.", "start": 6, "end": 7},
    )
    assert [(each.start, each.end) for each in cut.segments(result)] == [
        (0, 1),
        (1, 5),
        (5, 6),
        (6, 7),
    ]


def test_words_without_segments_have_turns_sentences_and_subtitles() -> None:
    words = [word("Hello.", 0, 1, speaker=0), word("Hi.", 1, 2, speaker=1)]
    result = read(Transcription, {"text": "Hello. Hi.", "words": words})
    assert [piece.text for piece in cut.segments(result)] == ["Hello.", "Hi."]
    transcript = Transcript.from_transcription(result)
    assert transcript.text() == "[00:00] Speaker 0: Hello.\n[00:01] Speaker 1: Hi."
    assert "<v Speaker 1>Hi.</v>" in transcript.to_vtt()


def test_without_any_times_there_are_turns_and_no_subtitles() -> None:
    result = answer({"text": "Hello.", "speakers": ["Ann"]}, {"text": "Hi.", "speakers": ["Bob"]})
    transcript = Transcript.from_transcription(result)
    assert transcript.text() == "Ann: Hello.\nBob: Hi."
    with pytest.raises(ValueError, match="No turn has a time"):
        transcript.to_srt()


def test_a_missing_text_is_joined_from_the_segments() -> None:
    for text in (None, "", 5):
        odd = {"text": text, "segments": [{"text": "Hello.", "start": 0, "end": 1}]}
        assert read(Transcription, odd).text == "Hello."
    raw = {"text": None, "segments": [{"text": " Hello. ", "start": 0, "end": 1}, {"text": "Hi."}]}
    assert read(Transcription, raw).text == "Hello. Hi."
    words = {"words": [{"word": "hello", "punctuated_word": "Hello."}, {"word": "hi"}]}
    assert read(Transcription, words).text == "Hello. hi"
