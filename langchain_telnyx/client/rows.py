"""Lists of the API in which an invalid row does not affect the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of a list that could not be read.

    Attributes:
        position: Its position in the server's response, from 0.
        raw: The raw value. Not shown when printed.
        reason: Why it could not be read, by field.
    """

    position: int
    raw: Any = field(repr=False)
    reason: str = ""


class Rows(list[T]):
    """A list that also has the rows that could not be read.

    Args:
        rows: The rows that were read, in the server's order.
        unreadable: The rows that were not.

    Attributes:
        unreadable: The rows that could not be read, with their positions.
    """

    def __init__(self, rows: Iterable[T] = (), unreadable: Sequence[UnreadableRow] = ()) -> None:
        super().__init__(rows)
        self.unreadable = list(unreadable)

    @property
    def given(self) -> int:
        """The number of rows in the response, readable or not."""
        return len(self) + len(self.unreadable)
