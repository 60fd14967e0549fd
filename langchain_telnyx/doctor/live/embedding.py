"""The probe of bucket embeddings: tasks, files and their states."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.client.call import JSON, path
from langchain_telnyx.doctor.live.buckets import key_of
from langchain_telnyx.doctor.live.filenames import form_of, spell
from langchain_telnyx.doctor.live.later import verify_later
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.searching import MOST_SEARCHES, verify_search
from langchain_telnyx.doctor.live.session import Session

_TEXT = "The lighthouse keeper of Utsira counts seven herring gulls every morning."
_KEYS = ("Plain.txt", "with space%20!~.txt", "folder/ünïcode.txt")
_LONG = (250, 300, 900)
# More files than the smallest limit of a search that was reported.
_SMALL = 24
_BROKEN = b"%PDF-1.7 not a document"
_NOT_FOUND = 404
_BETWEEN = ("queued", "processing")
_FILE_STATES = (*_BETWEEN, "success", "failure")
_TASK_STATES = (*_FILE_STATES, "partial_success")
_ENDED = ("success", "completed", "failure", "failed", "error", "partial_success")


@dataclass(slots=True)
class Task:
    """An embedding task that has ended.

    Attributes:
        words: Its states in order, each once; the last one is final.
        file_words: The states of files that were not embedded yet and had not failed.
        queued_words: The same, while the task was in its first state.
        missing: How many requests for it were 404 first.
        ended: Whether it has ended.
    """

    words: list[str] = field(default_factory=list)
    file_words: list[str] = field(default_factory=list)
    queued_words: list[str] = field(default_factory=list)
    missing: int = 0
    ended: bool = False

    @property
    def final(self) -> str:
        """The last state."""
        return self.words[-1] if self.words else ""


def _run_task(session: Session, bucket: str) -> Task:
    started = session.embed(bucket)
    found = Task()
    address = path("/ai/embeddings/{}", str(started["task_id"]))
    _add(found.words, started.get("status"))

    def ended() -> bool:
        reply = session.request("GET", address)
        if reply.status_code == _NOT_FOUND:
            found.missing += 1
        row: JSON = reply.json()["data"] if reply.ok else {}
        _add(found.words, row.get("status"))
        found.ended = bool(row.get("finished_at")) or found.final in _ENDED
        if not found.ended:
            for file in session.files(bucket):
                if file.get("filename") and not (_failed(file) or file.get("last_embedded_at")):
                    is_queued = len(found.words) == 1
                    _add(found.queued_words if is_queued else found.file_words, file.get("status"))
        return found.ended

    session.wait(ended)
    return found


def _add(words: list[str], word: Any) -> None:
    if isinstance(word, str) and word and word not in words:
        words.append(word)


def _embedding(session: Session, models: Models) -> Iterator[Outcome]:
    """Verify the life of an embedded bucket, from the first upload to the deletion."""
    del models
    bucket = session.create_bucket()
    keys = list(_KEYS)
    for number, key in enumerate(keys):
        session.put(bucket, key, f"{_TEXT} Note {number}.")
    long = [key_of(length - 4) + ".txt" for length in _LONG]
    keys += [key for key in long if session.put(bucket, key, _TEXT).ok]
    for number in range(_SMALL):
        session.put(bucket, f"small/{number}.txt", f"Gull {number}.")
    first = _run_task(session, bucket)
    yield holds_if(
        not first.missing,
        "embedding.task_visible",
        f"404 for {first.missing} requests.",
        task_visible_after=first.missing,
    )
    rows = _wait_for_files(session, bucket)
    named = {str(row["filename"]): row for row in rows if isinstance(row.get("filename"), str)}
    form = form_of(bucket, _KEYS, named)
    yield holds_if(
        form == "key",
        "embedding.filenames",
        f"{form}: {sorted(named)[:3]}",
        **({"filename_form": form} if form else {}),
    )
    odd = [row for row in rows if not isinstance(row.get("filename"), str)]
    yield holds_if(not odd, "embedding.rows", f"{len(odd)} rows without a filename.", odd_rows=True)
    if form is None:
        return  # `run` reports the rest as unknown

    def row_of(key: str) -> JSON:
        return named.get(spell(form, bucket, key), {})

    done = str(row_of(_KEYS[0]).get("status") or "")
    words = {key: row_of(key).get("status") for key in keys}
    embedded = [key for key, word in words.items() if word == done]
    evidence = ", ".join(f"{len(key.encode())} bytes: {word}" for key, word in words.items())
    yield holds_if(len(embedded) == len(keys), "embedding.every_key", evidence)
    broken = spell(form, bucket, "broken.pdf")
    own = {spell(form, bucket, key) for key in keys}
    own |= {spell(form, bucket, f"small/{number}.txt") for number in range(_SMALL)}
    foreign = [row for name, row in named.items() if name not in own]
    evidence = f"Files that nobody uploaded: {[row['filename'] for row in foreign][:3]}."
    quirks = {"foreign_failing_file": True} if any(map(_failed, foreign)) else {}
    yield holds_if(not foreign, "embedding.own_files", evidence, **quirks)
    yield from verify_search(session, bucket, own | {broken}, files=len(own))
    yield from _verify_states(session, bucket, first, done, form, has_foreign=bool(foreign))
    yield from verify_later(session, bucket, form, done, deleted=_KEYS[0], text=f"{_TEXT} Note 0.")


def _failed(row: JSON) -> bool:
    return bool(row.get("error_reason")) or row.get("status") in {"failure", "failed"}


def _wait_for_files(session: Session, bucket: str) -> list[JSON]:
    rows: list[JSON] = []

    def settled() -> bool:
        rows[:] = session.files(bucket)
        files = [row for row in rows if isinstance(row.get("filename"), str)]
        return bool(files) and all(row.get("status") not in _BETWEEN for row in files)

    session.wait(settled)
    return rows


def _verify_states(
    session: Session, bucket: str, first: Task, done: str, form: str, *, has_foreign: bool
) -> Iterator[Outcome]:
    """Verify the states of tasks and files with a broken file, and what a second task does.

    Args:
        session: Sends the requests.
        bucket: The embedded bucket.
        first: The task of files that are not broken.
        done: The state of an embedded file.
        form: The form of file names.
        has_foreign: Whether a file that nobody uploaded fails in each task.
    """
    before = _embedded_at(session, bucket, spell(form, bucket, _KEYS[1]))
    session.put(bucket, "broken.pdf", _BROKEN)
    mixed = _run_task(session, bucket)
    rows = _wait_for_files(session, bucket)
    broken = [row for row in rows if row.get("filename") == spell(form, bucket, "broken.pdf")]
    other = session.create_bucket()
    session.put(other, "broken.pdf", _BROKEN)
    failing = _run_task(session, other)
    if not (first.ended and mixed.ended and failing.ended):
        for name in ("task_states", "task_states_seen", "failed_file", "failure_word"):
            yield unknown(f"embedding.{name}", "A task has not ended.")
    else:
        yield from _task_outcomes(first, mixed, failing, has_foreign=has_foreign)
    words = {"success": done, "failure": str(broken[0].get("status") or "") if broken else ""}
    words |= _between((first, mixed, failing), {*words.values()})
    differing = {state: word for state, word in words.items() if word not in (state, "")}
    evidence = ", ".join(filter(None, words.values()))
    yield holds_if(not differing, "embedding.file_states", evidence, file_words=differing)
    yield _all_seen("embedding.file_states_seen", words, _FILE_STATES)
    after = _embedded_at(session, bucket, spell(form, bucket, _KEYS[1]))
    if not (before and after):
        yield unknown("embedding.again", "The file list has no times.")
        return
    yield holds_if(
        before != after,
        "embedding.again",
        f"An unchanged file was embedded {'again' if before != after else 'once'}.",
        reembed_unchanged=False,
    )


def _between(tasks: Sequence[Task], final: Collection[str]) -> dict[str, str]:
    """Return the words for files that wait and that are worked on, if they are seen.

    Files are queued while their task is; another word that comes before the end is that of work.
    """
    queued = [word for task in tasks for word in task.queued_words if word != "processing"]
    waiting = queued[0] if queued else "queued"
    later = [word for task in tasks for word in task.file_words]
    working = [word for word in later if word != waiting and word not in final]
    words = {"queued": waiting} if queued or waiting in later else {}
    return words | ({"processing": working[0]} if working else {})


def _all_seen(assumption: str, words: Mapping[str, str], states: Collection[str]) -> Outcome:
    """Return which states have no word yet; their words in the emulator stay the usual ones."""
    missing = [state for state in states if not words.get(state)]
    if missing:
        return unknown(assumption, f"Not seen: {', '.join(missing)}.")
    return Outcome(assumption, "holds", f"{len(states)} states.")


def _embedded_at(session: Session, bucket: str, name: str) -> str:
    rows = [row for row in session.files(bucket) if row.get("filename") == name]
    return str(rows[0].get("last_embedded_at") or "") if rows else ""


def _task_outcomes(
    first: Task, mixed: Task, failing: Task, *, has_foreign: bool
) -> Iterator[Outcome]:
    # A task of broken files only, which ends like one of good files, does not show failures.
    hidden = first.final == failing.final
    words: dict[str, str] = {}
    if has_foreign:
        words["partial_success"] = first.final
    else:
        words["success"] = first.final
        if not hidden:
            words["partial_success"] = mixed.final
    # A task is queued first; the next state is that of its work.
    between = max((task.words[:-1] for task in (first, mixed, failing)), key=len)
    if between[:1] != ["processing"]:
        words |= dict(zip(_BETWEEN, between, strict=False))
    differing = {state: word for state, word in words.items() if word != state}
    seen = list(dict.fromkeys([*first.words, *mixed.words, *failing.words]))
    failed = failing.final
    if not hidden and failed not in {"failure", "failed"}:
        differing["failure"] = failed
    yield holds_if(not differing, "embedding.task_states", f"{seen}", task_words=differing)
    if not hidden:
        words["failure"] = failed
    yield _all_seen("embedding.task_states_seen", words, _TASK_STATES)
    yield holds_if(
        not hidden,
        "embedding.failed_file",
        f"A task of a broken file ended in {failed!r}, one of good files in {first.final!r}.",
        failed_file_in_success=True,
    )
    if hidden or failed not in {"failure", "failed"}:
        yield unknown("embedding.failure_word", f"A task of a broken file ended in {failed!r}.")
    else:
        yield holds_if(failed == "failure", "embedding.failure_word", failed, failure_word=failed)


PROBES = [
    Probe(
        "buckets.embedding",
        {
            "embedding.task_visible": "A task is found as soon as it is created.",
            "embedding.filenames": "The file list has the exact keys.",
            "embedding.rows": "Each row of the file list has a filename.",
            "embedding.every_key": "Keys of 250, 300 and 900 bytes, and with `%`, `!`, `~` embed.",
            "embedding.own_files": "The file list has the uploaded files only.",
            "search.current": "A search finds what the file list calls embedded.",
            "search.filename": "`filename` of a hit is as in the file list.",
            "search.order": "Hits come best first.",
            "search.many": "`num_of_docs` may be 10 to 5,000.",
            "search.limit_form": "A larger `num_of_docs` than the limit is refused.",
            "embedding.task_states": "Tasks have the documented states.",
            "embedding.task_states_seen": "Each state of a task is seen.",
            "embedding.failed_file": "A task with a file that fails does not end in success.",
            "embedding.failure_word": "A task that fails ends in `failure`.",
            "embedding.file_states": "Files have the usual states.",
            "embedding.file_states_seen": "Each state of a file before its deletion is seen.",
            "embedding.again": "A second task embeds unchanged files again.",
            "later.automatic": "An upload to an embedded bucket is embedded without a POST.",
            "later.delay": "That takes less than 5 seconds.",
            "later.deleted": "A deleted object leaves the file list.",
            "later.listed_for": "A deleted file that is listed stays listed.",
            "later.deleted_hits": "A deleted object leaves the search.",
        },
        "2 buckets, 32 uploads of 1,500 characters, 3 or 4 embeddings, 1 deletion",
        0.01,
        _embedding,
        searches=MOST_SEARCHES,
    ),
]
