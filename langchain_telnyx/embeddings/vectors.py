"""Read the vectors of a response, as base64 or numbers, in the order of the texts.

An invalid row fails only its text, if the rows of the other texts can be identified.
"""

import binascii
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, TypeAlias

from pydantic_core import CoreConfig, SchemaValidator, ValidationError, core_schema

from langchain_telnyx.client.call import Reply, ResponseBody
from langchain_telnyx.client.errors import APIResponseError
from langchain_telnyx.embeddings.rows import rows_of_texts
from langchain_telnyx.embeddings.validation import explained

Vector: TypeAlias = list[float]

_BASE64 = SchemaValidator(core_schema.bytes_schema(), CoreConfig(val_json_bytes="base64"))


@dataclass(frozen=True, slots=True)
class InvalidVector:
    """Why a text has no usable vector in a successful response.

    Attributes:
        reason: The reason.
        reply: The response, shortened.
        kind: The class of the error to raise.
    """

    reason: str
    reply: Reply
    kind: type[APIResponseError] = APIResponseError


def read(body: ResponseBody, count: int) -> list[Vector | InvalidVector]:
    """Return the vector of each text, or the reason why it has none.

    Args:
        body: The response body.
        count: The number of texts sent.
    """
    read: list[Vector | str] = [
        row if isinstance(row, str) else _vector(row)
        for row in rows_of_texts(body.get("data"), count)
    ]
    if not any(isinstance(one, str) for one in read):
        return [one for one in read if not isinstance(one, str)]
    reply = reply_of(body)
    return [InvalidVector(one, reply) if isinstance(one, str) else one for one in read]


def defect_of(vector: Vector) -> str | None:
    """Return why a vector is unusable for search; `None` for a usable one."""
    # The sum is finite where all are; it overflows where they are large.
    if not math.isfinite(sum(vector)) and not all(map(math.isfinite, vector)):
        what = "NaN" if any(map(math.isnan, vector)) else "an infinite value"
        return f"the vector holds {what}"
    if any(vector):
        return None
    return "the vector is all zeros" if vector else "the vector is empty"


def invalid_vector_error(invalid: Mapping[int, InvalidVector]) -> APIResponseError:
    """Return the error for texts without a usable vector.

    Args:
        invalid: Position to the invalid vector of its text.
    """
    kinds = {one.kind for one in invalid.values()}
    kind = kinds.pop() if len(kinds) == 1 else APIResponseError
    first = next(iter(invalid.values()))
    reasons = {position: one.reason for position, one in invalid.items()}
    return kind(explained("The response has no usable vector for texts", reasons), first.reply)


def in_base64(body: ResponseBody) -> bool | None:
    """Return whether a response has its vectors as base64; `None` where it has no vectors."""
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
    """Return the response of a body, shortened, for use in an error."""
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
        data = _decoded(embedding)
        if sys.byteorder == "big":
            swapped = array("f", data)
            swapped.byteswap()
            data = swapped.tobytes()
        numbers: Any = memoryview(data).cast("f")
        return numbers.tolist()  # type: ignore[no-any-return]  # of floats, by its format
    # An array accepts only numbers.
    return array("d", embedding).tolist()


def _decoded(text: str) -> bytes:
    """Decode base64, also of the alphabet for URLs.

    Raises:
        ValueError: It is damaged.
    """
    # pydantic's decoder takes a quarter of binascii's time. It reads JSON, where a backslash begins
    # an escape, and accepts text without padding, which may have been cut off.
    if "\\" not in text and len(text) % 4 == 0:
        try:
            data: bytes = _BASE64.validate_json(f'"{text}"')
        except ValidationError:
            pass
        else:
            return data
    return binascii.a2b_base64(text, strict_mode=True)  # raises its own error
