"""What was scripted and waits for its request."""

from dataclasses import KW_ONLY, dataclass, field
from typing import Generic, TypeVar

from langchain_telnyx.emulator.serving.script_matching import Matcher, RequestView

T = TypeVar("T")


_LONGEST = 80


@dataclass(slots=True, eq=False)
class Pending(Generic[T]):
    """One thing that was scripted.

    Attributes:
        what: The answer or the fault.
        call: The call that scripted it, without its matchers, for messages.
        matcher: Which requests it is for.
        path: Only requests whose path contains this text.
        left: How many requests it still waits for.
        optional: Whether no request need come.
        used: Whether one has come.
    """

    what: T
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
        call = self.call if len(self.call) <= _LONGEST else f"{self.call[: _LONGEST - 2]}…)"
        limits = [f"path={self.path!r}"] if self.path is not None else []
        limits += [str(self.matcher)] if self.matcher else []
        separator = "" if not limits or call.endswith("()") else ", "
        return f"{call[:-1]}{separator}{', '.join(limits)})"

    def is_at(self, path: str) -> bool:
        """Whether it is for requests to a path, as far as that goes."""
        return self.path is None or self.path in path


class Queue(Generic[T]):
    """Scripted things, the first that was scripted first."""

    def __init__(self) -> None:
        self._pending: list[Pending[T]] = []

    def add(self, pending: Pending[T]) -> None:
        """Put one at the end."""
        self._pending.append(pending)

    def clear(self) -> None:
        """Forget them all."""
        self._pending.clear()

    def take(self, request: RequestView | None = None, *, path: str = "") -> T | None:
        """Return the first that is for a request, and count it as used.

        Args:
            request: The request; None when nothing is known of it.
            path: Its path.

        Raises:
            MatcherError: The function of a matcher raised.
        """
        # Of a copy: a matcher is a test's own function, and may script something itself.
        for pending in tuple(self._pending):
            if pending.is_at(path) and pending.matcher.matches(request):
                pending.used = True
                pending.left -= 1
                if pending.left == 0:
                    self._pending.remove(pending)
                return pending.what
        return None

    def needs_body(self, path: str) -> bool:
        """Whether one of them depends on the body of a request to a path."""
        return any(pending.matcher and pending.is_at(path) for pending in self._pending)

    def unused(self) -> list[str]:
        """Return the labels of those that no request came for, though one had to."""
        return [
            pending.label for pending in self._pending if not pending.used and not pending.optional
        ]
