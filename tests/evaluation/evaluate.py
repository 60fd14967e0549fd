"""Evaluate retrieval: a folder of texts, and questions whose right document is known.

`evaluate.py` uses the corpus in this folder: it uploads the files to a bucket, waits for the
embedding, and searches with `TelnyxRetriever`. `evaluate.py FOLDER QUESTIONS.json` uses other
texts.
With TELNYX_API_KEY set, it measures the real service; without it, the offline emulator.
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_telnyx import TelnyxRetriever, TelnyxVectorStore
from langchain_telnyx.client import Telnyx

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "jargon"
QUESTIONS = HERE / "questions.json"

# Several passages may be of one document: enough of them for five documents.
_PASSAGES = 30
_WIDTH = 8


@dataclass(frozen=True)
class Outcome:
    """The outcome of a question: the rank of its document.

    Attributes:
        question: The question.
        document: The file that answers it.
        rank: Its rank among the documents found, 1 for the first; `None` where it was not found.
        first: The first document found.
    """

    question: str
    document: str
    rank: int | None
    first: str | None


def evaluate(client: Telnyx, folder: Path, questions: Path) -> list[Outcome]:
    """Upload a folder to a new bucket, search for the questions, and delete the bucket.

    Args:
        client: The client.
        folder: The folder with the documents.
        questions: A JSON list of objects with `question` and `document`, the name of a file.
    """
    expected = json.loads(questions.read_text())
    store = TelnyxVectorStore(f"evaluation-{uuid.uuid4().hex}", client=client)
    try:
        store.add_files({path.name: path for path in sorted(folder.iterdir())})
        retriever = TelnyxRetriever(bucket=store.bucket, k=_PASSAGES, client=client)
        found = retriever.batch(
            [each["question"] for each in expected], {"max_concurrency": _WIDTH}
        )
    finally:
        store.delete_bucket()
    ranked = [
        list(dict.fromkeys(passage.metadata["source"] for passage in passages))
        for passages in found
    ]
    return [
        Outcome(
            each["question"],
            each["document"],
            names.index(each["document"]) + 1 if each["document"] in names else None,
            names[0] if names else None,
        )
        for each, names in zip(expected, ranked, strict=True)
    ]


def hit_rate(outcomes: Sequence[Outcome], at: int) -> float:
    """Return the share of questions whose document is among the first `at`."""
    return sum(each.rank is not None and each.rank <= at for each in outcomes) / len(outcomes)


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    """Return the mean of 1 / rank, where a document that was not found counts 0."""
    return sum(1 / each.rank for each in outcomes if each.rank is not None) / len(outcomes)


def report(outcomes: Sequence[Outcome]) -> str:
    """Return the figures, and the questions whose document was not the first."""
    lines = [f"{len(outcomes)} questions"]
    lines += [f"hit rate at {at}: {hit_rate(outcomes, at):.2f}" for at in (1, 3, 5)]
    lines += [f"MRR: {mean_reciprocal_rank(outcomes):.3f}", ""]
    lines += [
        f"{each.rank or 'not found':>9}  {each.document}, behind {each.first}: {each.question}"
        for each in outcomes
        if each.rank != 1
    ]
    return "\n".join(lines)


def main() -> None:
    """Evaluate the files of the command line, and print the figures."""
    parser = argparse.ArgumentParser(description="Run questions whose right document is known.")
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS)
    options = parser.parse_args()
    if "TELNYX_API_KEY" in os.environ:
        backend, emulator = "Telnyx", None
    else:
        from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - an extra

        backend, emulator = "the emulator", TelnyxEmulator(sockets=False)
    with emulator or nullcontext():
        client = Telnyx(**(emulator.options() if emulator else {}))
        print(f"On {backend}:", report(evaluate(client, options.folder, options.questions)))


if __name__ == "__main__":
    main()
