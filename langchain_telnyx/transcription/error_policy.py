"""What becomes of recordings that fail: raised, skipped, or handed on as documents."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from langchain_core.documents import Document

from langchain_telnyx.client.errors import APIResponseError, PartialError, TelnyxError
from langchain_telnyx.transcription.recordings import Recording

logger = logging.getLogger(__name__)

OnError = Literal["raise", "skip", "document"]


class Outcomes:
    """Takes the result of each recording, in order.

    Args:
        policy: What to do about a failure.
        model: The model that was asked.
    """

    def __init__(self, policy: OnError, model: str) -> None:
        self._policy = policy
        self._model = model
        self._sources: list[str] = []
        self._documents: list[Document] = []
        self._taken = 0

    def take(self, recording: Recording, result: list[Document] | Exception) -> list[Document]:
        """Return the documents to hand out.

        Raises:
            PartialError: It failed, and the policy is to raise.
        """
        self._taken += 1
        if not isinstance(result, Exception):
            if self._policy == "raise":  # else nobody will ask for them again
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
    def kept_on_errors(self, recordings: Sequence[Recording]) -> Iterator[None]:
        """Put the documents made so far into `partial` of an error, or Ctrl-C, that ends it all.

        What the error has there already comes after them.

        Args:
            recordings: What the results are taken of.
        """
        try:
            yield
        except PartialError:
            raise
        except TelnyxError as error:
            made = [*self._documents, *(getattr(error, "partial", None) or ())]
            vars(error)["partial"] = made
            raise
        except KeyboardInterrupt as interrupt:
            # Those too that came before others which were to be handed out first.
            first, finished = self._taken, vars(interrupt).pop("finished", {})
            more = [
                document
                for at, result in finished.items()
                if not isinstance(result, Exception)
                for document in self.take(recordings[first + at], result)
            ]
            made = self._documents if self._policy == "raise" else more
            vars(interrupt)["partial"] = list(made)
            raise

    def _failed(self, recording: Recording, error: Exception) -> Document:
        about: dict[str, str] = {
            "source": recording.source,
            "model": self._model,
            "error": str(error),
            "error_type": type(error).__name__,
        }
        if isinstance(error, APIResponseError):
            about["answer"] = error.response.text  # it was paid for
        return Document("", metadata={**recording.metadata, **about})

    def _partial(self, recording: Recording, error: Exception) -> PartialError:
        ours = error if isinstance(error, TelnyxError) else TelnyxError(str(error))
        ours.__cause__ = error.__cause__ if ours is error else error
        failure = PartialError(
            f"{recording.label!r} could not be transcribed: {error} {len(self._sources)} "
            f"recordings before it were; their documents are in `partial`. To go on in spite of "
            f'failures, pass `on_error="skip"` or "document".',
            self._sources,
            {recording.source: ours},
        )
        failure.partial = self._documents
        return failure
