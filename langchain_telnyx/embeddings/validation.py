"""Validate texts before anything is sent."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.client.errors import InvalidTextError

# The number of positions in an error message.
_SHOWN = 5


def as_list(texts: Iterable[Any]) -> list[Any]:
    """Return the texts of a list, a generator, or another iterable, as a list.

    Raises:
        TypeError: It is one text, or not an ordered iterable.
    """
    if isinstance(texts, str):
        raise TypeError("A list of texts is expected, not one text: write `[text]`.")
    if isinstance(texts, Document):
        raise TypeError("A list of texts is expected, not a Document: write `[page_content]`.")
    if isinstance(texts, bytes | bytearray | memoryview | Mapping) or not isinstance(
        texts, Iterable
    ):
        raise TypeError(f"A list of texts is expected, not {_kind(texts)}.")
    return list(texts)


def find_invalid(texts: Sequence[Any]) -> dict[int, str]:
    """Return the reasons why texts cannot be embedded, by position."""
    found = ((position, _defect(text)) for position, text in enumerate(texts))
    return {position: defect for position, defect in found if defect}


def invalid_text_error(defects: Mapping[int, str]) -> InvalidTextError:
    """Return the error for texts that cannot be embedded.

    Args:
        defects: Position to reason.
    """
    return InvalidTextError(
        f"{explained('Texts cannot be embedded', defects)} These texts are not sent.", [*defects]
    )


def explained(what: str, reasons: Mapping[int, str]) -> str:
    """Return a sentence with each reason and its positions."""
    ordered = sorted(reasons, key=lambda position: (reasons[position], position))
    groups = [(reason, [*at]) for reason, at in groupby(ordered, key=lambda at: reasons[at])]
    groups.sort(key=lambda group: group[1][0])
    clauses = [f"{positions_text(at)}: {reason}" for reason, at in groups]
    if len(clauses) > _SHOWN:
        clauses[_SHOWN:] = [f"{len(clauses) - _SHOWN} more reasons"]
    return f"{what}: {'; '.join(clauses)}."


def positions_text(positions: Sequence[int]) -> str:
    """Return positions in words; of many, only the first ones."""
    shown = ", ".join(map(str, positions[:_SHOWN]))
    if len(positions) > _SHOWN:
        return f"at positions {shown} and {len(positions) - _SHOWN} more"
    return f"at position {shown}" if len(positions) == 1 else f"at positions {shown}"


def _defect(text: Any) -> str | None:
    if not isinstance(text, str):
        hint = "; embed its `page_content`" if isinstance(text, Document) else ""
        return f"it is {_kind(text)}, not text{hint}"
    if not text or text.isspace():
        return "it is blank" if text else "it is empty"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            half = f"U+{ord(text[error.start]):04X}"
            return f"it has half of a surrogate pair, {half}, at character {error.start}"
    return None


def _kind(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
