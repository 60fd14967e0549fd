"""How long the vectors of a model must be: as asked for, else as those before, else alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.errors import DimensionError
from langchain_telnyx.embeddings.vectors import Flaw, Vector, reply_of


@dataclass(frozen=True, slots=True)
class Length:
    """How long the vectors of a model must be.

    Attributes:
        asked: What was asked for.
        seen: Which model to the length of its vectors so far.
        model: The model, and what else its vectors' length depends on.
    """

    asked: int | None
    seen: dict[tuple[str, ...], int]
    model: tuple[str, ...]

    def checked(self, found: Sequence[Vector | Flaw], body: ResponseBody) -> list[Vector | Flaw]:
        """Return the vectors of an answer, with a flaw in the place of each of a wrong length.

        Args:
            found: What was read of the answer.
            body: The answer.
        """
        lengths = Counter(len(one) for one in found if not isinstance(one, Flaw))
        if not lengths:
            return [*found]
        expected = self._expected(lengths)
        if len(lengths) == 1 and expected in lengths:
            return [*found]
        reply = reply_of(body)
        return [
            one
            if isinstance(one, Flaw) or len(one) == expected
            else Flaw(self._reason(len(one), expected, lengths), reply, DimensionError)
            for one in found
        ]

    def _expected(self, lengths: Counter[int]) -> int | None:
        """Return the length that vectors must have; `None` where it cannot be told."""
        if self.asked is not None:
            return self.asked
        [(most, times)] = lengths.most_common(1)
        if self.model not in self.seen and 2 * times <= lengths.total():
            return None
        # One statement, so that of two threads one decides.
        return self.seen.setdefault(self.model, most)

    def _reason(self, length: int, expected: int | None, lengths: Counter[int]) -> str:
        if expected is None or expected in lengths:
            return f"the vectors of one answer have different lengths: {sorted(lengths)}"
        if self.asked == expected:
            return (
                f"vectors of {expected} dimensions were asked for, but {length} came: this model "
                f"cannot shorten them; leave `dimensions` out"
            )
        return (
            f"vectors of {length} dimensions came, but those before have {expected}: the model "
            f"was replaced; embed everything anew, with a new `TelnyxEmbeddings`"
        )
