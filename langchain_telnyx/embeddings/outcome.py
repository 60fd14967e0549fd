"""The result of a call of `embed_documents`: vectors, or an error with the vectors it has."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from langchain_telnyx._shared.errors import as_model_error
from langchain_telnyx.client.errors import PartialEmbeddingsError, TelnyxError
from langchain_telnyx.embeddings.jobs import EmbedJob
from langchain_telnyx.embeddings.lengths import tokens, too_long
from langchain_telnyx.embeddings.validation import invalid_text_error, positions_text
from langchain_telnyx.embeddings.vectors import InvalidVector, Vector, invalid_vector_error


def outcome(job: EmbedJob) -> list[Vector]:
    """Return the vectors of the texts, in their order, each a list of its own.

    Raises:
        TelnyxError: No text could be embedded.
        PartialEmbeddingsError: Some texts could not be embedded.
    """
    failed = _failed(job)
    if failed:
        raise _error(job, failed)
    return [*_vectors(job, range(len(job.texts))).values()]


@contextmanager
def partial_on_interrupt(job: EmbedJob) -> Iterator[None]:
    """Store the finished vectors in `partial` of a `KeyboardInterrupt`, by position."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        whole = [
            at
            for at, text in enumerate(job.texts)
            if at not in job.invalid and all(part in job.vectors for part in job.parts(text))
        ]
        vars(interrupt)["partial"] = _vectors(job, whole)
        interrupt.add_note(f"{len(whole)} of {len(job.texts)} texts are embedded: see `partial`.")
        raise


def _failed(job: EmbedJob) -> dict[int, str]:
    """Return the position of each failed text, with the part that failed."""
    failed: dict[int, str] = {}
    for position, text in enumerate(job.texts):
        if position in job.invalid:
            failed[position] = ""
        elif (broken := job.failed_part(text)) is not None:
            failed[position] = broken
    return failed


def _vectors(job: EmbedJob, positions: Iterable[int]) -> dict[int, Vector]:
    vectors: dict[int, Vector] = {}
    used: set[str] = set()
    for position in positions:
        text = job.texts[position]
        vector = job.vector(text)
        name = job.parts(text)[0]
        vectors[position] = vector.copy() if name in used else vector
        used.add(name)
    return vectors


def _error(job: EmbedJob, failed: Mapping[int, str]) -> TelnyxError:
    vectors = _vectors(job, [at for at in range(len(job.texts)) if at not in failed])
    groups = [group for group in _by_kind(job, failed) if group]
    # Errors of requests come first, invalid texts last.
    first = _error_of(job, groups[0])
    if not vectors and len(groups) == 1:
        return first
    errors = {position: _error_of(job, {position: part}) for position, part in failed.items()}
    partial = PartialEmbeddingsError(
        f"{len(failed)} of {len(job.texts)} texts could not be embedded, "
        f"{positions_text([*failed])} (`failed` has the error of each), first for: {first} The "
        f"vectors of the others are in `vectors`, by position.",
        [*map(str, vectors)],
        {str(position): error for position, error in errors.items()},
        vectors,
    )
    partial.__cause__ = first
    return partial


def _by_kind(job: EmbedJob, failed: Mapping[int, str]) -> list[dict[int, str]]:
    requests: dict[int, str] = {}
    vectors: dict[int, str] = {}
    texts: dict[int, str] = {}
    for position, part in failed.items():
        if position in job.invalid:
            texts[position] = part
        elif isinstance(job.failed[part], InvalidVector):
            vectors[position] = part
        else:
            requests[position] = part
    return [requests, vectors, texts]


def _error_of(job: EmbedJob, failed: Mapping[int, str]) -> TelnyxError:
    """Return one error for texts that failed for the same kind of reason.

    Args:
        job: The call.
        failed: Position to the text, or the part of it, that failed.
    """
    if failed.keys() <= job.invalid.keys():
        return as_model_error(
            invalid_text_error({position: job.invalid[position] for position in failed})
        )
    reasons = {position: job.failed[part] for position, part in failed.items()}
    invalid = {position: one for position, one in reasons.items() if isinstance(one, InvalidVector)}
    if invalid:
        return as_model_error(invalid_vector_error(invalid))
    errors = {position: one for position, one in reasons.items() if isinstance(one, TelnyxError)}
    others = [position for position, part in failed.items() if part not in job.too_long]
    error = errors[next(iter(others or failed))]
    if others:
        copy = as_model_error(error)
        copy.__cause__ = error.__cause__
        return copy
    counts = {at: tokens(job.texts[at]) for at in failed}
    refusal = as_model_error(too_long(counts, job.options.model, job.options.limit, refused=True))
    refusal.__cause__ = error
    return refusal
