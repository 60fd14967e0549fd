"""Wait until the service has embedded given objects, by the state it reports for each.

The state of the task is only a hint: a task can succeed although a file failed, and fail because of
a file of another program. Only the states of the given objects count.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from langchain_telnyx._shared.assumptions import quoted
from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile, EmbeddingTask
from langchain_telnyx.client.call import Flow, Sleep
from langchain_telnyx.client.errors import NotFoundError, TaskError, TelnyxError
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.vectorstores.assumptions import Differences
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.bucket_cache import EmbeddingSettings
from langchain_telnyx.vectorstores.observations import unembedded_buckets
from langchain_telnyx.vectorstores.settings import embed

# Seconds in which the service may still report an object's state from before.
GRACE = 5.0
_FIRST_DELAY = 0.02
_LONGEST_DELAY = 5.0
# The most consecutive polls that may fail.
_PROBLEMS = 5
_NOT_LISTED = "not listed"
_NO_STATE = "no state"
_UNREPORTED = {_NOT_LISTED, _NO_STATE}
# Seconds between two checks whether an object that is not listed is still in the bucket.
_FIRST_CHECK = 0.5


@dataclass(slots=True)
class States:
    """The embedding states of objects.

    Attributes:
        searchable: Keys that are embedded.
        failed: Keys that the service could not embed, with its reason as an error.
        gone: Keys that another writer replaced or deleted.
        pending: Keys that are not embedded within the timeout, with their last state.
        differences: How the service differs from the assumptions.
    """

    searchable: set[str] = field(default_factory=set)
    failed: dict[str, TelnyxError] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    pending: dict[str, str] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)


class KeyMatcher:
    """Maps the file names of the service, in all their spellings, to given keys."""

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = set(keys)
        self._spelled: dict[str, str] = {}
        for key in keys:
            for form in (quote(key, safe=""), key.rpartition("/")[2], key.removesuffix(".txt")):
                self._spelled.setdefault(form, key)
            self._spelled.setdefault(key.lower(), key)
        stems = Counter(map(_stem, self._keys))
        for key in self._keys:
            # Files that differ only by their suffix have the same name without it.
            if stems[_stem(key)] == 1:
                self._spelled.setdefault(_stem(key), key)

    def key_of(self, filename: str) -> str | None:
        """Return the key for a file name, or `None` where it is none of the keys."""
        if filename in self._keys:
            return filename
        if "%" not in filename and "/" not in filename:
            # Quickly, as nearly all names of a large bucket are none of the keys.
            return self._spelled.get(filename)
        decoded = unquote(filename)
        if decoded in self._keys:
            return decoded
        for form in (filename, filename.rpartition("/")[2], decoded.rpartition("/")[2]):
            if form in self._spelled:
                return self._spelled[form]
        return None


def _stem(key: str) -> str:
    """Return a key without the suffix of its last part."""
    folder, slash, name = key.rpartition("/")
    stem, _, _ = name.rpartition(".")
    return f"{folder}{slash}{stem or name}"


def file_states(bucket: Bucket, keys: Collection[str]) -> Flow[dict[str, EmbeddedFile]]:
    """Return the states that the service reports for given keys, without those it does not list.

    Raises:
        NotFoundError: The bucket is not embedded.
    """
    names = KeyMatcher(keys)
    files = yield from bucket.calls.bucket_embeddings.files(
        bucket.name, select=lambda filename: names.key_of(filename) is not None
    )
    if bucket.adaptations.status_words:
        files = Rows(map(bucket.adaptations.translated, files))
    return {str(names.key_of(file.filename)): file for file in files}


def wait_until_embedded(
    bucket: Bucket,
    keys: Collection[str],
    *,
    settings: EmbeddingSettings | None,
    before: Mapping[str, EmbeddedFile],
    find_present: Callable[[], Flow[Collection[str]]],
    on_progress: Callable[[int], None],
) -> Flow[States]:
    """Wait until the service has embedded the objects, or has reported an error for them.

    Args:
        bucket: The bucket.
        keys: The objects.
        settings: The settings of the bucket; `None` where it is not embedded yet.
        before: The states, before the upload, of objects that were replaced.
        find_present: Returns the flow that finds those keys that are still in the bucket.
        on_progress: Receives, at every poll, the number of settled objects.
    """
    states = States(pending=dict.fromkeys(keys, _NOT_LISTED))
    wait = _Wait(bucket, settings, before, find_present, states)
    began = bucket.clock()
    delay = _FIRST_DELAY
    problems = 0
    if settings is not None:
        # Embedding takes time, and the list of files is long in a large bucket.
        yield Sleep(delay)
    while True:
        waited = bucket.clock() - began
        left = None if bucket.wait_timeout is None else max(0.0, bucket.wait_timeout - waited)
        try:
            yield from wait.poll(waited, last=left == 0)
            problems = 0
        except TelnyxError as error:
            # The objects are stored, so a failing poll must not discard their states.
            problems += 1
            if problems == _PROBLEMS or not error.is_retryable:
                wait.give_up(error)
        on_progress(len(keys) - len(wait.states.pending))
        if not wait.states.pending or left == 0:
            return wait.states
        # The service lists all files of the bucket: of a large one no more often than it takes.
        delay = min(_LONGEST_DELAY, max(delay, bucket.clock() - began - waited))
        yield Sleep(delay if left is None else min(delay, left))
        delay = min(_LONGEST_DELAY, delay * 1.6)


@dataclass(slots=True)
class _Wait:
    """The state of one wait: the task and the objects."""

    bucket: Bucket
    settings: EmbeddingSettings | None
    before: Mapping[str, EmbeddedFile]
    find_present: Callable[[], Flow[Collection[str]]]
    states: States
    task: EmbeddingTask | None = None
    settled_at: float | None = None
    next_check: float = _FIRST_CHECK
    check_interval: float = _FIRST_CHECK

    def poll(self, waited: float, *, last: bool) -> Flow[None]:
        """Read the states, and start the embedding where the service does not."""
        embed_after = self.bucket.embed_after
        if self.task is None and (self.settings is None or embed_after == 0):
            self.task = yield from embed(self.bucket, settings=self.settings)
            self.settings = self.bucket.cache.settings or EmbeddingSettings()
        self.task = yield from self._current(self.task)
        unnoticed = yield from self._update()
        if self.task is not None and self.task.settled:
            self.settled_at = waited if self.settled_at is None else self.settled_at
            if waited - self.settled_at >= GRACE:
                _trust_task(self.bucket, self.states, self.task)
        overdue = self.task is None and embed_after is not None and waited >= embed_after
        unlisted = {key for key, state in self.states.pending.items() if state == _NOT_LISTED}
        if unlisted and (last or overdue or waited >= self.next_check):
            yield from self._find_gone(unlisted, waited)
            unlisted &= self.states.pending.keys()
        if (unlisted or unnoticed) and overdue and not last:
            # The service should embed new and replaced objects by itself, but has not. The next
            # writes of the process start a task at once.
            unembedded_buckets(self.bucket.config).add(self.bucket.name)
            self.states.differences.add(
                "automatic_embedding",
                f"the service has not begun to embed {len(unlisted | unnoticed)} new or replaced "
                f"objects {embed_after:g} s after their upload",
            )
            self.task = yield from embed(self.bucket, settings=self.settings)
        elif unnoticed and embed_after is None and waited >= GRACE:
            self.states.differences.add(
                "automatic_embedding",
                "the state of a replaced file does not change; it counts as embedded",
            )
            self.before = {}
        elif last or (self.task is not None and self.task.settled):
            self.before = {}

    def give_up(self, error: TelnyxError) -> None:
        """Mark the pending objects as failed."""
        self.states.failed |= dict.fromkeys(self.states.pending, error)
        self.states.pending.clear()

    def _current(self, task: EmbeddingTask | None) -> Flow[EmbeddingTask | None]:
        if task is None or task.settled:
            return task
        try:
            task = yield from self.bucket.calls.bucket_embeddings.task(task.task_id)
        except NotFoundError:
            return task  # not visible yet, right after its creation
        task = self.bucket.adaptations.translated(task)
        if task.status is not None and not task.has_known_status:
            self.states.differences.add(
                "task_words", f"the embedding task has the unknown state {quoted(task.status)}"
            )
        return task

    def _update(self) -> Flow[set[str]]:
        """Read the states of the pending objects.

        Returns:
            The keys whose new content the service has not noticed yet.
        """
        states = self.states
        unnoticed = set()
        try:
            files = yield from file_states(self.bucket, states.pending)
        except NotFoundError:
            files = {}  # the first embedding of a bucket is queued before it lists its files
        for key in list(states.pending):
            file = files.get(key)
            if file is None or file.deleted:
                states.pending[key] = _NOT_LISTED
                continue
            states.pending[key] = file.status or _NO_STATE
            states.differences.check_file(file, key)
            if _same(file, self.before.get(key)):
                unnoticed.add(key)
                continue
            if file.failed:
                states.failed[key] = _not_embedded(key, file.error_reason, file.status)
                del states.pending[key]
            elif file.succeeded:
                states.searchable.add(key)
                del states.pending[key]
        return unnoticed

    def _find_gone(self, unlisted: set[str], waited: float) -> Flow[None]:
        gone = unlisted - set((yield from self.find_present()))
        self.states.gone |= gone
        for key in gone:
            del self.states.pending[key]
        self.check_interval = min(_LONGEST_DELAY, 2 * self.check_interval)
        self.next_check = waited + self.check_interval


def _trust_task(bucket: Bucket, states: States, task: EmbeddingTask) -> None:
    """Apply the state of the task to objects whose own state is missing or unknown."""
    for key, state in list(states.pending.items()):
        file = EmbeddedFile(filename=key, status=None if state in _UNREPORTED else state)
        if file.unsettled:
            continue
        del states.pending[key]
        if task.succeeded:
            states.searchable.add(key)
            bucket.cache.warn_once(
                "states",
                f"The task {task.task_id} that embeds bucket {bucket.name!r} ended in "
                f"{task.status!r}, but the state of {key!r} in the service's list of files is "
                f"{state!r}. The object counts as embedded.",
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
