"""Which row of an answer belongs to which text.

Rows carry the index of their text. A server may leave the indexes out, rows may be missing, and an
index may be wrong. A vector must never go to another text's place: where it cannot be told whose a
row is, the texts concerned get none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]


def rows_of_texts(rows: object, count: int) -> Sequence[Row | str]:
    """Return for each text its row, or why it has none.

    Args:
        rows: What the answer holds as its rows.
        count: How many texts were sent.
    """
    given = rows if isinstance(rows, list) else []
    indexes = [_index(row) for row in given]
    if len(given) == count and indexes == [*range(count)]:
        return given
    counted = f"{count} texts were sent to be embedded, but {len(given)} vectors came back"
    if len(given) == count and _by_place(indexes):
        return [row if isinstance(row, dict) else "the vector cannot be read" for row in given]
    missing = f"the indexes of {count} vectors are {_shown(indexes)}"
    if len(given) != count:
        missing = counted
    if len(given) > count and any(index not in range(count) for index in indexes):
        # The server may have made several vectors of one text: all behind it are moved.
        return [counted] * count
    times = Counter(indexes)
    moved = _moved(indexes, count)
    found: list[Row | str] = [missing] * count
    for place, (index, row) in enumerate(zip(indexes, given, strict=True)):
        if index is None or index not in range(count) or times[index] > 1:
            continue
        if not moved or index == place:
            found[index] = row
    return found


def _index(row: object) -> int | None:
    """Return the index of a row: `None` where it has none, -1 where it is no number."""
    index = row.get("index") if isinstance(row, dict) else None
    if index is None:
        return None
    if isinstance(index, str) and index.isdecimal():
        return int(index)
    if isinstance(index, int | float) and not isinstance(index, bool) and index == index // 1:
        return int(index)
    return -1


def _by_place(indexes: Sequence[int | None]) -> bool:
    """Return whether rows stand in the order of the texts, as far as they have indexes."""
    return all(index in {None, place} for place, index in enumerate(indexes))


def _moved(indexes: Sequence[int | None], count: int) -> bool:
    """Return whether rows may be numbered from 1, or across requests, rather than from 0."""
    numbers = sorted(index for index in indexes if index is not None)
    if not numbers or numbers[0] < 1 or numbers[-1] < count:
        return False
    return numbers == [*range(numbers[0], numbers[0] + len(numbers))]


def _shown(indexes: Sequence[int | None]) -> str:
    shown = ", ".join(map(str, indexes[:8]))
    return f"[{shown}, …]" if len(indexes) > 8 else f"[{shown}]"  # noqa: PLR2004 - enough to see the kind
