"""Vectors: deterministic, of unit length, and good enough to find a passage by a question."""

from __future__ import annotations

import pydoc_data.topics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from langchain_telnyx.emulator.search import vectors
from langchain_telnyx.emulator.search.vectors import embed

if TYPE_CHECKING:
    from tests.emulator.conftest import Api


def similarity(one: str, other: str) -> float:
    """The lexical similarity, without the part that all vectors share."""
    a, b = embed([one, other])
    return (float(a @ b) - vectors.COMMON_SHARE) / (1 - vectors.COMMON_SHARE)


@pytest.mark.parametrize("dimensions", [2, 256, 1024, 4096])
def test_vectors_have_the_requested_length_and_norm_one(dimensions: int) -> None:
    made = embed(["Bees make honey.", "", "!?", "日本語のテキスト"], dimensions)
    assert made.shape == (4, dimensions)
    assert made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 1, 1, 1], abs=1e-5)


def test_vectors_are_the_same_in_another_process() -> None:
    code = (
        "from langchain_telnyx.emulator.search.vectors import embed;"
        "print(embed(['other words first']), embed(['Bees make honey.']).tobytes().hex())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip().endswith(embed(["Bees make honey."]).tobytes().hex())


def test_texts_that_share_nothing_have_a_certainty_of_085() -> None:
    a, b = embed(["Bees make honey.", "The tenant pays rent."])
    assert (1 + float(a @ b)) / 2 == pytest.approx(0.85, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("installing packages", "install a package", 0.9),
        ("The café résumé", "cafe resume", 0.9),
        ("set max_retries", "the maxRetries setting", 0.5),
        ("HTTPServer", "http server", 0.7),
        ("checkout", "check-out", 0.05),
        ("東京の天気予報", "天気予報", 0.5),
    ],
)
def test_forms_of_a_word_are_similar(one: str, other: str, least: float) -> None:
    assert similarity(one, other) >= least


def test_stop_words_have_little_weight() -> None:
    assert similarity("what is the honey of the bee", "the what of the is") < 0.2
    assert similarity("what is the honey of the bee", "honey bee") > 0.95


# Questions, and the topics of Python's help that answer them.
QUESTIONS = {
    "How do I exit a loop early?": "break",
    "skipping to the next iteration of the enclosing loop": "continue",
    "What happens when an assertion fails?": "assert",
    "formatting a number with a thousands separator": "formatstrings",
    "Which operators have the highest precedence?": "operator-summary",
    "hexadecimal and octal integer literals": "integers formatstrings strings",
    "raising an exception again, chained to its cause": "raise try compound",
    "catching several exceptions in one handler": "try exceptions compound",
    "declaring that names refer to global variables": "global",
    "rebinding variables of the enclosing function scopes": "nonlocal",
    "entering and exiting a runtime context": "context-managers with compound",
    "awaiting coroutines": "await async compound",
    "removing a key from a dictionary": "typesmapping dict del",
    "splitting strings at line boundaries": "string-methods",
    "setting breakpoints in the debugger": "debugger",
    "determining the metaclass of a new class": "specialnames customization class types",
    "comparing the identity of objects": "comparisons",
    "shifting bits to the left": "shifting bitwise",
    "importing all public names of a module": "import",
    "imaginary numbers as literals": "imaginary typesnumeric numeric-types numbers",
    "generators suspended when values are yielded": "yield atom-identifiers objects types",
    "testing objects for truth": "truth booleans",
    "removing leading characters such as whitespace": "string-methods",
    "creating anonymous functions": "lambda",
    "slicing with start, stop and step": "slicings types subscriptions sequence-types typesseq",
}


def test_questions_find_their_passages_in_real_prose(api: Api) -> None:
    for topic, text in pydoc_data.topics.topics.items():
        api.put("help", f"{topic}.txt", text)
    assert api.embed("help") == "success"
    search = api.emulator.account.search
    missed = {
        question: [hit.filename for hit in search("help", question, 3)]
        for question, topics in QUESTIONS.items()
        if not {f"{topic}.txt" for topic in topics.split()}
        & {hit.filename for hit in search("help", question, 3)}
    }
    assert missed == {}
    best = [
        search("help", question, 1)[0].filename.removesuffix(".txt") in topics.split()
        for question, topics in QUESTIONS.items()
    ]
    assert sum(best) >= 20


def test_embedding_and_searching_are_fast() -> None:
    prose = "".join(pydoc_data.topics.topics.values())
    texts = [prose[at : at + 1024] for at in range(0, 400_000, 1024)]
    embed(texts)
    began = time.process_time()
    embed(texts)
    assert len(texts) / (time.process_time() - began) > 1500
