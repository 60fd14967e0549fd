"""Errors of writes, with the outcome of each document, file or training example.

They belong to the tree in `errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_telnyx.client.errors import (
    PartialError,
    TaskError,
    TaskTimeoutError,
    TelnyxError,
)


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """The outcome of one document or file of a write.

    Attributes:
        position: Its position in the input, from 0.
        id: Its id; for a file its object key.
        source: The document's `metadata["source"]`, or the path of the file.
        key: The object key.
        error: Why it is not stored, not embedded or not replaced; `None` if the write succeeded.
    """

    position: int
    id: str
    source: str | None
    key: str
    error: TelnyxError | None = None

    def __str__(self) -> str:
        source = "" if self.source is None else f", source {self.source!r}"
        return f"position {self.position} (id {self.id!r}{source})"


class PartialWriteError(PartialError, TaskError):
    """A write of documents or files succeeded in part; it has the outcome of each.

    It is a `PartialError`, because some of many failed, and a `TaskError`, because the service may
    have failed to embed some.

    Attributes:
        searchable: Those that are stored and searchable.
        not_embedded: Those that are stored and not searchable, with the service's reason.
        not_stored: Those that are not stored.
        not_replaced: Those that are searchable, beside an older version that could not be deleted.
        done: The ids of `searchable`.
        failed: The ids of all others, with their errors.
        reasons: The object keys of `not_embedded`, with the service's reasons.
    """

    def __init__(
        self,
        message: str,
        *,
        searchable: Sequence[WriteOutcome] = (),
        not_embedded: Sequence[WriteOutcome] = (),
        not_stored: Sequence[WriteOutcome] = (),
        not_replaced: Sequence[WriteOutcome] = (),
    ) -> None:
        failed = [*not_stored, *not_embedded, *not_replaced]
        errors = {
            outcome.id: outcome.error or TaskError("It is not embedded.") for outcome in failed
        }
        PartialError.__init__(self, message, [outcome.id for outcome in searchable], errors)
        self.searchable = list(searchable)
        self.not_embedded = list(not_embedded)
        self.not_stored = list(not_stored)
        self.not_replaced = list(not_replaced)
        self.task_id = ""
        self.status = "partial_success" if searchable else "failure"
        self.reasons = {outcome.key: str(outcome.error) for outcome in not_embedded}

    def __reduce__(self) -> tuple[Any, ...]:
        names = ("searchable", "not_embedded", "not_stored", "not_replaced")
        outcomes = {name: getattr(self, name) for name in names}
        return _partial_write_error, (type(self), self.message, outcomes), {"partial": self.partial}


class WriteTimeoutError(PartialWriteError, TaskTimeoutError):
    """Documents are stored, but the service has not embedded all of them in time."""


def _partial_write_error(
    kind: type[PartialWriteError], message: str, outcomes: dict[str, Sequence[WriteOutcome]]
) -> PartialWriteError:
    return kind(message, **outcomes)


class InvalidDocumentsError(TelnyxError, ValueError):
    """Documents or files cannot be stored; nothing was sent.

    Attributes:
        problems: Position, from 0, to the problem there.
    """

    def __init__(self, message: str, problems: Mapping[int, str] | None = None) -> None:
        super().__init__(message)
        self.args = (message, problems)
        self.problems = dict(problems or {})


class FileReadError(TelnyxError, OSError):
    """A file cannot be read."""


class TrainingDataError(TelnyxError, ValueError):
    """Examples are not valid for training; nothing was sent.

    Attributes:
        defects: The index of an example to all its defects.
    """

    def __init__(self, message: str, defects: Mapping[int, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.args = (message, defects)
        self.defects = {index: list(wrong) for index, wrong in (defects or {}).items()}
