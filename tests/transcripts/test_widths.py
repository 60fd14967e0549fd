"""Widths of lines, compared with wcwidth, and line breaks."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from langchain_telnyx.transcripts.widths import atoms, display_width, line_width, wrap

JAPANESE = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
)
THAI = "สวัสดีครับวันนี้ฝนตกหนักมากที่กรุงเทพมหานครและปริมณฑลเราจะไปทำงานกันไหมครับ"
HINDI = "क्षत्रिय विद्यालय में आज हिन्दी दिवस मनाया जाएगा और सभी विद्यार्थी कविता सुनाएँगे।"
ARABIC = "السلام عليكم ورحمة الله وبركاته، كيف حالك اليوم؟ أتمنى أن تكون بخير."


@pytest.mark.parametrize(
    "text",
    [
        "Hello, there!", "naïve cafe\u0301", "日本語です。", "ｶﾀｶﾅ", "ＡＢＣ", "한국어", "สวัสดีครับ",
        "👩‍👩‍👧", "🇩🇪", "❤️", "Привет", "שלום", "", "שָׁלוֹם", "السّلام", THAI, ARABIC,
        JAPANESE, "நான் நலம்.",
    ],
)  # fmt: skip
def test_the_width_of_a_text_is_that_in_terminals(text: str) -> None:
    assert display_width(text) == wcswidth(text)


@pytest.mark.parametrize("text", [HINDI, "ខ្ញុំសុខសប្បាយ។", "ကျွန်တော် နေကောင်းပါတယ်။", "ক্ষমা করবেন।"])
def test_consonants_that_fonts_may_join_are_counted_one_by_one(text: str) -> None:
    assert wcswidth(text) <= display_width(text) <= len(text)


def test_signs_of_ambiguous_width_are_wide_beside_full_width_ones() -> None:
    assert display_width("“Yes…”") == 6
    assert display_width("“好…”") == 8


@pytest.mark.parametrize(
    ("text", "width"),
    [("Hello", 42), ("Привет", 42), (THAI, 42), (HINDI, 42), (ARABIC, 42), (JAPANESE, 32),
     ("今天下雨。", 32), ("오늘은", 32)],
)  # fmt: skip
def test_a_line_holds_42_columns_or_16_full_width_signs(text: str, width: int) -> None:
    assert line_width(text) == width


@pytest.mark.parametrize(
    "text", [JAPANESE, THAI, HINDI, ARABIC, "x" * 100, "👩‍👩‍👧" * 30, "e\u0301" * 50]
)
def test_long_texts_are_broken_within_the_width_and_between_graphemes(text: str) -> None:
    lines = wrap(text.split())
    assert all(display_width(line) <= line_width(text) for line in lines)
    assert [g for line in lines for g in regex.findall(r"\X", line) if g != " "] == [
        g for g in regex.findall(r"\X", text) if g != " "
    ]


def test_japanese_lines_follow_the_rules_of_kinsoku() -> None:
    for width in range(6, 32):
        lines = wrap([JAPANESE], width)
        assert all(line[0] not in "。、」ーっゃゅょ々" for line in lines)
    for width in range(6, 20):
        lines = wrap(["彼は「はい、そうです。」と言った（本当に）。"], width)
        assert all(line[0] not in "」）。、" for line in lines)
        assert all(line[-1] not in "「（" for line in lines)


def test_known_words_are_not_split() -> None:
    words = ["今日", "は", "とても", "暑い", "ので", "早く", "家", "に", "帰り", "たい", "です。"]
    ends = {"".join(words[:place]) for place in range(len(words) + 1)}
    first, second = wrap(words, 26)
    assert first in ends
    assert first + second == "".join(words)


def test_two_lines_are_about_equally_long_and_break_after_a_mark_where_one_is_near() -> None:
    text = "I called the office this morning, but nobody answered the phone."
    assert wrap(text.split()) == [
        "I called the office this morning,",
        "but nobody answered the phone.",
    ]
    first, second = wrap(["one two three four five six seven eight nine ten"])
    assert abs(len(first) - len(second)) <= 5


def test_a_french_mark_stays_on_the_line_of_its_word() -> None:
    for width in range(14, 30):
        lines = wrap(
            ["Est-ce", "que", "vous", "venez", "?", "«", "Bonjour", "!", "»", "dit-il"], width, "fr"
        )
        assert all(line[0] not in "?!»" for line in lines)
        assert all(not line.endswith("«") for line in lines)


def test_right_to_left_text_is_left_as_it_is() -> None:
    assert " ".join(wrap(ARABIC.split())) == ARABIC


SIGNS = st.sampled_from(list("aé9.,!?…()「」はて日本กำแ한글عم \u0301\u200d👩🇩️。、ー"))
TEXTS = st.text(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(TEXTS, max_size=8), st.integers(1, 45))
def test_every_line_is_within_the_width_and_nothing_is_lost(texts: list[str], width: int) -> None:
    lines = wrap(texts, width)
    assert "".join("".join(lines).split()) == "".join("".join(texts).split())
    for line in lines:
        assert display_width(line) <= width or len(regex.findall(r"\X", line)) == 1
        assert line == line.strip()
        assert line


@given(TEXTS)
def test_the_parts_of_a_text_are_the_text(text: str) -> None:
    assert "".join(atoms(text)).rstrip() == text.rstrip()
