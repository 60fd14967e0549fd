"""What a call of `embed_documents` returns, or raises where not every text could be embedded."""

from collections.abc import Iterable

from langchain_telnyx._embeddings.lengths import tokens, too_long
from langchain_telnyx._embeddings.vectors import Vector
from langchain_telnyx._embeddings.work import Work
from langchain_telnyx._errors import as_model_error
from langchain_telnyx.client.errors import PartialEmbeddingsError, TelnyxError


def outcome(work: Work) -> list[Vector]:
    """Return the vectors of the texts, in their order; no two of them are one list.

    Raises:
        TelnyxError: No text could be embedded.
        PartialEmbeddingsError: Some could not.
    """
    if work.failed:
        raise _error(work)
    return [*_vectors(work, range(len(work.texts))).values()]


def _vectors(work: Work, positions: Iterable[int]) -> dict[int, Vector]:
    vectors: dict[int, Vector] = {}
    given: set[str] = set()
    for position in positions:
        text = work.texts[position]
        vector = work.vector(text)
        name = work.cuts(text)[0]
        vectors[position] = vector.copy() if name in given else vector
        given.add(name)
    return vectors


def _error(work: Work) -> TelnyxError:
    failed: dict[int, str] = {}
    for position, text in enumerate(work.texts):
        broken = next((cut for cut in work.cuts(text) if cut in work.failed), None)
        if broken is not None:
            failed[position] = broken
    vectors = _vectors(work, [at for at in range(len(work.texts)) if at not in failed])
    errors = {position: _error_of(work, {position: cut}) for position, cut in failed.items()}
    others = [position for position, cut in failed.items() if cut not in work.refused]
    first = errors[others[0]] if others else _error_of(work, failed)
    if not vectors:
        return first
    partial = PartialEmbeddingsError(
        f"{len(failed)} of {len(work.texts)} texts could not be embedded (`failed` tells which), "
        f"first for: {first} The vectors of the others are in `vectors`, by position.",
        [*map(str, vectors)],
        {str(position): error for position, error in errors.items()},
        vectors,
    )
    partial.__cause__ = first
    return partial


def _error_of(work: Work, failed: dict[int, str]) -> TelnyxError:
    """Return the error of texts that failed for one reason.

    Args:
        work: The call.
        failed: Position to the text, or the cut of it, that failed.
    """
    broken = next(iter(failed.values()))
    error = work.failed[broken]
    if broken not in work.refused:
        told = as_model_error(error)
        told.__cause__ = error.__cause__
        return told
    counts = {at: tokens(work.texts[at]) for at in failed}
    refusal = as_model_error(too_long(counts, work.rules.where[1], work.rules.limit, refused=True))
    refusal.__cause__ = error
    return refusal
