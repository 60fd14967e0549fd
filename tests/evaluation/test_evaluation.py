"""Real texts, natural questions: the path from files to the retriever finds the right document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx import Telnyx
from langchain_telnyx.emulator import TelnyxEmulator
from tests.evaluation.evaluate import (
    CORPUS,
    QUESTIONS,
    Outcome,
    evaluate,
    hit_rate,
    mean_reciprocal_rank,
    report,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def client() -> Iterator[Telnyx]:
    with TelnyxEmulator(sockets=False) as emulator:
        yield Telnyx(**emulator.options())


def test_the_right_document_is_mostly_among_the_first_three(client: Telnyx) -> None:
    outcomes = evaluate(client, CORPUS, QUESTIONS)
    assert len(outcomes) == 50
    # Measured: 0.58, 0.74 and 0.67 on every machine; lower figures are a regression.
    assert hit_rate(outcomes, 1) >= 0.56
    assert hit_rate(outcomes, 3) >= 0.72
    assert mean_reciprocal_rank(outcomes) >= 0.65
    assert client.storage.list_buckets() == []


def test_other_texts_and_questions_are_evaluated(client: Telnyx, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "titan.md").write_text("# Titan\n\nTitan is the largest moon of Saturn.\n")
    (folder / "bread.md").write_text("# Bread\n\nBread is made of flour, water and salt.\n")
    questions = tmp_path / "questions.json"
    expected = [
        {"question": "Whose largest moon is Titan?", "document": "titan.md"},
        {"question": "What is bread made of?", "document": "titan.md"},
        {"question": "What is bread made of?", "document": "elsewhere.md"},
    ]
    questions.write_text(json.dumps(expected))
    found = evaluate(client, folder, questions)
    assert [(each.rank, each.first) for each in found] == [
        (1, "titan.md"),
        (2, "bread.md"),
        (None, "bread.md"),
    ]
    assert report(found) == (
        "3 questions\n"
        "hit rate at 1: 0.33\n"
        "hit rate at 3: 0.67\n"
        "hit rate at 5: 0.67\n"
        "MRR: 0.500\n\n"
        "        2  titan.md, behind bread.md: What is bread made of?\n"
        "not found  elsewhere.md, behind bread.md: What is bread made of?"
    )


def test_the_figures_follow_their_definitions() -> None:
    outcomes = [Outcome("?", "a", rank, "b") for rank in (1, 2, 4, None)]
    assert [hit_rate(outcomes, at) for at in (1, 3, 5)] == [0.25, 0.5, 0.75]
    assert mean_reciprocal_rank(outcomes) == (1 + 1 / 2 + 1 / 4) / 4
