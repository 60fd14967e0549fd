"""From an answer to vectors, in the order of the texts, whichever form they came in."""

import binascii
import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any

from langchain_telnyx.client.call import Body, Reply
from langchain_telnyx.client.errors import APIResponseError, DimensionError

Vector = list[float]


def read(body: Body, count: int) -> list[Vector]:
    """Return the vectors of an answer.

    Args:
        body: The answer.
        count: How many texts were sent.

    Raises:
        APIResponseError: There is not one vector for each text.
    """
    rows = body.get("data") or ()
    if len(rows) != count:
        raise APIResponseError(
            f"{count} texts were sent to be embedded, but {len(rows)} vectors came back.",
            reply_of(body),
        )
    try:
        vectors = [_floats(row["embedding"]) for row in _in_order(rows)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise APIResponseError(
            f"The vectors that came back cannot be read: {error!r}.", reply_of(body)
        ) from body.redactor.error(error)
    if not all(vectors):
        raise APIResponseError("A vector that came back is empty.", reply_of(body))
    return vectors


@dataclass(frozen=True, slots=True)
class Length:
    """How long the vectors of a model must be: as asked for, else as those before.

    Attributes:
        asked: What was asked for.
        seen: Which model to the length of its vectors so far.
        model: The model, and what else its vectors' length depends on.
    """

    asked: int | None
    seen: dict[tuple[str, ...], int]
    model: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether vectors of that length have come."""
        return self.model in self.seen

    def check(self, vectors: Sequence[Vector], body: Body) -> None:
        """Compare the vectors of an answer with each other, and with those before.

        Raises:
            DimensionError: They are of different lengths.
        """
        lengths = {*map(len, vectors)}
        if len(lengths) > 1:
            raise DimensionError(
                f"The vectors of one answer have different lengths: {sorted(lengths)}.",
                reply_of(body),
            )
        [length] = lengths
        if self.asked not in {None, length}:
            raise DimensionError(
                f"Vectors of {self.asked} dimensions were asked for, but {length} came: this model "
                f"cannot shorten them. Leave `dimensions` out.",
                reply_of(body),
            )
        # One statement, so that of two threads one decides.
        before = self.seen.setdefault(self.model, length)
        if length != before:
            raise DimensionError(
                f"Vectors of {length} dimensions came, but those before have {before}: the model "
                f"was replaced. Embed everything anew, with a new `TelnyxEmbeddings`.",
                reply_of(body),
            )


def in_base64(body: Body) -> bool:
    """Return whether the vectors of an answer that could be read came as base64."""
    return isinstance(body["data"][0]["embedding"], str)


def mean(vectors: Sequence[Vector], weights: Sequence[int]) -> Vector:
    """Return the weighted mean of vectors, of length 1."""
    columns = zip(*vectors, strict=True)
    sums: Vector = [sum(map(mul, column, weights)) for column in columns]
    norm = math.hypot(*sums)
    return [value / norm for value in sums] if norm else sums


def reply_of(body: Body) -> Reply:
    """Return the reply that a body came in, shortened, for an error to carry."""
    content = repr(dict(body))[:300].encode()
    return Reply(200, dict(body.headers), content, redactor=body.redactor)


def _in_order(rows: Sequence[Any]) -> Sequence[Any]:
    places = [row.get("index") for row in rows]
    if places == [*range(len(rows))] or places == [None] * len(rows):
        return rows
    if sorted(places) != [*range(len(rows))]:
        raise ValueError(f"the indexes of {len(rows)} vectors are {places}")
    return sorted(rows, key=lambda row: row["index"])


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
