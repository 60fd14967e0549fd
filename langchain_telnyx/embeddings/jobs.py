"""One call of `embed_documents` as a flow: each distinct text once, in batches, side by side.

A text that is too long, as estimated or as the server finds, is replaced by its cuts, which may be
cut again. What a text gets in the end are the vectors of its last cuts. A batch that is refused for
one of its texts is sent again in parts, until that text is alone and all others are embedded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.client.call import Flow, Reply
from langchain_telnyx.client.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    TelnyxError,
)
from langchain_telnyx.client.flows import together
from langchain_telnyx.embeddings.dimensions import Length
from langchain_telnyx.embeddings.encodings import Create, ask
from langchain_telnyx.embeddings.invalid_texts import Refusals, is_refusal, speaks_of_length
from langchain_telnyx.embeddings.lengths import (
    OnLongText,
    parts_of,
    start_of,
    tokens,
    tokens_or_more,
    too_long,
)
from langchain_telnyx.embeddings.texts import explained, unfit
from langchain_telnyx.embeddings.vectors import Flaw, Vector, defect_of, mean

# What will befall every other batch too.
_HOPELESS = (AuthenticationError, ConfigurationError, NotFoundError, PermissionDeniedError)
# A text that is refused is cut to this part of its length.
_SHORTER = 0.75
# Below this, length is not what a server objects to.
_SHORTEST = 16
# What no model refuses.
_HARMLESS = "text"


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """How texts are to be embedded.

    Attributes:
        create: Describes a request.
        model: The model.
        capabilities: The capabilities of the server's models.
        on_long_text: What to do with a text longer than `limit`.
        limit: The most tokens of a text; `None` where that is not known.
        batch_size: The most texts of a request.
        batch_tokens: The most tokens of a request, by estimate.
        width: Requests at a time.
        length: How long vectors must be.
        show_progress: Whether to show a progress bar.
    """

    create: Create
    model: str
    capabilities: CapabilityCache
    on_long_text: OnLongText
    limit: int | None
    batch_size: int
    batch_tokens: int
    width: int
    length: Length
    show_progress: bool


class EmbedJob:
    """What is known of the texts of one call, while it is under way.

    Args:
        texts: The texts.
        rules: How to embed them.

    Attributes:
        texts: The texts.
        rules: How to embed them.
        unfit: Position to what is wrong with a text that cannot be sent.
        found: Text, or cut of a text, to vector.
        failed: Text, or cut, to the error of its request, or to what is wrong with its vector.
        refused: Those whose error is about their length.
        counted: What the server counted, of each request in tokens.
    """

    def __init__(self, texts: Sequence[Any], rules: EmbedOptions) -> None:
        self.texts = texts
        self.rules = rules
        self.unfit = unfit(texts)
        self.found: dict[str, Vector] = {}
        self.failed: dict[str, TelnyxError | Flaw] = {}
        self.refused: set[str] = set()
        self.counted: list[int] = []
        self._cuts: dict[str, list[str]] = {}
        self._tokens: dict[str, int] = {}
        self._refusals = Refusals(rules.limit)
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

    def broken(self, text: str) -> str | None:
        """Return what failed of a text, if anything did: itself, or a cut of it."""
        if (cut := next((cut for cut in self.cuts(text) if cut in self.failed), None)) is not None:
            return cut
        if text in self._cuts and (defect := defect_of(self.vector(text))):
            self.failed[text] = Flaw(f"{defect}: the mean of its parts", Reply(200, {}, b""))
            return text
        return text if text in self.failed else None

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
        for position, text in enumerate(self.texts):
            if position not in self.unfit and text not in self._tokens:
                self._tokens[text] = count = tokens_or_more(text, few)
                if rules.limit is not None and count > rules.limit:
                    long.add(text)
        if long and rules.limit is not None:
            if rules.on_long_text == "error":
                counts = {
                    at: tokens(text)
                    for at, text in enumerate(self.texts)
                    if at not in self.unfit and text in long
                }
                also = explained("Others cannot be embedded", self.unfit) if self.unfit else ""
                raise too_long(counts, rules.model, rules.limit, also=also)
            for text in long:
                self._cut(text, rules.limit)

    def _cut(self, text: str, limit: int) -> list[str]:
        if self.rules.on_long_text == "average":
            cuts = [part for part in parts_of(text, limit) if part.strip()]
        else:
            # A beginning of nothing but space says nothing of the text.
            start = start_of(text, limit)
            cuts = [start if start.strip() else start_of(text.lstrip(), limit)]
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
        left = [batch]
        while left:
            part = left.pop()
            if self._hopeless is not None:
                self.failed.update(dict.fromkeys(part, self._hopeless))
                continue
            try:
                found = yield from self._ask(part)
            except TelnyxError as error:
                left += yield from self._after(error, part)
            else:
                self._refusals.answered(part)
                for text, one in zip(part, found, strict=True):
                    if isinstance(one, Flaw):
                        self.failed[text] = one
                    else:
                        self.found[text] = one

    def _ask(self, texts: Sequence[str]) -> Flow[list[Vector | Flaw]]:
        rules = self.rules
        found, counted = yield from ask(
            rules.create, texts, rules.model, rules.capabilities, rules.length
        )
        self.counted.append(counted)
        return found

    def _after(self, error: TelnyxError, part: Sequence[str]) -> Flow[list[Sequence[str]]]:
        """Note an error, or return what to send after it: the last first."""
        if isinstance(error, _HOPELESS):
            self._hopeless = error
        if is_refusal(error):
            if len(part) == 1:
                return self._shortened(part[0], error)
            if speaks_of_length(error) or (yield from self._takes_anything(error)):
                few = self.rules.on_long_text == "error"
                parts, given_up = self._refusals.parts(error, part, few=few)
                self.failed.update(dict.fromkeys(given_up, error))
                return parts
        self.failed.update(dict.fromkeys(part, error))
        return []

    def _takes_anything(self, error: TelnyxError) -> Flow[bool]:
        """Return whether a refusal may be one of texts: the server takes a request of this form."""
        if not self.counted:
            try:
                yield from self._ask([_HARMLESS])
            except TelnyxError as other:
                if is_refusal(other):
                    self._hopeless = error
                return False
        return True

    def _shortened(self, text: str, error: TelnyxError) -> list[Sequence[str]]:
        shorter = int(tokens(text) * _SHORTER)
        if not self._refusals.is_about_length(error, [text]):
            self.failed[text] = error
        elif self.rules.on_long_text == "error" or shorter < _SHORTEST:
            self.failed[text] = error
            self.refused.add(text)
            self._refusals.too_long(text)
        elif cuts := [cut for cut in self._cut(text, shorter) if cut not in self.found]:
            return [cuts]
        return []
