"""An item of a store as the bytes of one value in key-value storage: JSON, for others to read.

```json
{"value": {…}, "created_at": "…", "updated_at": "…", "ttl": 1.5, "vectors": ["…"]}
```

`ttl` is in minutes, as LangGraph has it; `vectors` are base64 of 32-bit floats, little-endian. Both
are there only where they apply.
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
LONGEST_LIFE = 9_223_372_036
"""Seconds after which a value can be made to expire, at most."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item.

    Attributes:
        address: Where it is.
        value: What it holds.
        created_at: When it was first written.
        updated_at: When it was last written.
        ttl: Minutes after which it is gone; `None` for never.
        vectors: What it is found by, a vector for each text in it.
    """

    address: Address
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    ttl: float | None = None
    vectors: Sequence[Sequence[float]] = ()

    @property
    def seconds(self) -> int | None:
        """Seconds after which it is gone: whole ones, and one at least."""
        return None if self.ttl is None else max(1, math.ceil(self.ttl * 60))

    def since(self, created_at: datetime) -> "StoredItem":
        """Return the item as one that was first written before."""
        return replace(self, created_at=created_at)

    def found_by(self, vectors: Sequence[Sequence[float]]) -> "StoredItem":
        """Return the item with what it is to be found by."""
        return replace(self, vectors=vectors)

    def written(self) -> bytes:
        """Return the item's bytes.

        Raises:
            ValueTooLargeError: They are more than the API takes.
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
                f"key-value storage takes {LARGEST_VALUE:,}: split it, or keep it in a bucket."
            )
        return content


def checked_value(address: Address, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value as it will come back.

    Raises:
        ValueError: It does not survive JSON exactly.
    """
    held = dict(value)
    try:
        survives = _same(loads(_json(held)), held)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"The value of {address.key!r} in {address.namespace!r} cannot be kept: {error}. Use "
            f"strings, numbers, booleans, None, lists and dicts."
        ) from error
    if not survives:
        raise ValueError(
            f"The value of {address.key!r} in {address.namespace!r} would come back changed: use "
            f"lists for tuples, and strings for the keys of dicts."
        )
    return held


def checked_ttl(ttl: float | None) -> float | None:
    """Return a time to live, in minutes.

    Raises:
        ValueError: It is not positive, or longer than the API takes.
    """
    if ttl is not None and not 0 < ttl * 60 <= LONGEST_LIFE:
        raise ValueError(
            f"A time to live of {ttl!r} minutes cannot be kept: it is more than 0 and at most "
            f"{LONGEST_LIFE // 60:,}."
        )
    return ttl


def read_item(address: Address, content: bytes) -> StoredItem | None:
    """Return the item in a value; `None` for a value that another program wrote."""
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
        raise ValueError("a time without an offset from UTC, which cannot be compared with others")
    return moment


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode(errors="surrogatepass")  # as `json.loads` reads it


def _same(one: object, other: object) -> bool:
    """Tell whether two values are equal in type too: to Python 1, 1.0 and True are equal."""
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
