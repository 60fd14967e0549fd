"""Encode an item of a store as one JSON value in key-value storage, and decode it.

```json
{"value": {…}, "created_at": "…", "updated_at": "…", "ttl": 1.5, "vectors": ["…"]}
```

`ttl` is in minutes, as in LangGraph; `vectors` are base64 of 32-bit floats, little-endian. Both are
optional.
"""

import base64
import json
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from langchain_telnyx.client.errors import ValueTooLargeError
from langchain_telnyx.client.json_reading import loads
from langchain_telnyx.store.names import Address, name_of

LARGEST_VALUE = 1024 * 1024
LONGEST_TTL = 9_223_372_036
"""The longest time to live of a value, in seconds."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item.

    Attributes:
        address: The namespace and key.
        value: The value.
        created_at: When it was first written.
        updated_at: When it was last written.
        ttl: Minutes until it expires; `None` for never.
        vectors: One vector for each of its embedded texts.
    """

    address: Address
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    ttl: float | None = None
    vectors: Sequence[Sequence[float]] = ()

    @property
    def seconds(self) -> int | None:
        """Whole seconds until it expires, at least one."""
        return None if self.ttl is None else max(1, math.ceil(self.ttl * 60))

    def with_created_at(self, created_at: datetime) -> "StoredItem":
        """Return the item with the time of its first write."""
        return replace(self, created_at=created_at)

    def with_vectors(self, vectors: Sequence[Sequence[float]]) -> "StoredItem":
        """Return the item with vectors."""
        return replace(self, vectors=vectors)

    def encode(self) -> bytes:
        """Encode the item as JSON.

        Raises:
            ValueTooLargeError: The JSON is larger than the API allows.
        """
        fields: dict[str, Any] = {
            "value": self.value,
            "created_at": self.created_at.isoformat(timespec="microseconds"),
            "updated_at": self.updated_at.isoformat(timespec="microseconds"),
        }
        if self.ttl is not None:
            fields["ttl"] = self.ttl
        if self.vectors:
            fields["vectors"] = [_packed(vector) for vector in self.vectors]
        content = _json(fields)
        if len(content) > LARGEST_VALUE:
            vectors = f", {len(self.vectors)} vectors among them" if self.vectors else ""
            raise ValueTooLargeError(
                f"The item {name_of(self.address)!r} needs {len(content):,} bytes{vectors}, but "
                f"key-value storage allows {LARGEST_VALUE:,}: split it, or store it in a bucket."
            )
        return content


def checked_value(address: Address, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value if JSON can represent it exactly.

    Raises:
        ValueError: JSON cannot represent the value exactly.
    """
    copied = dict(value)
    try:
        survives = _same(loads(_json(copied)), copied)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The value of {address.key!r} in {address.namespace!r} cannot be stored: {error}. Use "
            f"strings, numbers, booleans, None, lists and dicts."
        ) from error
    if not survives:
        raise ValueError(
            f"The value of {address.key!r} in {address.namespace!r} would change when it is "
            f"read: use lists for tuples, and strings for the keys of dicts."
        )
    return copied


def checked_ttl(ttl: float | None) -> float | None:
    """Return a time to live in minutes, if it is valid.

    Raises:
        ValueError: It is not positive, or longer than the API allows.
    """
    if ttl is not None and not 0 < ttl * 60 <= LONGEST_TTL:
        raise ValueError(
            f"A time to live must be more than 0 minutes, not {ttl!r}, and at most "
            f"{LONGEST_TTL // 60:,}."
        )
    return ttl


def read_item(address: Address, content: bytes) -> StoredItem | None:
    """Decode the item of a value; return `None` for a value that another program wrote."""
    try:
        fields = loads(content)
        return StoredItem(
            address,
            {**fields["value"]},
            _moment(fields["created_at"]),
            _moment(fields["updated_at"]),
            checked_ttl(fields.get("ttl")),
            [_unpacked(vector) for vector in fields.get("vectors", ())],
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError("a time without an offset from UTC does not compare with others")
    return moment


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode(errors="surrogatepass")  # as `json.loads` reads it


def _same(one: object, other: object) -> bool:
    """Return whether two values are equal, types included: in Python 1, 1.0 and True are equal."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
        case _:
            return type(one) is type(other) and one == other


def _packed(vector: Sequence[float]) -> str:
    return base64.b64encode(_little(array("f", vector)).tobytes()).decode()


def _unpacked(packed: str) -> list[float]:
    numbers = array("f")
    numbers.frombytes(base64.b64decode(packed, validate=True))
    return _little(numbers).tolist()


def _little(numbers: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
