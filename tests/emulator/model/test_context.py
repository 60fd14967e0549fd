from __future__ import annotations

import pytest

from langchain_telnyx.emulator.model import context
from langchain_telnyx.emulator.model.context import Passage
from langchain_telnyx.emulator.model.request import Message

ONE = Passage("1", "README.md", "Alpha.")
TWO = Passage("2", "docs/b.md", "Beta.")


WRITTEN = {
    "blocks": (
        '<document id="1" source="README.md">Alpha.</document>\n'
        '<document id="2" source="docs/b.md">Beta.</document>'
    ),
    "other quotes and order": (
        "<document source='README.md' id='1'>\nAlpha.\n</document>"
        "<document source='docs/b.md' id='2'>\nBeta.\n</document>"
    ),
    "no ids": (
        '<document source="README.md">Alpha.</document>'
        '<document source="docs/b.md">Beta.</document>'
    ),
    "wrapped": (
        '<context>\n<document id="1" source="README.md">Alpha.</document>\n'
        '<document id="2" source="docs/b.md">Beta.</document>\n</context>'
    ),
    "source inside": (
        '<documents><document index="1"><source>README.md</source>'
        "<document_content>Alpha.</document_content></document>"
        '<document index="2"><source>docs/b.md</source>'
        "<document_content>Beta.</document_content></document></documents>"
    ),
    "headed": "[1] README.md\nAlpha.\n\n[2] docs/b.md\nBeta.",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_passages_are_found_in_every_notation(text: str) -> None:
    assert context.passages_of(text) == [ONE, TWO]


def test_a_passage_on_the_line_of_its_number_has_no_source() -> None:
    assert context.passages_of("[1] Alpha is first.\n[2] Beta is second.") == [
        Passage("1", "", "Alpha is first."),
        Passage("2", "", "Beta is second."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Context: Alpha is first.\n\nQuestion: What is first?",
        "Context: Alpha is first. Question: What is first?",
        "Question: What is first? Context: Alpha is first. Answer:",
        "Question: What is first?\nContext: Alpha is first.\nAnswer:",
        (
            "Use the following pieces of context to answer.\nSay so if you don't know.\n\n"
            "Alpha is first.\n\nQuestion: What is first?\nHelpful Answer:"
        ),
    ],
)
def test_labels_separate_context_and_question(text: str) -> None:
    prompt = context.read([Message(role="user", content=text)])
    assert [passage.text for passage in prompt.passages] == ["Alpha is first."]
    assert prompt.question == "What is first?"


def test_context_is_read_from_the_system_message() -> None:
    prompt = context.read(
        [
            Message(
                role="system",
                content="You answer questions. Use the following retrieved context.\n\nAlpha.",
            ),
            Message(role="user", content="What is first?"),
        ]
    )
    assert [passage.text for passage in prompt.passages] == ["Alpha."]
    assert prompt.question == "What is first?"


def test_the_question_is_the_text_outside_the_documents() -> None:
    text = "<document id='1'>Question: not this one</document>\n\nWhat is first?"
    assert context.read([Message(role="user", content=text)]).question == "What is first?"


def test_the_previous_question_is_separate() -> None:
    prompt = context.read(
        [
            Message(role="user", content="My name is Ann."),
            Message(role="assistant", content="Hello."),
            Message(role="user", content="What is my name?"),
        ]
    )
    assert (prompt.question, prompt.previous) == ("What is my name?", "My name is Ann.")


def test_plain_chat_has_no_passages() -> None:
    assert context.passages_of("Tell me about context managers, please.") == []


def test_written_passages_are_read_back() -> None:
    assert context.passages_of(context.write([ONE, TWO])) == [ONE, TWO]
