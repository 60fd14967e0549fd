"""Check the length of vectors: the requested length, else that of earlier vectors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_telnyx.client.call import ResponseBody
from langchain_telnyx.client.errors import DimensionError
from langchain_telnyx.embeddings.vectors import InvalidVector, Vector, reply_of


@dataclass(frozen=True, slots=True)
class Length:
    """Checks the length of the vectors of a model.

    Attributes:
        requested: The requested length.
        seen: Model to the length of its earlier vectors.
        model: The model, with everything else that determines the length.
    """

    requested: int | None
    seen: dict[tuple[str, ...], int]
    model: tuple[str, ...]

    def checked(
        self, found: Sequence[Vector | InvalidVector], body: ResponseBody
    ) -> list[Vector | InvalidVector]:
        """Return the vectors of a response; replace each of a wrong length by an `InvalidVector`.

        Args:
            found: The vectors of the response.
            body: The response body.
        """
        lengths = Counter(len(one) for one in found if not isinstance(one, InvalidVector))
        if not lengths:
            return [*found]
        expected = self._expected(lengths)
        if len(lengths) == 1 and expected in lengths:
            return [*found]
        reply = reply_of(body)
        return [
            one
            if isinstance(one, InvalidVector) or len(one) == expected
            else InvalidVector(self._reason(len(one), expected, lengths), reply, DimensionError)
            for one in found
        ]

    def _expected(self, lengths: Counter[int]) -> int | None:
        """Return the length that vectors must have; `None` where it is unknown."""
        if self.requested is not None:
            return self.requested
        [(most, times)] = lengths.most_common(1)
        if self.model not in self.seen and 2 * times <= lengths.total():
            return None
        # One statement, so that it is atomic among threads.
        return self.seen.setdefault(self.model, most)

    def _reason(self, length: int, expected: int | None, lengths: Counter[int]) -> str:
        if expected is None or expected in lengths:
            return f"the vectors of one response have different lengths: {sorted(lengths)}"
        if self.requested == expected:
            return (
                f"{expected} dimensions were requested, but the vectors have {length}: this model "
                f"cannot shorten them; omit `dimensions`"
            )
        return (
            f"the vectors have {length} dimensions, but earlier ones have {expected}: the model "
            f"was replaced; embed everything again, with a new `TelnyxEmbeddings`"
        )
