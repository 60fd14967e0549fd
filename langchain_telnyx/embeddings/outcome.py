"""What a call of `embed_documents` returns, or raises where not every text could be embedded."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from langchain_telnyx._shared.errors import as_model_error
from langchain_telnyx.client.errors import PartialEmbeddingsError, TelnyxError
from langchain_telnyx.embeddings.jobs import EmbedJob
from langchain_telnyx.embeddings.lengths import tokens, too_long
from langchain_telnyx.embeddings.texts import invalid, places
from langchain_telnyx.embeddings.vectors import Flaw, Vector, unusable


def outcome(work: EmbedJob) -> list[Vector]:
    """Return the vectors of the texts, in their order; no two of them are one list.

    Raises:
        TelnyxError: No text could be embedded.
        PartialEmbeddingsError: Some could not.
    """
    failed = _failed(work)
    if failed:
        raise _error(work, failed)
    return [*_vectors(work, range(len(work.texts))).values()]


@contextmanager
def kept_when_interrupted(work: EmbedJob) -> Iterator[None]:
    """Put the vectors that came into `partial` of a `KeyboardInterrupt`, by position."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        whole = [
            at
            for at, text in enumerate(work.texts)
            if at not in work.unfit and all(cut in work.found for cut in work.cuts(text))
        ]
        vars(interrupt)["partial"] = _vectors(work, whole)
        interrupt.add_note(f"{len(whole)} of {len(work.texts)} texts are embedded: see `partial`.")
        raise


def _failed(work: EmbedJob) -> dict[int, str]:
    """Return the position of each text without a vector, and what failed of it."""
    failed: dict[int, str] = {}
    for position, text in enumerate(work.texts):
        if position in work.unfit:
            failed[position] = ""
        elif (broken := work.broken(text)) is not None:
            failed[position] = broken
    return failed


def _vectors(work: EmbedJob, positions: Iterable[int]) -> dict[int, Vector]:
    vectors: dict[int, Vector] = {}
    given: set[str] = set()
    for position in positions:
        text = work.texts[position]
        vector = work.vector(text)
        name = work.cuts(text)[0]
        vectors[position] = vector.copy() if name in given else vector
        given.add(name)
    return vectors


def _error(work: EmbedJob, failed: Mapping[int, str]) -> TelnyxError:
    vectors = _vectors(work, [at for at in range(len(work.texts)) if at not in failed])
    groups = [group for group in _by_kind(work, failed) if group]
    # What the server says of a request comes first, what is wrong with a text last.
    first = _error_of(work, groups[0])
    if not vectors and len(groups) == 1:
        return first
    errors = {position: _error_of(work, {position: cut}) for position, cut in failed.items()}
    partial = PartialEmbeddingsError(
        f"{len(failed)} of {len(work.texts)} texts could not be embedded, {places([*failed])} "
        f"(`failed` has the error of each), first for: {first} The vectors of the others are in "
        f"`vectors`, by position.",
        [*map(str, vectors)],
        {str(position): error for position, error in errors.items()},
        vectors,
    )
    partial.__cause__ = first
    return partial


def _by_kind(work: EmbedJob, failed: Mapping[int, str]) -> list[dict[int, str]]:
    requests: dict[int, str] = {}
    flawed: dict[int, str] = {}
    unfit: dict[int, str] = {}
    for position, cut in failed.items():
        if position in work.unfit:
            unfit[position] = cut
        elif isinstance(work.failed[cut], Flaw):
            flawed[position] = cut
        else:
            requests[position] = cut
    return [requests, flawed, unfit]


def _error_of(work: EmbedJob, failed: Mapping[int, str]) -> TelnyxError:
    """Return the error of texts that failed for one kind of reason.

    Args:
        work: The call.
        failed: Position to the text, or the cut of it, that failed.
    """
    if failed.keys() <= work.unfit.keys():
        return as_model_error(invalid({position: work.unfit[position] for position in failed}))
    reasons = {position: work.failed[cut] for position, cut in failed.items()}
    flaws = {position: one for position, one in reasons.items() if isinstance(one, Flaw)}
    if flaws:
        return as_model_error(unusable(flaws))
    errors = {position: one for position, one in reasons.items() if isinstance(one, TelnyxError)}
    others = [position for position, cut in failed.items() if cut not in work.refused]
    error = errors[next(iter(others or failed))]
    if others:
        copy = as_model_error(error)
        copy.__cause__ = error.__cause__
        return copy
    counts = {at: tokens(work.texts[at]) for at in failed}
    refusal = as_model_error(too_long(counts, work.rules.model, work.rules.limit, refused=True))
    refusal.__cause__ = error
    return refusal
