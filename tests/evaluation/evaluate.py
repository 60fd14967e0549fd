"""Evaluate retrieval: texts, and questions whose right document is known.

`evaluate.py` uses the three corpora in this folder: it uploads the files to buckets, waits for the
embedding, searches in several ways (see `levers`), and prints a table. `evaluate.py FOLDER
QUESTIONS.json` uses other texts. `--held-out` asks the questions that were set aside: they are for
a figure at the end of a change, not for a look at what failed.
With TELNYX_API_KEY set, it measures the real service; without it, the offline emulator, and with
`--upstream URL` a real embedding model behind the emulator.
"""

from __future__ import annotations

import argparse
import json
import os
import uuid
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_text_splitters import RecursiveCharacterTextSplitter

from langchain_telnyx import TelnyxVectorStore
from langchain_telnyx.client import Telnyx
from tests.evaluation.levers import LEVERS, Question, own_vectors, whole_documents
from tests.evaluation.metrics import (
    Outcome,
    auroc,
    hit_rate,
    interval,
    mean_reciprocal_rank,
    ndcg,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
CORPORA = {name: HERE / name for name in ("jargon", "persuasion", "sqlite")}

FIGURES: Mapping[str, Callable[[Sequence[Outcome]], float]] = {
    "hit at 1": lambda outcomes: hit_rate(outcomes, 1),
    "at 3": lambda outcomes: hit_rate(outcomes, 3),
    "at 5": lambda outcomes: hit_rate(outcomes, 5),
    "MRR": mean_reciprocal_rank,
    "nDCG@10": ndcg,
}

# Characters of a chunk where the store splits: a paragraph or two.
_CHUNK = 700

# Rows that need no search of the service.
BM25_ROW = "BM25 over whole documents"
MODEL_ROW = "the vectors of the model behind --upstream"


def questions(file: Path, *, held_out: bool | None = None) -> list[Question]:
    """Read questions: those held out, the others, or all.

    Args:
        file: A JSON list of objects with `question` and `document`, the name of a file, several,
            or null; see `Question` for what else is possible.
        held_out: Whether to return the questions that are held out; `None` for all.
    """
    every = [Question.of(each) for each in json.loads(file.read_text())]
    return [each for each in every if held_out is None or each.held_out is held_out]


def corpus_questions(name: str, *, held_out: bool | None = None) -> list[Question]:
    """Read the questions of one of the corpora."""
    return questions(HERE / "questions" / f"{name}.json", held_out=held_out)


def evaluate(
    client: Telnyx,
    folder: Path,
    asked: Sequence[Question],
    rows: Sequence[str],
) -> dict[str, list[Outcome]]:
    """Upload a folder to new buckets, search in several ways, and delete the buckets.

    Args:
        client: The client.
        folder: The folder with the documents.
        asked: The questions.
        rows: The ways of searching: keys of `LEVERS`, `BM25_ROW` and `MODEL_ROW`.
    """
    found: dict[str, list[Outcome]] = {}
    splits = {row: row in LEVERS and LEVERS[row].splits for row in rows}
    for split in sorted(set(splits.values())):
        store = TelnyxVectorStore(
            f"evaluation-{uuid.uuid4().hex}",
            client=client,
            text_splitter=RecursiveCharacterTextSplitter(chunk_size=_CHUNK, chunk_overlap=0)
            if split
            else None,
        )
        try:
            _add(store, folder, split=split)
            for row in rows:
                if splits[row] is not split:
                    continue
                if row == BM25_ROW:
                    found[row] = whole_documents(folder, asked)
                elif row == MODEL_ROW:
                    found[row] = own_vectors(client, store, asked)
                else:
                    found[row] = LEVERS[row].search(client, store, asked)
        finally:
            store.delete_bucket()
    return {row: found[row] for row in rows}


def _add(store: TelnyxVectorStore, folder: Path, *, split: bool) -> None:
    files = {path.name: path for path in sorted(folder.iterdir())}
    if split:
        texts = [path.read_text() for path in files.values()]
        store.add_texts(texts, [{"source": name} for name in files], ids=[*files])
    else:
        store.add_files(files)


def report(found: Mapping[str, Sequence[Outcome]]) -> str:
    """Return a table of figures with their 95 % intervals, a row for each way of searching.

    Questions that the corpus does not answer only count in the last columns: how well the highest
    certainty and the score of the first passage distinguish them.
    """
    header = ["", "questions", *FIGURES, "AUROC, certainty", "AUROC, score"]
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    for row, outcomes in found.items():
        answered = [each for each in outcomes if each.relevant]
        if not answered:
            continue
        cells = [row, str(len(answered))]
        for figure in FIGURES.values():
            low, high = interval(answered, figure)
            cells.append(f"{figure(answered):.2f} ({low:.2f}-{high:.2f})")
        cells.append(_separation(outcomes, [each.certainty for each in outcomes]))
        cells.append(_separation(outcomes, [each.score for each in outcomes]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _separation(outcomes: Sequence[Outcome], values: Sequence[float | None]) -> str:
    pairs = [
        (outcome, value)
        for outcome, value in zip(outcomes, values, strict=True)
        if value is not None
    ]
    answerable = [value for outcome, value in pairs if outcome.relevant]
    others = [value for outcome, value in pairs if not outcome.relevant]
    return f"{auroc(answerable, others):.2f}" if answerable and others else "-"


def misses(outcomes: Sequence[Outcome]) -> str:
    """Return the questions whose document was not the first."""
    return "\n".join(
        f"{each.rank or 'not found':>9}  {', '.join(each.relevant)}, behind "
        f"{each.found[0] if each.found else 'nothing'}: {each.question}"
        for each in outcomes
        if each.relevant and each.rank != 1
    )


def price_note(corpora: Mapping[str, tuple[Path, Sequence[Question]]], rows: Sequence[str]) -> str:
    """Return what an evaluation uses of the service."""
    size = sum(path.stat().st_size for folder, _ in corpora.values() for path in folder.iterdir())
    copies = len({row in LEVERS and LEVERS[row].splits for row in rows})
    searches = embeddings = 0
    for _, asked in corpora.values():
        for lever in (LEVERS[row] for row in rows if row in LEVERS):
            concerned = [each for each in asked if each.queries or lever.queries is None]
            further = sum(len(each.queries) for each in concerned) if lever.queries else 0
            searches += len(concerned) + further
            embeddings += len(asked) * lever.embeds
    return (
        f"On Telnyx, this embeds {copies * len(corpora)} buckets with {copies * size:,} bytes, "
        f"makes {searches:,} searches, and embeds 100 passages {embeddings:,} times: each has its "
        f"price, see https://telnyx.com/pricing. `--rows` selects fewer."
    )


def main() -> None:
    """Evaluate, and print the figures."""
    parser = argparse.ArgumentParser(description="Run questions whose right document is known.")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("questions", nargs="?", type=Path)
    parser.add_argument("--held-out", action="store_true", help="the questions set aside")
    parser.add_argument("--show", action="store_true", help="print the misses, too")
    parser.add_argument(
        "--rows", nargs="+", metavar="ROW", help="the rows, or parts of their names"
    )
    parser.add_argument("--upstream", help="the URL of an OpenAI-compatible embedding server")
    options = parser.parse_args()
    if (options.folder is None) is not (options.questions is None):
        parser.error("a folder needs a file of questions")
    corpora = (
        {options.folder.name: (options.folder, questions(options.questions))}
        if options.folder
        else {
            name: (folder, corpus_questions(name, held_out=options.held_out))
            for name, folder in CORPORA.items()
        }
    )
    rows = [*LEVERS, BM25_ROW, *([MODEL_ROW] if options.upstream else [])]
    if options.rows:
        rows = [row for row in rows if any(part in row for part in options.rows)]
    if "TELNYX_API_KEY" in os.environ:
        emulator = None
        print(price_note(corpora, rows), flush=True)
    else:
        from langchain_telnyx.emulator import TelnyxEmulator  # noqa: PLC0415 - an extra

        emulator = TelnyxEmulator(sockets=False, upstream=options.upstream)
    every: dict[str, list[Outcome]] = {}
    with emulator or nullcontext():
        client = Telnyx(**(emulator.options() if emulator else {}))
        for name, (folder, asked) in corpora.items():
            found = evaluate(client, folder, asked, rows)
            print(f"\n{name}\n\n{report(found)}", flush=True)
            for row, outcomes in found.items():
                every.setdefault(row, []).extend(outcomes)
                if options.show:
                    print(f"\n{row}:\n{misses(outcomes)}")
    if len(corpora) > 1:
        print(f"\nall\n\n{report(every)}")


if __name__ == "__main__":
    main()
