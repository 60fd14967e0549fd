"""Waiting until the service has embedded given objects, by the state it reports for each.

The state of the task is a hint: a task can end in success with a failed file inside, and in failure
because of a file of another program. Only the own objects count.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile, EmbeddingTask
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import NotFoundError, TaskError, TelnyxError
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.object_cache import Settings
from langchain_telnyx.vectorstores.settings import embed

# Seconds in which new objects of an embedded bucket appear by themselves in its list of files.
GRACE = 5.0
_FIRST_DELAY = 0.02
_LONGEST_DELAY = 5.0
# Polls that may fail one after the other.
_PROBLEMS = 5
_NOT_LISTED = "not listed"
_NO_STATE = "no state"
_UNREPORTED = {_NOT_LISTED, _NO_STATE}
# Seconds between two looks whether an object that is not listed is still in the bucket.
_FIRST_LOOK = 0.5


@dataclass(slots=True)
class States:
    """What became of objects.

    Attributes:
        searchable: Keys that are embedded.
        failed: Keys that the service could not embed, with its reason as an error.
        gone: Keys that are not in the bucket any more: another writer replaced or deleted them.
        pending: Keys that are not embedded in the time given, with their last state.
    """

    searchable: set[str] = field(default_factory=set)
    failed: dict[str, TelnyxError] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)


class Names:
    """Finds given keys among file names, however the service spells them."""

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = set(keys)
        self._spelled: dict[str, str] = {}
        for key in keys:
            for form in (quote(key, safe=""), key.rpartition("/")[2], key.removesuffix(".txt")):
                self._spelled.setdefault(form, key)
            self._spelled.setdefault(key.lower(), key)

    def key_of(self, filename: str) -> str | None:
        """Return the key that a file name means, if it is one of the keys."""
        if filename in self._keys:
            return filename
        decoded = unquote(filename)
        if decoded in self._keys:
            return decoded
        for form in (filename, filename.rpartition("/")[2], decoded.rpartition("/")[2]):
            if form in self._spelled:
                return self._spelled[form]
        return None


def file_states(bucket: Bucket, keys: Collection[str]) -> Flow[dict[str, EmbeddedFile]]:
    """Return what the service reports for given keys; those it does not list are left out.

    Raises:
        NotFoundError: The bucket is not embedded.
    """
    names = Names(keys)
    files = yield from bucket.calls.bucket_embeddings.files(
        bucket.name, select=lambda filename: names.key_of(filename) is not None
    )
    return {str(names.key_of(file.filename)): file for file in files}


def wait_until_embedded(
    bucket: Bucket,
    keys: Collection[str],
    *,
    known: Settings | None,
    before: Mapping[str, EmbeddedFile],
    present: Callable[[], Flow[Collection[str]]],
    on_progress: Callable[[int], None],
) -> Flow[States]:
    """Wait until the service has embedded objects, or has failed to.

    Args:
        bucket: The bucket.
        keys: The objects.
        known: How the bucket is embedded; `None` where it is not embedded yet.
        before: What the service reported, before the upload, for objects that were replaced.
        present: Makes the flow that returns which of the keys are still in the bucket.
        on_progress: Receives, at every poll, how many are settled.
    """
    wait = _Wait(bucket, known, before, present, States(pending=dict.fromkeys(keys, _NOT_LISTED)))
    began = bucket.clock()
    delay = _FIRST_DELAY
    problems = 0
    if known is not None:
        # Nothing is embedded at once, and the list of files is long in a large bucket.
        yield Sleep(delay)
    while True:
        waited = bucket.clock() - began
        left = None if bucket.wait_timeout is None else max(0.0, bucket.wait_timeout - waited)
        try:
            yield from wait.look(waited, last=left == 0)
            problems = 0
        except TelnyxError as error:
            # The objects are stored, so a failing poll must not hide what became of them.
            problems += 1
            if problems == _PROBLEMS or not error.is_retryable:
                wait.give_up(error)
        on_progress(len(keys) - len(wait.states.pending))
        if not wait.states.pending or left == 0:
            return wait.states
        yield Sleep(delay if left is None else min(delay, left))
        delay = min(_LONGEST_DELAY, delay * 1.6)


@dataclass(slots=True)
class _Wait:
    """One wait: what is known of the task and the objects so far."""

    bucket: Bucket
    known: Settings | None
    before: Mapping[str, EmbeddedFile]
    present: Callable[[], Flow[Collection[str]]]
    states: States
    task: EmbeddingTask | None = None
    settled_at: float | None = None
    next_look: float = _FIRST_LOOK
    look_every: float = _FIRST_LOOK

    def look(self, waited: float, *, last: bool) -> Flow[None]:
        """Ask the service for the states, and for the embedding where it does not begin."""
        if self.task is None and self.known is None:
            self.task = yield from embed(self.bucket, known=None)
            self.known = self.bucket.memory.settings or Settings()
        self.task = yield from _current(self.bucket, self.task)
        yield from _sort(self.bucket, self.states, {} if waited >= GRACE else self.before)
        if self.task is not None and self.task.settled:
            self.settled_at = waited if self.settled_at is None else self.settled_at
            if waited - self.settled_at >= GRACE:
                _believe(self.bucket, self.states, self.task)
        overdue = self.task is None and waited >= GRACE
        unlisted = {key for key, state in self.states.pending.items() if state == _NOT_LISTED}
        if unlisted and (last or overdue or waited >= self.next_look):
            yield from self._find_gone(unlisted, waited)
            unlisted &= self.states.pending.keys()
        if unlisted and overdue and not last:
            # The service documents that new objects are embedded by themselves.
            self.task = yield from embed(self.bucket, known=self.known)

    def give_up(self, error: TelnyxError) -> None:
        """Count what is pending as not embedded."""
        self.states.failed |= dict.fromkeys(self.states.pending, error)
        self.states.pending.clear()

    def _find_gone(self, unlisted: set[str], waited: float) -> Flow[None]:
        gone = unlisted - set((yield from self.present()))
        self.states.gone |= gone
        for key in gone:
            del self.states.pending[key]
        self.look_every = min(_LONGEST_DELAY, 2 * self.look_every)
        self.next_look = waited + self.look_every


def _current(bucket: Bucket, task: EmbeddingTask | None) -> Flow[EmbeddingTask | None]:
    if task is None or task.settled:
        return task
    try:
        return (yield from bucket.calls.bucket_embeddings.task(task.task_id))
    except NotFoundError:
        return task  # not visible yet, right after its creation


def _sort(
    bucket: Bucket,
    states: States,
    before: Mapping[str, EmbeddedFile],
) -> Flow[None]:
    try:
        files = yield from file_states(bucket, states.pending)
    except NotFoundError:
        files = {}  # the first embedding of a bucket is queued before the service lists it
    for key in list(states.pending):
        file = files.get(key)
        if file is None or file.deleted:
            states.pending[key] = _NOT_LISTED
            continue
        states.pending[key] = file.status or _NO_STATE
        if _same(file, before.get(key)):
            continue  # the service has not noticed the new content yet
        if file.failed:
            states.failed[key] = _not_embedded(key, file.error_reason, file.status)
            del states.pending[key]
        elif file.succeeded:
            states.searchable.add(key)
            del states.pending[key]


def _believe(bucket: Bucket, states: States, task: EmbeddingTask) -> None:
    """Let the task decide about objects whose state the service does not tell in known words."""
    for key, state in list(states.pending.items()):
        file = EmbeddedFile(filename=key, status=None if state in _UNREPORTED else state)
        if file.unsettled:
            continue
        del states.pending[key]
        if task.succeeded:
            states.searchable.add(key)
            bucket.memory.warn_once(
                "states",
                f"The task {task.task_id} that embeds bucket {bucket.name!r} ended in "
                f"{task.status!r}, but the state of {key!r} in the service's list of files is "
                f"{state!r}. It is taken as embedded.",
            )
        else:
            states.failed[key] = _not_embedded(key, f"task {task.task_id} failed", task.status)


def _not_embedded(key: str, reason: str | None, status: str | None) -> TaskError:
    reason = reason or f"its state is {status!r}"
    return TaskError(reason, status=status, reasons={key: reason})


def _same(file: EmbeddedFile, before: EmbeddedFile | None) -> bool:
    return before is not None and (
        (file.status, file.updated_at, file.last_embedded_at)
        == (before.status, before.updated_at, before.last_embedded_at)
    )
