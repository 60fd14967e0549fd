"""Errors of recordings: raised, skipped, or returned as documents."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from langchain_core.documents import Document

from langchain_telnyx.client.errors import APIResponseError, PartialError, TelnyxError
from langchain_telnyx.transcription.recordings import Recording

logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip", "document"]


class ResultCollector:
    """Collects the results of recordings in order, and applies the error policy.

    Args:
        policy: What to do about a recording that fails.
        model: The model of the transcription.
    """

    def __init__(self, policy: OnError, model: str) -> None:
        self._policy = policy
        self._model = model
        self._sources: list[str] = []
        self._documents: list[Document] = []
        self._count = 0

    def add(self, recording: Recording, result: list[Document] | Exception) -> list[Document]:
        """Add the result of a recording, and return the documents to yield.

        Raises:
            PartialError: The recording failed, and the policy is `raise`.
        """
        self._count += 1
        if not isinstance(result, Exception):
            if self._policy == "raise":  # only a `PartialError` needs them
                self._sources.append(recording.source)
                self._documents += result
            return result
        if self._policy == "raise":
            raise self._partial(recording, result) from result
        if self._policy == "skip":
            logger.warning("Skipped %r: %s", recording.label, result)
            return []
        return [self._failed(recording, result)]

    @contextmanager
    def partial_on_errors(self, recordings: Sequence[Recording]) -> Iterator[None]:
        """Set `partial` of an error, or of Ctrl-C, that ends the load to the documents so far.

        Documents that are in `partial` already follow them.

        Args:
            recordings: All recordings, in order.
        """
        try:
            yield
        except PartialError:
            raise
        except TelnyxError as error:
            documents = [*self._documents, *(getattr(error, "partial", None) or ())]
            vars(error)["partial"] = documents
            raise
        except KeyboardInterrupt as interrupt:
            # Include results that finished before earlier recordings did.
            first, finished = self._count, vars(interrupt).pop("finished", {})
            more = [
                document
                for at, result in finished.items()
                if not isinstance(result, Exception)
                for document in self.add(recordings[first + at], result)
            ]
            documents = self._documents if self._policy == "raise" else more
            vars(interrupt)["partial"] = list(documents)
            raise

    def _failed(self, recording: Recording, error: Exception) -> Document:
        metadata: dict[str, str] = {
            "source": recording.source,
            "model": self._model,
            "error": str(error),
            "error_type": type(error).__name__,
        }
        if isinstance(error, APIResponseError):
            metadata["answer"] = error.response.text  # the request was paid
        return Document("", metadata={**recording.metadata, **metadata})

    def _partial(self, recording: Recording, error: Exception) -> PartialError:
        cause = error if isinstance(error, TelnyxError) else TelnyxError(str(error))
        cause.__cause__ = error.__cause__ if cause is error else error
        failure = PartialError(
            f"{recording.label!r} could not be transcribed: {error} The documents of the "
            f"{len(self._sources)} recordings before it are in `partial`. To continue after "
            f'failures, pass `on_error="skip"` or "document".',
            self._sources,
            {recording.source: cause},
        )
        failure.partial = self._documents
        return failure
