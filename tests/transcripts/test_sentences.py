"""Sentences of many languages, split by their rules without losing a word.

sentences.txt holds texts that are cut by hand, as grammars and style guides call for. A line is a
language and its sentences, divided by a pilcrow. In scripts without spaces a bar divides the words,
elsewhere spaces do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.transcripts.joining import join_words
from langchain_telnyx.transcripts.sentences import ends_sentence, split_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

SPACELESS = {"my", "km", "th", "lo", "ja", "zh", "zh-TW", "yue"}


def texts() -> Iterator[tuple[str | None, list[list[str]]]]:
    """Yield a language, and its sentences as lists of words."""
    listed = Path(__file__).with_name("sentences.txt").read_text("utf-8")
    for line in listed.splitlines():
        language, _, text = line.partition(": ")
        divider = "|" if language in SPACELESS else None
        sentences = [
            [word for word in sentence.strip().split(divider) if word]
            for sentence in text.split("\u00b6")
        ]
        yield (None if language == "None" else language), sentences


TEXTS = list(texts())


def cut(words: list[str], language: str | None = None) -> list[str]:
    found = split_sentences(words, language)
    return [join_words([part.text for part in sentence], language) for sentence in found]


@pytest.mark.parametrize(
    ("language", "sentences"),
    TEXTS,
    ids=[f"{language}-{n}" for n, (language, _) in enumerate(TEXTS)],
)
def test_sentences_end_by_the_rules_of_the_language(
    language: str | None, sentences: list[list[str]]
) -> None:
    words = [word for sentence in sentences for word in sentence]
    parts = split_sentences(words, language)
    assert [[part.text for part in sentence] for sentence in parts] == sentences


@pytest.mark.parametrize(
    ("language", "sentences"), [each for each in TEXTS if each[0] in SPACELESS | {"hi", "en", "ar"}]
)
def test_marks_that_are_words_of_their_own_change_no_cut(
    language: str | None, sentences: list[list[str]]
) -> None:
    """Some models write the last mark of a sentence as a word."""
    divided = [
        [*sentence[:-1], sentence[-1][:-1], sentence[-1][-1]]
        if len(sentence[-1]) > 1 and not sentence[-1][-1].isalnum()
        else sentence
        for sentence in sentences
    ]
    words = [word for sentence in divided for word in sentence]
    parts = split_sentences(words, language)
    assert [[part.text for part in sentence] for sentence in parts] == divided


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (["はい", "。今日", "は", "雨"], ["はい。", "今日は雨"]),
        (["雨です。明日は", "晴れ", "です。"], ["雨です。", "明日は晴れです。"]),
        (["走", "了。“", "好", "。”"], ["走了。", "“好。”"]),
        (["「", "はい", "。", "」", "次", "です"], ["「はい。」", "次です"]),
        (["मैं", "ठीक", "हूँ", "।धन्यवाद"], ["मैं ठीक हूँ।", "धन्यवाद"]),
        (["Hello. How", "are", "you?"], ["Hello.", "How are you?"]),
        (["Call", "Mr. Smith", "now."], ["Call Mr. Smith now."]),
        ([" Hello", ".", " How", " are", " you", "?"], ["Hello.", "How are you?"]),
    ],
)
def test_a_mark_on_the_wrong_side_is_moved(words: list[str], sentences: list[str]) -> None:
    assert cut(words) == sentences


def test_a_split_word_has_the_fractions_of_its_parts() -> None:
    [[first], [second, _]] = split_sentences(["雨です。明日", "は"], "ja")
    assert (first.index, first.start, second.index, second.end) == (0, 0.0, 0, 1.0)
    assert first.end == second.start == pytest.approx(4 / 6)


@pytest.mark.parametrize(
    ("text", "following", "language", "ends"),
    [
        ("I met Dr.", "Who", "en", False),
        ("I met him.", "Who", "en", True),
        ("Wir kommen am 3.", "Mai", "German", False),
        ("We stop here", "now", None, False),
        ("What?", "", None, True),
        ("", "Who", None, False),
    ],
)
def test_the_next_text_determines_whether_a_sentence_ends(
    text: str, following: str, language: str | None, *, ends: bool
) -> None:
    assert ends_sentence(text, following, language) is ends


# What a model may write, and a good deal that it may not.
SIGNS = st.sampled_from(list("aZé9.,!?…;:()\"'«»“”„- 　。、！？「」はて日本गे।॥ำกาแ؟عم。\u200d👩🇩️"))
WORDS = st.lists(st.text(SIGNS | st.characters(), max_size=6), max_size=14)
LANGUAGES = st.sampled_from([None, "en", "de-DE", "ja", "zh", "french", "ru", "hi", "xx"])


@given(WORDS, LANGUAGES)
def test_cutting_loses_and_moves_nothing(words: list[str], language: str | None) -> None:
    parts = [part for sentence in split_sentences(words, language) for part in sentence]
    assert "".join("".join(p.text for p in parts).split()) == "".join("".join(words).split())
    places = [(part.index, part.start) for part in parts]
    assert places == sorted(places)
    assert all(0 <= part.start < part.end <= 1 for part in parts)
    assert all(part.text.strip() for part in parts)


@given(WORDS, LANGUAGES)
def test_no_sentence_is_empty(words: list[str], language: str | None) -> None:
    assert all(split_sentences(words, language))
