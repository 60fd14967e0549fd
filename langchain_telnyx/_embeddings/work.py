"""One call of `embed_documents` as a flow: each distinct text once, in batches, side by side.

A text that is too long, as estimated or as the server finds, is replaced by its cuts, which may be
cut again. What a text gets in the end are the vectors of its last cuts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from langchain_telnyx._embeddings.encodings import Create, ask
from langchain_telnyx._embeddings.lengths import (
    OnLongText,
    parts_of,
    start_of,
    tokens,
    tokens_or_more,
    too_long,
)
from langchain_telnyx._embeddings.vectors import Length, Vector, mean
from langchain_telnyx._models.habits import Where
from langchain_telnyx._progress import progress
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import (
    APIStatusError,
    AuthenticationError,
    ConfigurationError,
    ContextOverflowError,
    NotFoundError,
    PermissionDeniedError,
    TelnyxError,
)
from langchain_telnyx.client.flows import together

# What will befall every other batch too.
_HOPELESS = (AuthenticationError, ConfigurationError, NotFoundError, PermissionDeniedError)
_TOO_LARGE = 413
_REFUSALS = {400, 422}
# A text that is refused is cut to this part of its length.
_SHORTER = 0.75
# Texts that a server refused as too long, after which no more of them are singled out.
_ENOUGH = 8
# Below this, length is not what a server objects to.
_SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Rules:
    """How texts are to be embedded.

    Attributes:
        create: Describes a request.
        where: The base URL and the model.
        on_long_text: What to do with a text longer than `limit`.
        limit: The most tokens of a text; `None` where that is not known.
        batch_size: The most texts of a request.
        batch_tokens: The most tokens of a request, by estimate.
        width: Requests at a time.
        length: How long vectors must be.
        show_progress: Whether to show a progress bar.
    """

    create: Create
    where: Where
    on_long_text: OnLongText
    limit: int | None
    batch_size: int
    batch_tokens: int
    width: int
    length: Length
    show_progress: bool


class Work:
    """What is known of the texts of one call, while it is under way.

    Args:
        texts: The texts.
        rules: How to embed them.

    Attributes:
        texts: The texts.
        rules: How to embed them.
        found: Text, or cut of a text, to vector.
        failed: Text, or cut, to error.
        refused: Those whose error is about their length.
        counted: What the server counted, of each request in tokens.
    """

    def __init__(self, texts: Sequence[str], rules: Rules) -> None:
        self.texts = list(texts)
        self.rules = rules
        self.found: dict[str, Vector] = {}
        self.failed: dict[str, TelnyxError] = {}
        self.refused: set[str] = set()
        self.counted: list[int] = []
        self._cuts: dict[str, list[str]] = {}
        self._tokens: dict[str, int] = {}
        self._hopeless: TelnyxError | None = None

    def run(self) -> Flow[None]:
        """Embed the texts, as far as that can be done.

        Raises:
            TextTooLongError: By estimate, and `on_long_text` is `"error"`; nothing was sent.
        """
        self._measure()
        batches = list(self._batches())
        total = sum(map(len, batches))
        with progress("Embedding", total, show=self.rules.show_progress) as bar:
            yield from together(
                [partial(self._embed, batch) for batch in batches],
                width=self.rules.width,
                on_each=lambda: bar.to(min(total, len(self.found) + len(self.failed))),
            )

    def cuts(self, text: str) -> list[str]:
        """Return what was embedded of a text: itself, where it was not too long."""
        if text not in self._cuts:
            return [text]
        return [last for cut in self._cuts[text] for last in self.cuts(cut)]

    def vector(self, text: str) -> Vector:
        """Return the vector of a text."""
        cuts = self.cuts(text)
        vectors = [self.found[cut] for cut in cuts]
        return vectors[0] if len(cuts) == 1 else mean(vectors, [*map(tokens, cuts)])

    def _measure(self) -> None:
        rules = self.rules
        # So few that it does not matter whether they are counted or only bounded.
        few = min(rules.batch_tokens // rules.batch_size, rules.limit or rules.batch_tokens)
        long: set[str] = set()
        for text in self.texts:
            if text not in self._tokens:
                self._tokens[text] = count = tokens_or_more(text, few)
                if rules.limit is not None and count > rules.limit:
                    long.add(text)
        if long and rules.limit is not None:
            if rules.on_long_text == "error":
                places = {at: tokens(text) for at, text in enumerate(self.texts) if text in long}
                raise too_long(places, rules.where[1], rules.limit)
            for text in long:
                self._cut(text, rules.limit)

    def _cut(self, text: str, limit: int) -> list[str]:
        averaged = self.rules.on_long_text == "average"
        cuts = parts_of(text, limit) if averaged else [start_of(text, limit)]
        self._cuts[text] = cuts
        for cut in cuts:
            self._tokens.setdefault(cut, tokens(cut))
        return cuts

    def _batches(self) -> Iterator[list[str]]:
        batch: list[str] = []
        held = 0
        for text, count in self._tokens.items():
            if text in self._cuts:
                continue
            full = len(batch) == self.rules.batch_size or held + count > self.rules.batch_tokens
            if batch and full:
                yield batch
                batch, held = [], 0
            batch.append(text)
            held += count
        if batch:
            yield batch

    def _embed(self, batch: Sequence[str]) -> Flow[None]:
        if self._hopeless is not None:
            self.failed.update(dict.fromkeys(batch, self._hopeless))
            return
        try:
            vectors, counted = yield from ask(
                self.rules.create, batch, self.rules.where, self.rules.length
            )
        except TelnyxError as error:
            yield from self._after(error, batch)
        else:
            self.counted.append(counted)
            self.found.update(zip(batch, vectors, strict=True))

    def _after(self, error: TelnyxError, batch: Sequence[str]) -> Flow[None]:
        """Do what can still be done for a batch that was refused, else note the error."""
        if isinstance(error, _HOPELESS):
            self._hopeless = error
        if not self._is_about_length(error, batch):
            self.failed.update(dict.fromkeys(batch, error))
        elif len(batch) > 1:
            # It is probably one of the longer ones; so the others are soon out of this.
            ordered = sorted(batch, key=tokens)
            half = len(ordered) // 2
            yield from self._embed(ordered[:half])
            if self.rules.length.proven or _speaks_of_length(error):
                yield from self._embed(ordered[half:])
            else:  # nothing was ever answered, so it is not the length
                self.failed.update(dict.fromkeys(ordered[half:], error))
        else:
            yield from self._shorten(batch[0], error)

    def _shorten(self, text: str, error: TelnyxError) -> Flow[None]:
        shorter = int(tokens(text) * _SHORTER)
        if self.rules.on_long_text == "error" or shorter < _SHORTEST:
            self.failed[text] = error
            self.refused.add(text)
            return
        if cuts := [cut for cut in self._cut(text, shorter) if cut not in self.found]:
            yield from self._embed(cuts)

    def _is_about_length(self, error: TelnyxError, batch: Sequence[str]) -> bool:
        if self.rules.on_long_text == "error" and len(self.refused) >= _ENOUGH:
            return False  # more of them are not worth the requests
        if _speaks_of_length(error):
            return True
        # Where the server does not say, length is likely if a text is anywhere near the limit.
        return (
            isinstance(error, APIStatusError)
            and error.status_code in _REFUSALS
            and self.rules.limit is not None
            and 2 * max(map(tokens, batch)) > self.rules.limit
        )


def _speaks_of_length(error: TelnyxError) -> bool:
    return isinstance(error, ContextOverflowError) or (
        isinstance(error, APIStatusError) and error.status_code == _TOO_LARGE
    )
