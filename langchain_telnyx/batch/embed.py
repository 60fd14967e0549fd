"""`Embed`: a vector for the text of each row."""

import base64
import sys
from array import array
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from os import PathLike
from typing import Any

from langchain_telnyx._shared.manifest import Entry, digest, manifest_key
from langchain_telnyx.batch.models import CHARACTERS_PER_TOKEN
from langchain_telnyx.batch.rows import ColumnType, Row, name_of, text_in
from langchain_telnyx.batch.stage import RateLimiter, Result, RowEstimate, Stage
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import (
    AuthenticationError,
    ConfigurationError,
    PartialEmbeddingsError,
    TelnyxError,
)
from langchain_telnyx.client.flows import run_external
from langchain_telnyx.embeddings import TelnyxEmbeddings
from langchain_telnyx.embeddings.lengths import tokens as count_tokens


class Embed(Stage):
    """Embeds texts: the column `text` to `embedding`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/batch.md

    Args:
        column: The column with the text.
        embeddings: The embedding model; its `chunk_size` is the number of texts of a request.
            Default: `TelnyxEmbeddings()`.
        output_column: The column of the vectors.
        price_per_million_tokens: USD, for costs and estimates: see your price list. Costs are by
            an estimate of the tokens.
        manifest: See `Stage`. A vector of 1024 numbers takes 5.5 kB. Equal texts are embedded
            once, also by several processes with the same manifest.
        max_concurrency: Number of requests at a time, in this process.
        rate_limiter: See `Stage`.

    Example:
        ```python
        from langchain_telnyx.batch import Embed

        embed = Embed(manifest="vectors.jsonl")
        batch = embed({"text": ["Titan is a moon of Saturn."]})
        print(len(batch["embedding"][0]))
        ```
    """

    columns: Mapping[str, ColumnType]

    def __init__(
        self,
        *,
        column: str = "text",
        embeddings: TelnyxEmbeddings | None = None,
        output_column: str = "embedding",
        price_per_million_tokens: float | None = None,
        manifest: str | PathLike[str] | None = None,
        max_concurrency: int = 8,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        super().__init__(
            manifest=manifest, max_concurrency=max_concurrency, rate_limiter=rate_limiter
        )
        self._column = column
        self._embeddings = embeddings or TelnyxEmbeddings()
        self._output = output_column
        self._unit_size = self._embeddings.chunk_size  # type: ignore[misc]  # of this instance
        self._price = (
            None
            if price_per_million_tokens is None
            else Decimal(str(price_per_million_tokens)) / 1_000_000
        )
        self.columns = {output_column: "vector"}

    def check(self) -> None:
        """Check that there is a key; see `Stage.check`."""
        self._embeddings.telnyx.config.key()

    def estimated(self, row: Row, tokens: int | None) -> RowEstimate:
        """Return what a vector is expected to cost, with 4 characters a token."""
        text = row.get(self._column)
        known = len(text) // CHARACTERS_PER_TOKEN + 1 if isinstance(text, str) else tokens or 0
        return RowEstimate(None if self._price is None else self._price * known, tokens)

    def _results(self, rows: Sequence[Row]) -> Flow[Sequence[Result]]:
        results: dict[int, Result] = {}
        texts: dict[int, str] = {}
        for at, row in enumerate(rows):
            try:
                texts[at] = text_in(row, self._column)
            except (TypeError, ValueError) as error:
                results[at] = Result(error=error)
        keys = {at: self._key(text) for at, text in texts.items()}

        def request(missing_keys: Sequence[str]) -> Flow[list[Entry]]:
            chosen = set(missing_keys)
            missing = [at for at, key in keys.items() if key in chosen]
            unsaved = [texts[at] for at in missing]
            try:
                found = yield from self._paid(partial(self._embed, unsaved))
            except (AuthenticationError, ConfigurationError):
                raise
            except (TelnyxError, OSError, ValueError) as error:
                found = [error] * len(missing)
            entries: list[Entry] = []
            for at, vector in zip(missing, found, strict=True):
                if isinstance(vector, Exception):
                    results[at] = Result(error=vector)
                else:
                    results[at] = self._result(texts[at], vector)
                    entries.append((keys[at], name_of(rows[at]), encoded(vector)))
            return entries

        saved = yield from self._saved_or_requested(list(keys.values()), request)
        for at, key in keys.items():
            if at not in results:
                results[at] = self._result(texts[at], decoded(saved[key]))
        return [results[at] for at in range(len(rows))]

    def _embed(self, texts: list[str]) -> Flow[list[Any]]:
        """Return the vector, or the error, of each text."""
        embeddings = self._embeddings
        try:
            vectors: list[Any] = yield from run_external(
                partial(embeddings.embed_documents, texts),
                partial(embeddings.aembed_documents, texts),
            )
        except PartialEmbeddingsError as error:
            failed = {int(at): each for at, each in error.failed.items()}
            vectors = [error.vectors.get(at, failed.get(at)) for at in range(len(texts))]
        for text, vector in zip(texts, vectors, strict=True):
            if not isinstance(vector, Exception):
                self._spend(self._cost(text), {self._column: text})
        return vectors

    def _result(self, text: str, vector: list[float]) -> Result:
        return Result({self._output: vector}, self._cost(text))

    def _cost(self, text: str) -> Decimal | None:
        return None if self._price is None else self._price * count_tokens(text)

    def _key(self, text: str) -> str:
        model = self._embeddings
        options = {
            "embed": model.model,
            "dimensions": model.dimensions,
            "on_long_text": model.on_long_text,
            "fields": model.model_kwargs,
        }
        return manifest_key(digest(text.encode("utf-8", "surrogatepass")), options)


def encoded(vector: Sequence[float]) -> dict[str, str]:
    """Return a vector for a manifest, exactly: in single precision if that is enough."""
    for kind in ("f", "d"):
        try:
            numbers = array(kind, vector)
        except OverflowError:  # too large for single precision
            continue
        if kind == "d" or numbers.tolist() == list(vector):
            break
    if sys.byteorder == "big":
        numbers.byteswap()
    return {"type": numbers.typecode, "vector": base64.b64encode(numbers.tobytes()).decode()}


def decoded(answer: Mapping[str, str]) -> list[float]:
    """Return the vector of `encoded`."""
    numbers: array[float] = array(answer["type"], base64.b64decode(answer["vector"]))
    if sys.byteorder == "big":
        numbers.byteswap()
    return list(numbers)
