"""Sentences of streamed text, and the joined audio of several requests."""

import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.client.speech_errors import AudioFormatError
from langchain_telnyx.speech.joining import AudioJoiner
from langchain_telnyx.speech.sentences import Sentences

_WORDS = [*"aB1 .!?,\n\u3002\u2026\u00bb\"')", "Dr. ", "\U0001f600"]
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=60).map("".join)
_SAMPLES = st.binary(max_size=40).map(lambda data: data[: len(data) // 2 * 2])


def split(parts: list[str], shortest: int = 1) -> list[str]:
    sentences = Sentences(shortest)
    found = [sentence for part in parts for sentence in sentences.feed(part)]
    return [*found, *sentences.end()]


@given(st.lists(_TEXTS, max_size=8), st.integers(1, 30))
def test_the_sentences_are_the_text(parts: list[str], shortest: int) -> None:
    text = "".join(parts)
    found = split(parts, shortest)
    assert "".join(found).rstrip() == text.rstrip()
    assert all(sentence.strip() for sentence in found)
    assert all(len(sentence.strip()) >= shortest for sentence in found[:-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 3.5 km. Go on! Now?", ["It is 3.5 km. ", "Go on! ", "Now?"]),
        ("Dr. Ann Lee came. She left.", ["Dr. Ann Lee came. ", "She left."]),
        ("- one\n- two\n\nThe end", ["- one\n", "- two\n\n", "The end"]),
        ("\u571f\u661f\u3002\u6708\u3002", ["\u571f\u661f\u3002", "\u6708\u3002"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_text_is_split_into_sentences_and_lines(text: str, expected: list[str]) -> None:
    assert split([text]) == expected
    assert split(list(text)) == expected


def test_short_sentences_are_joined_with_the_next() -> None:
    assert split(["Yes. No. Perhaps tomorrow. We will see."], 10) == [
        "Yes. No. Perhaps tomorrow. ",
        "We will see.",
    ]


def test_a_sentence_is_returned_when_the_next_begins() -> None:
    sentences = Sentences(1)
    assert list(sentences.feed("Saturn has moons.")) == []
    assert list(sentences.feed(" ")) == []
    assert list(sentences.feed("Titan")) == ["Saturn has moons. "]
    assert sentences.rest == "Titan"


def wav(samples: bytes, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(rate)
        audio.writeframes(samples)
    return file.getvalue()


def join(*parts: list[bytes]) -> bytes:
    joiner, joined = AudioJoiner(), b""
    for number, pieces in enumerate(parts):
        joiner.begin(is_only=len(parts) == 1 and not number)
        joined += b"".join(map(joiner.feed, pieces)) + joiner.end()
    return joined


@given(st.lists(_SAMPLES, min_size=2, max_size=4), st.integers(1, 50))
def test_wav_is_joined_at_any_boundary(parts: list[bytes], length: int) -> None:
    files = [wav(samples) for samples in parts]
    pieces = [[file[at : at + length] for at in range(0, len(file), length)] for file in files]
    joined = join(*pieces)
    assert joined[44:] == b"".join(parts)
    assert (joined[:4], joined[4:8], joined[40:44]) == (b"RIFF", b"\xff" * 4, b"\xff" * 4)
    assert joined[8:40] == files[0][8:40]


@given(st.lists(st.lists(st.binary(max_size=9), max_size=4), min_size=1, max_size=4))
def test_other_formats_are_appended(parts: list[list[bytes]]) -> None:
    marked = [[b"ID3", *pieces] for pieces in parts]
    assert join(*marked) == b"".join(b"".join(pieces) for pieces in marked)


def test_a_single_file_is_not_changed() -> None:
    file = wav(b"\1\0\2\0")
    assert join([file[:3], file[3:]]) == file


@pytest.mark.parametrize(
    "parts",
    [
        [[wav(b"\0\0")], [wav(b"\0\0", 16000)]],
        [[wav(b"\0\0")], [b"ID3 more"]],
        [[b"ID3 more"], [wav(b"\0\0")]],
        [[b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f", bytes(2 << 20)], [b""]],
    ],
)
def test_formats_that_cannot_be_joined_are_an_error(parts: list[list[bytes]]) -> None:
    with pytest.raises(AudioFormatError):
        join(*parts)
