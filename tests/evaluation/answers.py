"""Evaluate the answers of `langchain-telnyx ask`: right, honestly refused, or wrong.

The questions of `answers.json` concern five corpora that `corpora.py` builds from what a Debian
machine has; a third of them cannot be answered from their corpus. `--held-out` asks the questions
that were set aside: they are for a figure at the end of a change, not for a look at what failed.
With TELNYX_API_KEY set, it measures the real service; without it, the offline emulator.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import uuid
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from langchain_telnyx import ChatTelnyx, TelnyxRetriever, TelnyxVectorStore
from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL
from langchain_telnyx.cli.ask import PASSAGES
from langchain_telnyx.cli.chain import answer_chain
from langchain_telnyx.client import Telnyx
from tests.evaluation.corpora import CORPORA, MissingTextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

QUESTIONS = Path(__file__).with_name("answers.json")

Verdict = Literal["right", "refused", "wrong answer", "wrong refusal"]

_REFUSES = re.compile(
    r"\b(?:do|does|did) ?(?:not|n't) (?:contain|answer|mention|say|state|provide|specify)\b"
    r"|\bnot (?:mentioned |stated |contained |answered )?in (?:the|these) (?:given )?(?:documents|"
    r"passages)\b|\bno (?:answer|information|mention)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """A question about a corpus.

    Attributes:
        corpus: Its name.
        question: The question.
        answer: A pattern of a right answer; `None` where the corpus does not answer the question.
        held_out: Whether it is only asked at the end of a change.
    """

    corpus: str
    question: str
    answer: str | None
    held_out: bool = False


def questions(*, held_out: bool) -> list[Question]:
    """Return the questions that are held out, or the others."""
    every = [Question(**each) for each in json.loads(QUESTIONS.read_text())]
    return [each for each in every if each.held_out is held_out]


def judge(question: Question, answer: str) -> Verdict:
    """Judge an answer: a refusal is right where the corpus does not answer the question."""
    refuses = _REFUSES.search(" ".join(answer.split()).split("Sources:", 1)[0])
    if refuses and "[1]" not in answer and "[2]" not in answer:
        return "refused" if question.answer is None else "wrong refusal"
    text = " ".join(answer.split("\nSources:", 1)[0].split())
    is_right = question.answer is not None and re.search(question.answer, text, re.IGNORECASE)
    return "right" if is_right else "wrong answer"


def evaluate(
    client: Telnyx, asked: Sequence[Question], *, model: str
) -> Iterator[tuple[Question, str, Verdict]]:
    """Answer questions as the command does, each corpus in a bucket of its own.

    A corpus that the machine does not have is named, and its questions are left out.
    """
    for name, build in CORPORA.items():
        concerned = [each for each in asked if each.corpus == name]
        if not concerned:
            continue
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            try:
                build(folder)
            except MissingTextError as error:
                print(f"{name}: left out: {error}")
                continue
            store = TelnyxVectorStore(f"answers-{uuid.uuid4().hex}", client=client)
            try:
                store.add_files({file.name: file for file in sorted(folder.iterdir())})
                chain = answer_chain(
                    TelnyxRetriever(bucket=store.bucket, k=PASSAGES, rerank="bm25", client=client),
                    ChatTelnyx(model=model, client=client),
                )
                for each in concerned:
                    answer = chain.invoke(each.question)["answer"]
                    yield each, answer, judge(each, answer)
            finally:
                store.delete_bucket()


def report(judged: Sequence[tuple[Question, str, Verdict]]) -> str:
    """Return a table of the verdicts by corpus."""
    columns: tuple[Verdict, ...] = ("right", "refused", "wrong answer", "wrong refusal")
    lines = [f"{'':12}" + "".join(f"{column:>15}" for column in (*columns, "questions"))]
    for name in [*dict.fromkeys(question.corpus for question, _, _ in judged), "all"]:
        counts = Counter(
            verdict for question, _, verdict in judged if name in {question.corpus, "all"}
        )
        row = [*(counts[column] for column in columns), counts.total()]
        lines.append(f"{name:12}" + "".join(f"{figure:>15}" for figure in row))
    return "\n".join(lines)


def main() -> None:
    """Evaluate, and print the verdicts."""
    parser = argparse.ArgumentParser(description="Judge the answers to questions about documents.")
    parser.add_argument("--held-out", action="store_true", help="the questions set aside")
    parser.add_argument("--show", action="store_true", help="print the answers, too")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    if "TELNYX_API_KEY" in os.environ:
        emulator = None
    else:
        from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - an extra

        emulator = TelnyxEmulator(sockets=False)
    judged = []
    with emulator or nullcontext():
        client = Telnyx(**(emulator.options() if emulator else {}))
        asked = questions(held_out=options.held_out)
        for question, answer, verdict in evaluate(client, asked, model=options.model):
            judged.append((question, answer, verdict))
            if options.show:
                print(f"{verdict.upper()}: {question.corpus}: {question.question}\n{answer}\n")
    print(f"On {'the emulator' if emulator else 'Telnyx'}:\n{report(judged)}")


if __name__ == "__main__":
    main()
