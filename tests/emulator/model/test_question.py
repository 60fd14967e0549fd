"""Which sentence answers a question, and when none does: small notes, and real manual pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.model import extract, prose, question, units
from langchain_telnyx.emulator.model.context import Passage

LANDLORD = "Landlord: Maria Schmidt, +49 30 1234567.\nRent: 900 euros."


def quotes(asked: str, *texts: str) -> list[str]:
    passages = [Passage(str(at), f"{at}.md", text) for at, text in enumerate(texts, 1)]
    return [quote.text for quote in extract.find(asked, passages).quotes]


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ("Where did I put the ladder?", "The ladder leans behind the garage."),
        ("Where did I put the ladder?", "- ladder: behind the garage"),
        ("What colour is the door?", "The door is green."),
        ("Who fell from the roof?", "Tom Baker was lucky when he falls from the roof."),
        ("How much does the pass cost?", "The pass: 49 euros a month."),
        ("How tall is the tower?", "The tower has 96 m."),
        ("How wide is the river?", "The width of the river is 200 m."),
        ("Wo liegt der Schlüssel?", "Der Schlüssel liegt unter dem Blumentopf."),
        ("鍵はどこですか", "鍵は引き出しの中にあります。"),
    ],
)
def test_one_short_note_is_enough(asked: str, note: str) -> None:
    assert quotes(asked, note) == [note]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Who is the landlord?", ["Landlord: Maria Schmidt, +49 30 1234567."]),
        ("What is the landlord's phone number?", ["Landlord: Maria Schmidt, +49 30 1234567."]),
        ("How much is the rent?", ["Rent: 900 euros."]),
        ("What is the phone number of the plumber?", []),
    ],
)
def test_each_line_of_a_record_answers_its_own_question(asked: str, expected: list[str]) -> None:
    assert quotes(asked, LANDLORD) == expected


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("What is the capital of Mongolia?", "He has a capital gun to show."),
        ("Is there a plugin for WordPress?", "A word without times is placed between words."),
        ("Is there a plugin for WordPress?", "`/press 12#` presses keys after the first word."),
        ("Who is the chief executive of Baker?", "Baker has `add_tools()`: HTTP and execute."),
        ("Which Ruby version do I need?", "Run `.venv/bin/ruby changelog.rb v2.1.0`: its version."),
        ("How much does the bridge cost?", "The bridge cost many lives, and its ruin cost more."),
        ("How many towers has the bridge?", "The bridge has towers."),
        ("Who designed the bridge?", "The bridge was designed over many years."),
        ("Who owns Baker Hall?", "It is said that Baker Hall is owned by nobody."),
        ("When was the bridge opened?", "The bridge, opened to much applause, fell."),
    ],
)
def test_a_text_with_some_of_the_words_and_no_answer_is_not_quoted(asked: str, text: str) -> None:
    assert quotes(asked, text) == []


def test_a_number_in_an_example_is_no_answer() -> None:
    assert quotes("How much does it cost?", '```python\nanswer = "It costs $9 now."\n```') == []


def test_what_the_question_takes_for_granted_is_preferred_to_its_denial() -> None:
    text = "An expired error is never retried. A timeout error is retried."
    assert quotes("Which errors are retried?", text) == ["A timeout error is retried."]


def test_words_that_no_passage_has_are_named() -> None:
    passages = [Passage("1", "a.md", "The butler came in.")]
    asked = "Did the butler meet Moriarty in Reykjavik?"
    findings = extract.find(asked, passages)
    assert findings.quotes == ()
    assert prose.not_found(asked, findings, passages).startswith(
        f"The given passage does not answer “{asked}”. It does not mention “meet”, “Moriarty”, "
        f"“Reykjavik”."
    )


MANUAL = """\
EXIT STATUS
       124    if the command times out

OPTIONS
       -k, --kill-after=DURATION
              also send a KILL signal if the command is still run\u2010
              ning. The signal comes this long after the first.

       -v, --verbose
              print  to standard error any signal  that was sent

   Caveats
       Some signals cannot be caught by a process at all.

           timeout -k 5s 10s sleep 60
"""


def test_definitions_of_a_manual_page_are_sentences_under_their_terms() -> None:
    assert [(unit.kind, unit.headings, unit.text) for unit in units.split(MANUAL)] == [
        ("prose", "EXIT STATUS", "124 if the command times out"),
        (
            "prose",
            "OPTIONS > -k, --kill-after=DURATION",
            "also send a KILL signal if the command is still running.",
        ),
        (
            "prose",
            "OPTIONS > -k, --kill-after=DURATION",
            "The signal comes this long after the first.",
        ),
        (
            "prose",
            "OPTIONS > -v, --verbose",
            "print to standard error any signal that was sent",
        ),
        ("prose", "OPTIONS > Caveats", "Some signals cannot be caught by a process at all."),
        ("code", "OPTIONS > Caveats", "           timeout -k 5s 10s sleep 60"),
    ]


def test_a_definition_is_quoted_with_its_term() -> None:
    assert quotes("Which option prints the signals that were sent?", MANUAL) == [
        "-v, --verbose: print to standard error any signal that was sent"
    ]


def test_the_lines_of_a_record_are_units() -> None:
    record = "Files: *\nCopyright: 1996 Ann Lee\n           2001 Bo Ek\nLicense: MIT\n .\nText."
    assert [unit.text for unit in units.split(record)] == [
        "Files: *",
        "Copyright: 1996 Ann Lee 2001 Bo Ek",
        "License: MIT",
        "Text.",
    ]


def test_the_heading_path_of_a_chunk_is_not_quoted() -> None:
    [unit] = units.split("Guide > Install\n\nInstall it first.")
    assert (unit.text, unit.headings) == ("Install it first.", "Guide > Install")


def test_names_weigh_more_than_topics_and_topics_more_than_common_words() -> None:
    weights = question.read("Which offer does the Kellynch tenant take?").weights
    assert weights["kellynch"] > weights["tenant"] > weights["take"] > 0


@given(st.text(max_size=200), st.lists(st.text(max_size=300), max_size=4))
def test_any_text_is_read_and_only_its_words_are_quoted(asked: str, texts: list[str]) -> None:
    passages = [Passage(str(at), "", text) for at, text in enumerate(texts)]
    findings = extract.find(asked, passages)
    assert 0 <= findings.coverage <= 1 + 1e-9
    for quote in findings.quotes:
        bare = "".join(quote.text.split()).removesuffix("```").removeprefix("```")
        source = "".join(texts[quote.passage].split()).replace("\u2010", "")
        assert set(bare) <= set(source + ":")
