"""Scripted items that wait for their requests."""

from dataclasses import KW_ONLY, dataclass, field
from typing import Generic, TypeVar

from langchain_telnyx.emulator.serving.script_matching import Matcher, RequestView

T = TypeVar("T")


_MAX_CALL = 80


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A scripted item that a request did not use.

    Attributes:
        script: The call that scripted it.
        reasons: Why it does not match.
    """

    script: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What a request gets from the script.

    Attributes:
        item: The item; None if none matches.
        script: The call that scripted it.
        near_misses: The earlier items, which do not match; those for another path are left out.
    """

    item: T | None
    script: str | None
    near_misses: tuple[NearMiss, ...]


@dataclass(slots=True, eq=False)
class Pending(Generic[T]):
    """A scripted item.

    Attributes:
        item: The reply or the fault.
        call: The call that scripted it, without its matchers, for error messages.
        matcher: The requests it is for.
        path: Text that the path of requests must contain.
        left: How many more requests use it.
        optional: Whether it may stay unused.
        used: Whether a request used it.
    """

    item: T
    call: str
    _: KW_ONLY
    matcher: Matcher = field(default_factory=Matcher)
    path: str | None = None
    left: int = 1
    optional: bool = False
    used: bool = False

    @property
    def label(self) -> str:
        """The call that scripted it, with its matchers."""
        call = self.call if len(self.call) <= _MAX_CALL else f"{self.call[: _MAX_CALL - 2]}…)"
        limits = [f"path={self.path!r}"] if self.path is not None else []
        limits += [str(self.matcher)] if self.matcher else []
        separator = "" if not limits or call.endswith("()") else ", "
        return f"{call[:-1]}{separator}{', '.join(limits)})"

    def matches_path(self, path: str) -> bool:
        """Return whether it is for requests to a path."""
        return self.path is None or self.path in path


class ScriptedQueue(Generic[T]):
    """Scripted items in the order in which they were scripted."""

    def __init__(self) -> None:
        self._pending: list[Pending[T]] = []

    def add(self, pending: Pending[T]) -> None:
        """Append an item."""
        self._pending.append(pending)

    def clear(self) -> None:
        """Delete all items."""
        self._pending.clear()

    def take(self, request: RequestView | None = None, *, path: str = "") -> Taken[T]:
        """Return the first item for a request, and count it as used.

        Args:
            request: The request, if its body is read.
            path: Its path.

        Raises:
            MatcherError: The function of a matcher raised.
        """
        missed: list[NearMiss] = []
        # A copy, as a matcher is a function of a test and may call the script itself.
        for pending in tuple(self._pending):
            if not pending.matches_path(path):
                continue
            if reasons := pending.matcher.mismatches(request):
                missed.append(NearMiss(pending.label, tuple(reasons)))
                continue
            pending.used = True
            pending.left -= 1
            if pending.left == 0:
                self._pending.remove(pending)
            return Taken(pending.item, pending.label, tuple(missed))
        return Taken(None, None, tuple(missed))

    def pending(self) -> list[Pending[T]]:
        """Return the items that requests can use, in order."""
        return list(self._pending)

    def needs_body(self, path: str) -> bool:
        """Return whether an item depends on the body of a request to a path."""
        return any(pending.matcher and pending.matches_path(path) for pending in self._pending)

    def unused(self) -> list[str]:
        """Return the labels of the unused items that are not optional."""
        return [
            pending.label for pending in self._pending if not pending.used and not pending.optional
        ]
