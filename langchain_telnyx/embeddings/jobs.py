"""One call of `embed_documents` as a flow: embed each distinct text once, in concurrent batches.

A text that is too long, by estimate or for the server, is replaced by parts, which may be split
again. Its vector is made of the vectors of its final parts. A batch that is refused because of one
text is split and sent again, until that text is alone and all others are embedded.
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
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.embeddings.batch_splitting import BatchSplitter, is_length_refusal, is_refusal
from langchain_telnyx.embeddings.dimensions import Length
from langchain_telnyx.embeddings.encodings import Create, request_vectors
from langchain_telnyx.embeddings.lengths import (
    OnLongText,
    parts_of,
    start_of,
    tokens,
    tokens_or_more,
    too_long,
)
from langchain_telnyx.embeddings.validation import explained, find_invalid
from langchain_telnyx.embeddings.vectors import InvalidVector, Vector, defect_of, mean

# Errors that apply to every other batch too.
_FATAL = (AuthenticationError, ConfigurationError, NotFoundError, PermissionDeniedError)
# A refused text is shortened by this factor.
_SHORTER = 0.75
# Texts of fewer tokens are not refused because of their length.
_SHORTEST = 16
# A text that every model accepts.
_HARMLESS = "text"


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """How to embed texts.

    Attributes:
        create: Describes a request.
        model: The model.
        capabilities: The capabilities of the server's models.
        on_long_text: What to do with a text longer than `limit`.
        limit: The most tokens of a text; `None` where unknown.
        batch_size: The most texts of a request.
        batch_tokens: The most tokens of a request, by estimate.
        width: The most concurrent requests.
        length: Checks the length of vectors.
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
    """The texts of one call, with their vectors and errors so far.

    Args:
        texts: The texts.
        options: How to embed them.

    Attributes:
        texts: The texts.
        options: How to embed them.
        invalid: Position to the reason why a text cannot be sent.
        vectors: Text, or part of a text, to vector.
        failed: Text, or part, to the error of its request or to its invalid vector.
        too_long: The texts and parts that the server refused because of their length.
        token_counts: The tokens of each request, counted by the server.
    """

    def __init__(self, texts: Sequence[Any], options: EmbedOptions) -> None:
        self.texts = texts
        self.options = options
        self.invalid = find_invalid(texts)
        self.vectors: dict[str, Vector] = {}
        self.failed: dict[str, TelnyxError | InvalidVector] = {}
        self.too_long: set[str] = set()
        self.token_counts: list[int] = []
        self._parts: dict[str, list[str]] = {}
        self._tokens: dict[str, int] = {}
        self._splitter = BatchSplitter(options.limit)
        self._fatal_error: TelnyxError | None = None

    def run(self) -> Flow[None]:
        """Embed the texts; store vectors in `vectors` and errors in `failed`.

        Raises:
            TextTooLongError: A text is too long by estimate, and `on_long_text` is `"error"`;
                nothing is sent.
        """
        self._measure()
        batches = list(self._batches())
        total = sum(map(len, batches))
        with progress("Embedding", total, show=self.options.show_progress) as bar:
            yield from concurrently(
                [partial(self._embed, batch) for batch in batches],
                width=self.options.width,
                on_each=lambda: bar.to(min(total, len(self.vectors) + len(self.failed))),
            )

    def failed_part(self, text: str) -> str | None:
        """Return the failed part of a text, or the text itself; `None` where it did not fail."""
        if (
            part := next((part for part in self.parts(text) if part in self.failed), None)
        ) is not None:
            return part
        if text in self._parts and (defect := defect_of(self.vector(text))):
            self.failed[text] = InvalidVector(
                f"{defect}: the mean of its parts", Reply(200, {}, b"")
            )
            return text
        return text if text in self.failed else None

    def parts(self, text: str) -> list[str]:
        """Return the embedded parts of a text, or the text itself where it was not split."""
        if text not in self._parts:
            return [text]
        return [leaf for part in self._parts[text] for leaf in self.parts(part)]

    def vector(self, text: str) -> Vector:
        """Return the vector of a text."""
        parts = self.parts(text)
        vectors = [self.vectors[part] for part in parts]
        return vectors[0] if len(parts) == 1 else mean(vectors, [*map(tokens, parts)])

    def _measure(self) -> None:
        options = self.options
        # Below this number of tokens, an upper bound is enough.
        few = min(options.batch_tokens // options.batch_size, options.limit or options.batch_tokens)
        long: set[str] = set()
        for position, text in enumerate(self.texts):
            if position not in self.invalid and text not in self._tokens:
                self._tokens[text] = count = tokens_or_more(text, few)
                if options.limit is not None and count > options.limit:
                    long.add(text)
        if long and options.limit is not None:
            if options.on_long_text == "error":
                counts = {
                    position: tokens(text)
                    for position, text in enumerate(self.texts)
                    if position not in self.invalid and text in long
                }
                also = explained("Others cannot be embedded", self.invalid) if self.invalid else ""
                raise too_long(counts, options.model, options.limit, also=also)
            for text in long:
                self._split(text, options.limit)

    def _split(self, text: str, limit: int) -> list[str]:
        if self.options.on_long_text == "average":
            parts = [part for part in parts_of(text, limit) if part.strip()]
        else:
            # A beginning of only spaces does not represent the text.
            start = start_of(text, limit)
            parts = [start if start.strip() else start_of(text.lstrip(), limit)]
        self._parts[text] = parts
        for part in parts:
            self._tokens.setdefault(part, tokens(part))
        return parts

    def _batches(self) -> Iterator[list[str]]:
        batch: list[str] = []
        batch_tokens = 0
        for text, count in self._tokens.items():
            if text in self._parts:
                continue
            full = (
                len(batch) == self.options.batch_size
                or batch_tokens + count > self.options.batch_tokens
            )
            if batch and full:
                yield batch
                batch, batch_tokens = [], 0
            batch.append(text)
            batch_tokens += count
        if batch:
            yield batch

    def _embed(self, batch: Sequence[str]) -> Flow[None]:
        queue = [batch]
        while queue:
            texts = queue.pop()
            if self._fatal_error is not None:
                self.failed.update(dict.fromkeys(texts, self._fatal_error))
                continue
            try:
                results = yield from self._request(texts)
            except TelnyxError as error:
                queue += yield from self._handle_error(error, texts)
            else:
                self._splitter.note_success(texts)
                for text, vector in zip(texts, results, strict=True):
                    if isinstance(vector, InvalidVector):
                        self.failed[text] = vector
                    else:
                        self.vectors[text] = vector

    def _request(self, texts: Sequence[str]) -> Flow[list[Vector | InvalidVector]]:
        options = self.options
        vectors, token_count = yield from request_vectors(
            options.create, texts, options.model, options.capabilities, options.length
        )
        self.token_counts.append(token_count)
        return vectors

    def _handle_error(self, error: TelnyxError, texts: Sequence[str]) -> Flow[list[Sequence[str]]]:
        """Record an error, or return the batches to send again, the last first."""
        if isinstance(error, _FATAL):
            self._fatal_error = error
        if is_refusal(error):
            if len(texts) == 1:
                return self._shorten(texts[0], error)
            if is_length_refusal(error) or (yield from self._form_is_accepted(error)):
                few = self.options.on_long_text == "error"
                batches, given_up = self._splitter.split(error, texts, few=few)
                self.failed.update(dict.fromkeys(given_up, error))
                return batches
        self.failed.update(dict.fromkeys(texts, error))
        return []

    def _form_is_accepted(self, error: TelnyxError) -> Flow[bool]:
        """Return whether the server accepts another text, so that the texts are the reason."""
        if not self.token_counts:
            try:
                yield from self._request([_HARMLESS])
            except TelnyxError as other:
                if is_refusal(other):
                    self._fatal_error = error
                return False
        return True

    def _shorten(self, text: str, error: TelnyxError) -> list[Sequence[str]]:
        shorter = int(tokens(text) * _SHORTER)
        if not self._splitter.is_about_length(error, [text]):
            self.failed[text] = error
        elif self.options.on_long_text == "error" or shorter < _SHORTEST:
            self.failed[text] = error
            self.too_long.add(text)
            self._splitter.note_too_long(text)
        elif parts := [part for part in self._split(text, shorter) if part not in self.vectors]:
            return [parts]
        return []
