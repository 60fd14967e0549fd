"""BM25: the scores of texts for a query."""

from __future__ import annotations

import math
import string

from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.vectorstores.ranking.bm25 import bm25

WORDS = ["saturn", "rock", "glow", "tundra", "kepler", "vivid", "quartz"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), min_size=1, max_size=12)


def reference(query: list[str], texts: list[list[str]]) -> list[float]:
    """Return the scores by the formula of Robertson and Zaragoza (2009), of lengths in letters."""
    lengths = [len("".join(text)) for text in texts]
    average = sum(lengths) / len(lengths)
    scores = [0.0] * len(texts)
    for word in set(query):
        containing = sum(word in text for text in texts)
        rarity = math.log(1 + (len(texts) - containing + 0.5) / (containing + 0.5))
        for position, text in enumerate(texts):
            count = text.count(word)
            norm = 1.2 * (0.25 + 0.75 * lengths[position] / average)
            scores[position] += rarity * count * 2.2 / (count + norm)
    return scores


@given(query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), texts=TEXTS)
def test_scores_follow_the_formula(query: list[str], texts: list[list[str]]) -> None:
    scores = bm25(" ".join(query), [" ".join(text) for text in texts])
    for score, expected in zip(scores, reference(query, texts), strict=True):
        assert math.isclose(score, expected, abs_tol=1e-9)


@given(
    text=st.text(max_size=200),
    query=st.text(max_size=60),
    separator=st.sampled_from([*string.punctuation, " ", "\n", "\u2014", "\u2019\u00a0"]),
)
def test_any_text_has_a_score_that_is_not_negative(text: str, query: str, separator: str) -> None:
    texts = [text, "", f"{text}{separator}planet", query]
    scores = bm25(f"{query}{separator}planet", texts)
    assert all(score >= 0 for score in scores)
    assert scores[1] == 0
    assert scores[2] > 0


def test_inflected_words_match() -> None:
    query = "Who compiles cities' computers?"
    texts = ["The compiler stops.", "A city sleeps.", "One computer runs.", "Dogs bark."]
    assert [score > 0 for score in bm25(query, texts)] == [True, True, True, False]


def test_case_and_punctuation_do_not_matter() -> None:
    texts = ["MAX_RETRIES = 2", "max retries:  2", "Max. Retries? 2"]
    scores = bm25("max-retries", texts)
    assert len(set(scores)) == 1
    assert scores[0] > 0


def test_numbers_and_short_words_match_as_a_whole() -> None:
    texts = ["part 4 of 4", "part 41", "part 14", "partly 4"]
    scores = bm25("4", texts)
    assert [score > 0 for score in scores] == [True, False, False, True]
    assert scores[0] > scores[3]
    assert [score > 0 for score in bm25("art", [*texts, "art"])] == [False] * 4 + [True]


def test_words_in_other_scripts_match() -> None:
    scores = bm25("Где Луна?", ["Луна здесь.", "Солнце здесь.", "月の石"])
    assert scores[0] > scores[1] == scores[2] == 0
    assert bm25("月の石はどこ", ["これは月の石です", "これは本です"])[0] > 0


def test_a_rare_word_counts_more_than_a_frequent_one() -> None:
    texts = ["a moon of ice", "a moon of rock", "a moon of sand", "a comet of iron"]
    scores = bm25("moon of iron", texts)
    assert max(scores) == scores[3]


def test_without_texts_there_are_no_scores() -> None:
    assert bm25("moon", []) == []
    assert bm25("", ["moon"]) == [0.0]
    assert bm25("moon", ["", ""]) == [0.0, 0.0]


def test_a_word_of_the_topic_counts_more_than_question_words() -> None:
    topic, question, _ = bm25(
        "What would a ferry cost?",
        ["The ferry is blue.", "What would anybody say?", "The harbour is grey."],
    )
    assert topic > question > 0
