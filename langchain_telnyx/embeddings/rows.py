"""Match the rows of a response to texts.

Rows have the index of their text. A server may omit the indexes, rows may be missing, and an index
may be wrong. A vector must never be assigned to another text: if a row cannot be matched with
certainty, the texts concerned get none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]


def rows_of_texts(rows: object, count: int) -> Sequence[Row | str]:
    """Return the row of each text, or the reason why it has none.

    Args:
        rows: The `data` of the response.
        count: The number of texts sent.
    """
    given = rows if isinstance(rows, list) else []
    indexes = [_index(row) for row in given]
    if len(given) == count and indexes == [*range(count)]:
        return given
    counted = f"{count} texts were sent to be embedded, but {len(given)} vectors were returned"
    if len(given) == count and _in_order(indexes):
        return [row if isinstance(row, dict) else "the vector cannot be read" for row in given]
    missing = f"the indexes of {count} vectors are {_shown(indexes)}"
    if len(given) != count:
        missing = counted
    if len(given) > count and any(index not in range(count) for index in indexes):
        # The server may have returned several vectors for one text, which shifts all later rows.
        return [counted] * count
    times = Counter(indexes)
    shifted = _shifted(indexes, count)
    found: list[Row | str] = [missing] * count
    for place, (index, row) in enumerate(zip(indexes, given, strict=True)):
        if index is None or index not in range(count) or times[index] > 1:
            continue
        if not shifted or index == place:
            found[index] = row
    return found


def _index(row: object) -> int | None:
    """Return the index of a row: `None` where it is missing, -1 where it is not a number."""
    index = row.get("index") if isinstance(row, dict) else None
    if index is None:
        return None
    if isinstance(index, str) and index.isdecimal():
        return int(index)
    if isinstance(index, int | float) and not isinstance(index, bool) and index == index // 1:
        return int(index)
    return -1


def _in_order(indexes: Sequence[int | None]) -> bool:
    """Return whether the rows that have indexes are in the order of the texts."""
    return all(index in {None, place} for place, index in enumerate(indexes))


def _shifted(indexes: Sequence[int | None], count: int) -> bool:
    """Return whether rows may be numbered from 1, or across requests, instead of from 0."""
    numbers = sorted(index for index in indexes if index is not None)
    if not numbers or numbers[0] < 1 or numbers[-1] < count:
        return False
    return numbers == [*range(numbers[0], numbers[0] + len(numbers))]


def _shown(indexes: Sequence[int | None]) -> str:
    shown = ", ".join(map(str, indexes[:8]))
    return f"[{shown}, …]" if len(indexes) > 8 else f"[{shown}]"  # noqa: PLR2004 - enough for an error message
