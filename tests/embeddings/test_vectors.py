"""Vectors are read from base64 exactly, or refused."""

import base64
import binascii
import math
import string
import struct
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.embeddings.vectors import InvalidVector, read

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
# Characters of base64, and others that a damaged response may have.
CHARACTERS = f'{string.ascii_letters}{string.digits}+/=-_\\"\n é!'


def of_response(embedding: Any) -> list[float] | InvalidVector:
    body = ResponseBody({"data": [{"index": 0, "embedding": embedding}]}, {})
    return read(body, 1)[0]


def strictly_decoded(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text.translate(str.maketrans("-_", "+/")), strict_mode=True)
    except ValueError:
        return None


@given(st.lists(FLOATS, min_size=1, max_size=20).filter(any))
def test_a_vector_is_read_as_it_was_sent(numbers: list[float]) -> None:
    data = struct.pack(f"<{len(numbers)}f", *numbers)
    assert of_response(base64.b64encode(data).decode()) == numbers
    assert of_response(base64.urlsafe_b64encode(data).decode()) == numbers
    assert of_response(numbers) == numbers


@given(st.text(CHARACTERS, max_size=24))
@example("AACAPw==")
@example("AACAPw")
@example("AACAPw=")
@example("AAC\\u0041")
@example("AACA\nPw==")
def test_a_damaged_vector_is_refused(text: str) -> None:
    data = strictly_decoded(text)
    found = of_response(text)
    if data is None or len(data) % 4 or not data:
        assert isinstance(found, InvalidVector)
        return
    numbers = [*struct.unpack(f"<{len(data) // 4}f", data)]
    usable = all(map(math.isfinite, numbers)) and any(numbers)
    assert found == numbers if usable else isinstance(found, InvalidVector)
