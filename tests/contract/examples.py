"""Examples of operations: a method of the client, and valid arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from prerequisites import Account


class Arguments(NamedTuple):
    """The arguments of a method."""

    positional: tuple[Any, ...]
    named: dict[str, Any]


SetUp: TypeAlias = Callable[[Account], Arguments]


@dataclass(frozen=True)
class Example:
    """One call of one operation.

    Attributes:
        operation: The operation's id, or its endpoint (`GET /ai/…`) where the schema lacks it.
        method: The client's method, such as `conversations.list`.
        set_up: Creates prerequisites, and returns the method's arguments.
        case: A label, if an operation has several examples.
    """

    operation: str
    method: str
    set_up: SetUp
    case: str = ""

    def __str__(self) -> str:
        return f"{self.method}, {self.case}" if self.case else self.method


def arguments(*positional: Any, **named: Any) -> SetUp:
    """Return a set-up without prerequisites."""
    return lambda _: Arguments(positional, named)


def with_created(
    make: Callable[[Account], str | tuple[str, ...]], *positional: Any, **named: Any
) -> SetUp:
    """Return a set-up that creates a prerequisite and passes its name, or names, first."""

    def set_up(account: Account) -> Arguments:
        made = make(account)
        names = (made,) if isinstance(made, str) else made
        return Arguments((*names, *positional), named)

    return set_up


def after_creating(make: Callable[[Account], object], *positional: Any, **named: Any) -> SetUp:
    """Return a set-up that creates a prerequisite and does not pass it."""

    def set_up(account: Account) -> Arguments:
        make(account)
        return Arguments(positional, named)

    return set_up
