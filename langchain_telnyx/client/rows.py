"""Lists of the API whose odd rows cost nothing but themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of a list that could not be read.

    Attributes:
        position: Its place in the server's answer, from 0.
        raw: What the server wrote. Not shown when printed.
        reason: Why it could not be read, by field.
    """

    position: int
    raw: Any = field(repr=False)
    reason: str = ""


class Rows(list[T]):
    """A list as any other, which also has the rows that could not be read.

    Args:
        rows: The rows that were read, in the server's order.
        unreadable: Those that were not.

    Attributes:
        unreadable: The rows that could not be read, with their positions.
    """

    def __init__(self, rows: Iterable[T] = (), unreadable: Sequence[UnreadableRow] = ()) -> None:
        super().__init__(rows)
        self.unreadable = list(unreadable)

    @property
    def given(self) -> int:
        """How many rows the server gave, read or not."""
        return len(self) + len(self.unreadable)
