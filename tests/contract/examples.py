"""What an example of an operation is: a method of the client, and arguments that really work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from existing import Account


class Arguments(NamedTuple):
    """What a method is called with."""

    positional: tuple[Any, ...]
    named: dict[str, Any]


SetUp: TypeAlias = Callable[[Account], Arguments]


@dataclass(frozen=True)
class Example:
    """One call of one operation.

    Attributes:
        operation: The operation's id, or its endpoint (`GET /ai/…`) where the slice lacks it.
        method: The client's method, such as `conversations.list`.
        set_up: Makes what must exist, and returns the method's arguments.
        case: What is particular about it, where there are several of one operation.
    """

    operation: str
    method: str
    set_up: SetUp
    case: str = ""

    def __str__(self) -> str:
        return f"{self.method}, {self.case}" if self.case else self.method


def asked(*positional: Any, **named: Any) -> SetUp:
    """Ask with these arguments; nothing needs to exist."""
    return lambda _: Arguments(positional, named)


def of(make: Callable[[Account], str | tuple[str, ...]], *positional: Any, **named: Any) -> SetUp:
    """Ask of something that is made first: its name, or names, go before the other arguments."""

    def set_up(account: Account) -> Arguments:
        made = make(account)
        names = (made,) if isinstance(made, str) else made
        return Arguments((*names, *positional), named)

    return set_up


def after(make: Callable[[Account], object], *positional: Any, **named: Any) -> SetUp:
    """Ask with these arguments, when something was made."""

    def set_up(account: Account) -> Arguments:
        make(account)
        return Arguments(positional, named)

    return set_up
