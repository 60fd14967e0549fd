from __future__ import annotations

from functools import cache
from pydoc_data.topics import topics

import pytest

from langchain_telnyx.emulator.model import extract, prose
from langchain_telnyx.emulator.model.context import Passage

DOCS = [
    Passage(
        "1",
        "install.md",
        "# Installation\n\nInstall the package with pip:\n\n```sh\npip install foo\n```\n\n"
        "It needs Python 3.11. Windows is not supported.",
    ),
    Passage(
        "2",
        "limits.md",
        "Requests are limited to 100 per minute. When the limit is exceeded, the server answers "
        "429.\n\nRetries wait for these headers:\n\n- retry-after\n- x-ratelimit-reset\n",
    ),
]


def quotes(question: str, passages: list[Passage] = DOCS, previous: str = "") -> list[str]:
    return [quote.text for quote in extract.find(question, passages, previous=previous).quotes]


def test_the_best_sentence_is_quoted_word_for_word() -> None:
    assert quotes("What happens when the limit is exceeded?") == [
        "When the limit is exceeded, the server answers 429."
    ]


def test_other_inflections_match() -> None:
    assert quotes("How many requests are there in a minute, what limits them?")[0] == (
        "Requests are limited to 100 per minute."
    )


def test_the_code_after_a_colon_is_quoted_too() -> None:
    assert quotes("How do I install the package?") == [
        "Install the package with pip:",
        "```sh\npip install foo\n```",
    ]


def test_the_list_after_a_colon_is_quoted_too() -> None:
    assert quotes("Which headers do retries wait for?") == [
        "Retries wait for these headers:",
        "- retry-after",
        "- x-ratelimit-reset",
    ]


def test_the_sentence_that_a_pronoun_refers_to_is_quoted_too() -> None:
    passage = Passage("1", "", "The gate is heavy. It opens at nine in the morning.")
    assert quotes("When does it open in the morning?", [passage]) == [
        "The gate is heavy.",
        "It opens at nine in the morning.",
    ]


def test_a_follow_up_uses_the_topic_of_the_previous_question() -> None:
    assert quotes("And what about it on Windows?", previous="Can I install it?")[-1] == (
        "Windows is not supported."
    )


@pytest.mark.parametrize("question", ["Who wrote Hamlet?", "How do I bake bread?", ""])
def test_nothing_is_quoted_when_nothing_matches(question: str) -> None:
    assert quotes(question) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where are the passports kept?", "Passports lie in the drawer below the printer."),
        ("Where did we leave the ladder?", "The ladder leans behind the garage."),
        ("Where can I find the ladder?", "The ladder leans behind the garage."),
    ],
)
def test_a_question_for_a_place_is_answered_with_a_place(question: str, expected: str) -> None:
    notes = [
        Passage("1", "a", "Passports lie in the drawer below the printer."),
        Passage("2", "b", "Passports expire. The ladder leans behind the garage."),
    ]
    assert [quote.text for quote in extract.find(question, notes).quotes] == [expected]


def test_a_sentence_in_two_overlapping_chunks_is_quoted_once() -> None:
    twice = [Passage("1", "a", "The cat sleeps."), Passage("2", "a", "The cat sleeps.")]
    findings = extract.find("Does the cat sleep?", twice)
    assert [(quote.text, quote.passage) for quote in findings.quotes] == [("The cat sleeps.", 0)]


def test_an_answer_cites_each_sentence_and_lists_its_sources() -> None:
    findings = extract.find("What happens when the limit is exceeded?", DOCS)
    assert prose.cited(findings.quotes, DOCS) == (
        "When the limit is exceeded, the server answers 429. [2]\n\nSources: [2] limits.md"
    )


def test_code_is_cited_below_its_block() -> None:
    findings = extract.find("How do I install the package?", DOCS)
    assert prose.cited(findings.quotes, DOCS) == (
        "Install the package with pip: [1]\n```sh\npip install foo\n```\n[1]\n\n"
        "Sources: [1] install.md"
    )


@cache
def python_reference() -> list[Passage]:
    """Real prose: topics of the Python language reference, from pydoc."""
    names = ("assert", "break", "continue", "del", "global", "if", "import", "lambda", "nonlocal",
              "pass", "raise", "return", "try", "while", "with", "yield", "for", "class", "async",
              "numbers", "integers", "exceptions", "bltin-null-object", "typesmapping")  # fmt: skip
    return [Passage(name, name, topics[name]) for name in names if name in topics]


@pytest.mark.parametrize(
    ("question", "topic", "words"),
    [
        ("In which loops may break occur nested?", "break", "syntactically nested"),
        ("How can I insert debugging assertions into a program?", "assert", "debugging assertions"),
        ("Which statement is a null operation?", "pass", "null operation"),
        ("How do lambda expressions create functions?", "lambda", "anonymous functions"),
        ("Which method of the context manager is invoked on exit?", "with", "__exit__"),
        ("What does the global statement do to identifiers?", "global", "global"),
        ("What happens when a return statement leaves a try with finally?", "return", "finally"),
        ("What does deletion of a target list do?", "del", "Deletion of a target list"),
        ("When is the else clause of a while loop executed?", "while", "else"),
        ("Is a for loop suitable to iterate over elements of a sequence?", "for", "iterate over"),
    ],
)
def test_questions_about_real_prose_find_the_passage(question: str, topic: str, words: str) -> None:
    passages = python_reference()
    findings = extract.find(question, passages)
    assert topic in {passages[quote.passage].source for quote in findings.quotes}
    assert words in " ".join(quote.text for quote in findings.quotes)
