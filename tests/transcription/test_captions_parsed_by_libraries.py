"""Subtitles of all scripts and times, parsed with srt, webvtt-py and FFmpeg."""

from __future__ import annotations

import html
import io
import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import pytest
import srt
import webvtt
from av.subtitles.subtitle import AssSubtitle
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from langchain_telnyx.transcription import captions
from langchain_telnyx.transcription.segments import Piece, Word

if TYPE_CHECKING:
    from datetime import timedelta

# Texts of two lines and more. Bars divide the words of scripts that put no spaces between them.
_LINES = Path(__file__).with_name("long_texts.txt").read_text("utf-8").splitlines()
_TEXTS = dict(line.split(": ", 1) for line in _LINES)
WORDS = {each: text.split("|" if "|" in text else None) for each, text in _TEXTS.items()}
LONG = {each: text.replace("|", "") for each, text in _TEXTS.items()}


@dataclass(frozen=True)
class Shown:
    start: float
    end: float
    text: str


def by_srt(pieces: list[Piece], language: str | None = None) -> list[Shown]:
    def seconds(delta: timedelta) -> float:
        return round(delta.total_seconds(), 3)

    read = srt.parse(captions.srt(pieces, language), ignore_errors=False)
    return [Shown(seconds(cue.start), seconds(cue.end), cue.content) for cue in read]


def by_webvtt(pieces: list[Piece], language: str | None = None) -> list[Shown]:
    def seconds(clock: str) -> float:
        hours, minutes, rest = clock.split(":")
        return round(int(hours) * 3600 + int(minutes) * 60 + float(rest), 3)

    read = webvtt.from_buffer(io.StringIO(captions.vtt(pieces, language))).captions
    return [Shown(seconds(cue.start), seconds(cue.end), html.unescape(cue.text)) for cue in read]


def by_ffmpeg(text: str, kind: str) -> list[Shown]:
    shown: list[Shown] = []
    with av.open(io.BytesIO(text.encode()), mode="r", format=kind) as container:
        for packet in container.demux(container.streams.subtitles):
            if packet.pts is not None and packet.duration is not None:
                read = packet.decode()
                lines = "".join(
                    each.ass.decode().split(",", 8)[8].replace("\\N", "\n")
                    for each in read
                    if isinstance(each, AssSubtitle)
                )
                start, end = packet.pts / 1000, (packet.pts + packet.duration) / 1000
                shown.append(Shown(round(start, 3), round(end, 3), lines))
    return shown


def by_ffmpeg_srt(pieces: list[Piece], language: str | None = None) -> list[Shown]:
    return by_ffmpeg(captions.srt(pieces, language), "srt")


def by_ffmpeg_vtt(pieces: list[Piece], language: str | None = None) -> list[Shown]:
    return by_ffmpeg(captions.vtt(pieces, language), "webvtt")


Read = Callable[..., list[Shown]]
JUDGES = pytest.mark.parametrize("read", [by_srt, by_webvtt, by_ffmpeg_srt, by_ffmpeg_vtt])


def spoken(words: list[str], step: float = 0.3, speaker: int | None = None) -> Piece:
    timed = [
        Word(word, n * step, n * step + step, None, (None, speaker)) for n, word in enumerate(words)
    ]
    return Piece(" ".join(words), 0, len(words) * step, tuple(timed))


def bare(text: str) -> str:
    return "".join(text.split())


def readable(shown: list[Shown], language: str) -> bool:
    width = 32 if language in {"ja", "zh", "ko"} else 42
    lines = [cue.text.splitlines() for cue in shown]
    return all(len(each) <= 2 and max(map(wcswidth, each)) <= width for each in lines)


@JUDGES
@pytest.mark.parametrize("language", LONG)
def test_a_long_text_is_cut_into_readable_cues(read: Read, language: str) -> None:
    text = LONG[language]
    shown = read([Piece(text, 1.0, 9.0)], language)
    assert bare("".join(cue.text for cue in shown)) == bare(text)
    assert readable(shown, language)
    assert (shown[0].start, shown[-1].end) == (1.0, 9.0)
    if language not in {"ja", "zh", "th", "km"}:
        assert " ".join(" ".join(cue.text.split()) for cue in shown) == text


@JUDGES
@pytest.mark.parametrize("language", LONG)
def test_words_with_times_are_cut_into_readable_cues(read: Read, language: str) -> None:
    words = WORDS[language]
    shown = read([spoken(words)], language)
    assert bare("".join(cue.text for cue in shown)) == bare("".join(words))
    assert readable(shown, language)
    if language in {"ja", "zh", "th"}:
        assert not any(" " in cue.text for cue in shown)
    for cue in shown:
        assert cue.end - cue.start <= 7.001
        assert cue.text[0] not in "。、，！？؟।"


@JUDGES
def test_a_mark_that_is_a_word_does_not_begin_a_line(read: Read) -> None:
    for length in range(3, 40):
        shown = read(
            [spoken([*("a" * length), ",", "b", "."]), spoken([*("あ" * length), "、", "い"])]
        )
        lines = [line for cue in shown for line in cue.text.splitlines()]
        assert not any(line[0] in ",.、" for line in lines)


@JUDGES
@pytest.mark.parametrize(
    ("times", "right"),
    [
        ([(-1.0, 0.5), (0.5, 1.0), (1.0, 1.5)], (0.5, 1.5)),
        ([(0.0, 0.5), (0.9, 0.5), (1.0, 1.5)], (0.0, 1.5)),
        ([(0.0, 0.5), (99.0, 99.5), (1.0, 1.5)], (0.0, 1.5)),
        ([(0.0, 0.5), (math.nan, math.inf), (1.0, 1.5)], (0.0, 1.5)),
    ],
)
def test_invalid_times_lose_no_word_and_no_order(
    read: Read, times: list[tuple[float, float]], right: tuple[float, float]
) -> None:
    words = [
        Word(text, start, end, None, (None, None))
        for text, (start, end) in zip(("One", "two", "three."), times, strict=True)
    ]
    shown = read([Piece("One two three.", 0, 2, tuple(words))])
    assert [cue.text for cue in shown] == ["One two three."]
    assert (shown[0].start, shown[0].end) == right


@JUDGES
def test_cues_of_one_speaker_do_not_overlap_and_those_of_two_may(read: Read) -> None:
    one = [Piece("First.", 0, 3), Piece("Second.", 2, 4), Piece("Third.", 2, 2.5)]
    shown = read(one)
    assert [(cue.start, cue.end) for cue in shown] == [(0, 2), (2, 2.001), (2.001, 2.5)]
    two = [
        Piece("First.", 0, 3, voices=((None, 0),), channel=None),
        Piece("Second.", 2, 4, voices=((None, 1),), channel=None),
    ]
    assert [(cue.start, cue.end) for cue in read(two)] == [(0, 3), (2, 4)]


@JUDGES
@pytest.mark.parametrize(
    ("text", "shown_text"),
    [
        ("a\n\nb\r\n1\n00:00:01,000 --> 00:00:02,000\nc", "a b 1 00:00:01,000 -> 00:00:02,000 c"),
        ("a --> b ---> c", "a -> b -> c"),
        ("a\x00\x07b\x1b\x85c\u2028d\x0be", "ab c d e"),
        ("R&D &amp; 3 < 4 > 2", "R&D &amp; 3 < 4 > 2"),
        ("half \ud83d pair", "half \ufffd pair"),
    ],
)
def test_no_text_breaks_out_of_its_cue(read: Read, text: str, shown_text: str) -> None:
    shown = read([Piece(text, 0, 2), Piece("Next.", 2, 3)])
    vtt = read in (by_webvtt, by_ffmpeg_vtt)
    expected = text if vtt and ">" in text and "\n" not in text else shown_text
    if vtt and "\n" in text:
        expected = shown_text.replace("->", "-->")
    assert [" ".join(cue.text.split()) for cue in shown] == [expected, "Next."]


def test_a_name_cannot_break_out_of_its_cue() -> None:
    pieces = [Piece("Hello.", 0, 1, voices=((None, 0),)), Piece("Hi.", 1, 2, voices=((None, 1),))]

    def name(voice: tuple[int | None, int | str | None]) -> str:
        return f"A>&\n\n1\n00:00:09,000 --> 00:00:10,000\n{voice[1]}"

    [first, second] = srt.parse(captions.srt(pieces, name=name), ignore_errors=False)
    assert first.content == "A>& 1 00:00:09,000 -> 00:00:10,000 0:\nHello."
    assert second.content.endswith("1:\nHi.")
    vtt = captions.vtt(pieces, name=name)
    [hello, hi] = webvtt.from_buffer(io.StringIO(vtt)).captions
    assert (hello.text, hi.text) == ("Hello.", "Hi.")
    assert re.search(r"<v A&gt;&amp; 1 00:00:09,000 --&gt; 00:00:10,000 0>Hello\.</v>", vtt)


def test_speakers_within_a_segment_get_separate_cues() -> None:
    both = [*spoken(["はい", "。"], speaker=0).words]
    both += [
        Word(word.text, word.start + 0.6, word.end + 0.6, None, word.voice)
        for word in spoken(["いいえ", "。"], speaker=1).words
    ]
    cues = captions.cues([Piece("はい。いいえ。", 0, 1.2, tuple(both))])
    assert [(cue.text, cue.voice) for cue in cues] == [
        ("はい。", (None, 0)),
        ("いいえ。", (None, 1)),
    ]


# Any times and texts

SECONDS = st.floats(-5, 50) | st.just(math.nan) | st.just(math.inf)
TEXTS = st.text(
    st.sampled_from(list("aB1.,?!<>&{-日本。、「」กำ한글हि।عم\u0301\n\x00 ")) | st.characters(),
    max_size=50,
)
VOICES = st.tuples(st.none() | st.integers(0, 1), st.none() | st.integers(0, 1))
SPOKEN = st.builds(Word, TEXTS, SECONDS, SECONDS, st.none(), VOICES)


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        words = tuple(draw(st.lists(SPOKEN, max_size=6)))
        channel = draw(st.none() | st.integers(0, 1))
        text = draw(TEXTS)
        found.append(Piece(text, draw(SECONDS), draw(SECONDS), words, (), channel))
    return found


def written(piece: Piece) -> str:
    """Return what of a piece can be written."""
    text = "".join(word.text for word in piece.words)
    text = (
        text
        if any(bare(re.sub(r"[\x00-\x1f\x7f-\x9f]", "", t.text)) for t in piece.words)
        else piece.text
    )
    printable = re.sub(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]", "", text)
    return bare(re.sub(r"[\ud800-\udfff]", "\ufffd", printable))


@given(pieces(), st.sampled_from([None, "ja", "fr"]))
def test_cues_lose_nothing_and_their_times_are_in_order(
    given_pieces: list[Piece], language: str | None
) -> None:
    cues = captions.cues(given_pieces, language)
    assert sorted(bare("".join(cue.text for cue in cues))) == sorted(
        "".join(map(written, given_pieces))
    )
    assert all(0 <= cue.start < cue.end for cue in cues)
    assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
    for cue in cues:
        lines = cue.text.split("\n")
        assert len(lines) <= 2
        assert all(line.strip() for line in lines)


@given(st.lists(SPOKEN, max_size=12))
def test_cues_of_a_piece_of_one_voice_keep_its_order_and_never_overlap(words: list[Word]) -> None:
    own = tuple(Word(word.text, word.start, word.end, None, (None, 0)) for word in words)
    piece = Piece("", 0, 0, own)
    cues = captions.cues([piece])
    assert bare("".join(cue.text for cue in cues)) == written(piece)
    assert all(before.end <= after.start for before, after in itertools.pairwise(cues))


@given(pieces())
def test_any_subtitles_can_be_parsed_by_other_libraries(given_pieces: list[Piece]) -> None:
    count = len(captions.cues(given_pieces))
    assert len(by_srt(given_pieces)) == len(by_webvtt(given_pieces)) == count
