"""From an answer to vectors, in the order of the texts, whichever form they came in.

One odd row costs its text only, where the rows of the others can be told from it.
"""

import binascii
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, TypeAlias

from langchain_telnyx.client.call import Reply, ResponseBody
from langchain_telnyx.client.errors import APIResponseError
from langchain_telnyx.embeddings.rows import rows_of_texts
from langchain_telnyx.embeddings.texts import explained

Vector: TypeAlias = list[float]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a text has no vector, although the server answered.

    Attributes:
        reason: What is wrong.
        reply: The answer, shortened.
        kind: The class of the error for it.
    """

    reason: str
    reply: Reply
    kind: type[APIResponseError] = APIResponseError


def read(body: ResponseBody, count: int) -> list[Vector | Flaw]:
    """Return for each text the vector that an answer has for it, or why it has none to be used.

    Args:
        body: The answer.
        count: How many texts were sent.
    """
    read: list[Vector | str] = [
        row if isinstance(row, str) else _vector(row)
        for row in rows_of_texts(body.get("data"), count)
    ]
    if not any(isinstance(one, str) for one in read):
        return [one for one in read if not isinstance(one, str)]
    reply = reply_of(body)
    return [Flaw(one, reply) if isinstance(one, str) else one for one in read]


def defect_of(vector: Vector) -> str | None:
    """Return why no search can compare a vector, if so."""
    # The sum is finite where all are; it overflows where they are large.
    if not math.isfinite(sum(vector)) and not all(map(math.isfinite, vector)):
        what = "NaN" if any(map(math.isnan, vector)) else "an infinite value"
        return f"the vector holds {what}"
    if any(vector):
        return None
    return "the vector is all zeros" if vector else "the vector is empty"


def unusable(flaws: Mapping[int, Flaw]) -> APIResponseError:
    """Return the error for texts without a usable vector.

    Args:
        flaws: Position to what is wrong with the vector of the text there.
    """
    kinds = {flaw.kind for flaw in flaws.values()}
    kind = kinds.pop() if len(kinds) == 1 else APIResponseError
    first = next(iter(flaws.values()))
    reasons = {position: flaw.reason for position, flaw in flaws.items()}
    return kind(explained("No usable vector came for texts", reasons), first.reply)


def in_base64(body: ResponseBody) -> bool | None:
    """Return whether the vectors of an answer came as base64; `None` where none came."""
    rows = body.get("data")
    for row in rows if isinstance(rows, list) else ():
        embedding = row.get("embedding") if isinstance(row, dict) else None
        if isinstance(embedding, str | list):
            return isinstance(embedding, str)
    return None


def mean(vectors: Sequence[Vector], weights: Sequence[int]) -> Vector:
    """Return the weighted mean of vectors, of length 1."""
    columns = zip(*vectors, strict=True)
    sums: Vector = [sum(map(mul, column, weights)) for column in columns]
    norm = math.hypot(*sums)
    return [value / norm for value in sums] if norm else sums


def reply_of(body: ResponseBody) -> Reply:
    """Return the reply that a body came in, shortened, for an error to carry."""
    content = repr(dict(body))[:300].encode("utf-8", "replace")
    return Reply(200, dict(body.headers), content, redactor=body.redactor)


def _vector(row: Mapping[str, Any]) -> Vector | str:
    if row.get("embedding") is None:
        return "the vector is null" if "embedding" in row else "the vector is missing"
    try:
        vector = _floats(row["embedding"])
    except (TypeError, ValueError, OverflowError) as error:
        return f"the vector cannot be read: {error!r}"
    return defect_of(vector) or vector


def _floats(embedding: str | list[float]) -> Vector:
    if isinstance(embedding, str):
        numbers = array("f")
        numbers.frombytes(binascii.a2b_base64(embedding, strict_mode=True))
        if sys.byteorder == "big":
            numbers.byteswap()
    else:
        # Through an array, which takes nothing but numbers.
        numbers = array("d")
        numbers.extend(embedding)
    return numbers.tolist()
