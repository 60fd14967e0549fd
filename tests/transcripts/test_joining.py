"""Joining of words to a line, with spaces and punctuation by the rules of their script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.transcripts.joining import join_words, respaced
from langchain_telnyx.transcripts.languages import language_code


@pytest.mark.parametrize(
    ("words", "language", "line"),
    [
        ("Good|morning|,|Ms.|Hill|.", None, "Good morning, Ms. Hill."),
        (
            "はい、|今日|は|雨|です。|明日|は|晴れ|です。",
            "ja",
            "はい、今日は雨です。明日は晴れです。",
        ),
        ("他|说：|“好。”|然后|走|了。", None, "他说：“好。”然后走了。"),
        ("他|说|：|“|好|。|”", "zh", "他说：“好。”"),
        ("我|用|iPhone|15|打|电话", None, "我用iPhone 15打电话"),
        ("2024|年|5|月|3|日", None, "2024年5月3日"),
        ("私|は|New|York|に|います。", None, "私はNew Yorkにいます。"),
        ("The|word|家|means|home.", None, "The word 家 means home."),
        ("오늘은|비가|옵니다|.", "ko", "오늘은 비가 옵니다."),
        ("오늘|今日|입니다", None, "오늘 今日 입니다"),
        ("สวัสดี|ครับ", None, "สวัสดีครับ"),
        ("ผม|ใช้|iPhone|ทุก|วัน", "th", "ผมใช้ iPhone ทุกวัน"),
        ("ຂ້ອຍ|ສະບາຍດີ", None, "ຂ້ອຍສະບາຍດີ"),
        ("ខ្ញុំ|សុខសប្បាយ|។", "km", "ខ្ញុំសុខសប្បាយ។"),
        ("ကျွန်တော်|နေကောင်းပါတယ်|။", "my", "ကျွန်တော်နေကောင်းပါတယ်။"),
        ("मैं|ठीक|हूँ|।", None, "मैं ठीक हूँ।"),
        ("كيف|حالك|؟", "ar", "كيف حالك؟"),
        ("Ça|va|?|Oui|.", "fr", "Ça va ? Oui."),
        ("Ça|va|?|Oui|.", None, "Ça va? Oui."),
        ("«|Bonjour|»|,|dit-il|l'|homme", "fr", "« Bonjour », dit-il l'homme"),
        ("„|Ja|“|,|sagt|er", "de", "„Ja“, sagt er"),
        ("¿|Cómo|está|?", "es", "¿Cómo está?"),
        ("(|yes|)|[|no|]", None, "(yes) [no]"),
        ('He|says|"|yes|"|and|"|no|"|.', "en", 'He says "yes" and "no".'),
        (" Hel|lo|,| there| !", None, "Hello, there !"),
        ("|a||b|", None, "a b"),
        ("a \n b|c", None, "a b c"),
    ],
)
def test_words_are_joined_by_the_rules_of_their_script(
    words: str, language: str | None, line: str
) -> None:
    assert join_words(words.split("|"), language) == line


TEXTS = st.text(st.sampled_from(list("abZ19日本はです。、！“”「」(),.?!가나สวั हूँ।؟عم ")), max_size=5)


@given(st.lists(TEXTS, max_size=10), st.sampled_from([None, "fr", "de", "ja"]))
def test_joining_loses_no_character_and_is_stable(words: list[str], language: str | None) -> None:
    line = join_words(words, language)
    assert "".join(line.split()) == "".join("".join(words).split())
    assert join_words([line], language) == line
    assert "  " not in line


@pytest.mark.parametrize(
    ("text", "words", "respaced_text"),
    [
        ("今日 は 雨 です。", ["今日", "は", "雨", "です。"], "今日は雨です。"),
        (" สวัสดี ครับ ", ["สวัสดี", "ครับ"], "สวัสดีครับ"),
        # The model's own spaces, which divide phrases.
        ("ครับ วันนี้ฝนตก", ["ครับ", "วันนี้", "ฝนตก"], "ครับ วันนี้ฝนตก"),
        ("今日 は", [], "今日 は"),
        ("Good  morning", ["Good", "morning"], "Good  morning"),
    ],
)
def test_spaces_are_removed_in_scripts_without_spaces(
    text: str, words: list[str], respaced_text: str
) -> None:
    assert respaced(text, words) == respaced_text


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en", "en"), ("en-US", "en"), ("english", "en"), ("English", "en"), ("zh_Hant_TW", "zh"),
        ("mandarin", "zh"), ("nb-NO", "no"), ("multi", None), ("", None), (None, None),
        ("xx", "xx"),
    ],
)  # fmt: skip
def test_languages_are_recognized_by_code_locale_and_name(
    language: str | None, code: str | None
) -> None:
    assert language_code(language) == code
