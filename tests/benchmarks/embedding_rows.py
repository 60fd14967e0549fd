"""The rows of embeddings: many texts at once, as in filling a vector store."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from embedding_responses import DIMENSIONS, KINDS, vector
from rows import Work, row

if TYPE_CHECKING:
    from contenders import Subject

TEXTS = 5_000
# A typical passage of about 1,000 characters.
_PASSAGE = (
    "The harbour was built when the herring came every spring, and its three long piers still "
    "carry the rails on which the barrels were rolled to the ships. "
) * 7


def _texts() -> list[str]:
    return [f"Passage {number}. {_PASSAGE}" for number in range(TEXTS)]


def _work(vectors: list[list[float]]) -> Work:
    # Batches of all contenders begin at a multiple of `KINDS`.
    pairs = zip(vectors, cycle(_RIGHT))
    right = sum(len(mine) == DIMENSIONS and mine[0] == first for mine, first in pairs)
    return Work(right, str(vectors[-1][-1]))


_RIGHT = [vector(index)[0] for index in range(KINDS)]
_EXPECTED = Work(TEXTS, str(vector(TEXTS - 1)[-1]))


@row(unit="text", work=_EXPECTED, must={"cpu": 0.65, "rss": 1.2}, of="embeddings")
def embed_documents(subject: Subject) -> Work:
    """5,000 passages, in each contender's default batches."""
    return _work(subject.embeddings.embed_documents(_texts()))


@row(unit="text", work=_EXPECTED, must={"cpu": 0.65, "rss": 1.2}, of="embeddings")
async def aembed_documents(subject: Subject) -> Work:
    """The async version."""
    return _work(await subject.embeddings.aembed_documents(_texts()))
