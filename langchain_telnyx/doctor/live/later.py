"""Verifies what happens to objects that are added to an embedded bucket, and deleted from it."""

import time
from collections.abc import Iterator

from langchain_telnyx.client.call import JSON, object_path
from langchain_telnyx.doctor.live.filenames import spell
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, unknown
from langchain_telnyx.doctor.live.searching import hits_of, search_until_found
from langchain_telnyx.doctor.live.session import Session

_KEY = "later.txt"


def verify_later(
    session: Session, bucket: str, form: str, done: str, *, deleted: str, text: str
) -> Iterator[Outcome]:
    """Verify the assumptions about later uploads and deletions.

    Args:
        session: Sends the requests.
        bucket: The embedded bucket.
        form: The form of file names.
        done: The state of an embedded file.
        deleted: The key of an embedded object to delete.
        text: The object's text.
    """
    begin = time.monotonic()
    session.put(bucket, _KEY, "A meteorite of 40 tons is in Narvik.")

    def is_embedded() -> bool:
        return _row(session, bucket, spell(form, bucket, _KEY)).get("status") == done

    if session.wait(is_embedded, session.patience) is None:
        session.embed(bucket)
        took = session.wait(is_embedded)
        evidence = "Not embedded without a POST, " + (
            "and not with one." if took is None else f"but {took:.1f} s after one."
        )
        yield Outcome("later.automatic", "differs", evidence, {"automatic_embedding": False})
        yield unknown("later.delay", evidence)
    else:
        took = time.monotonic() - begin
        lag, _ = search_until_found(session, bucket, "meteorite", "Narvik")
        found = "not found" if lag is None else f"found {lag:.1f} s later"
        evidence = f"Embedded after {took:.1f} s, {found}."
        yield Outcome("later.automatic", "holds", evidence)
        is_quick = took < session.soon
        yield holds_if(is_quick, "later.delay", evidence, embedding_delay=round(took, 1))
    yield from _verify_deletion(session, bucket, form, done, deleted, text=text)


def _verify_deletion(
    session: Session, bucket: str, form: str, done: str, key: str, *, text: str
) -> Iterator[Outcome]:
    name = spell(form, bucket, key)
    session.request("DELETE", object_path(bucket, key), host="storage")
    words: list[str] = []

    def is_gone() -> bool:
        row = _row(session, bucket, name)
        if row and (word := str(row.get("status"))) not in words:
            words.append(word)
        return not row

    gone = session.wait(is_gone, session.patience)
    states = [word for word in words if word != done]
    if gone is not None and not states:
        yield Outcome("later.deleted", "holds", f"Gone after {gone:.1f} s.")
        yield unknown("later.listed_for", "Deleted files are not listed.")
    else:
        quirks: JSON = {"deleted_files": "listed"}
        if states and states[-1] != "deleted":
            quirks["file_words"] = {"deleted": states[-1]}
        yield Outcome("later.deleted", "differs", f"Listed as {words}.", quirks)
        yield _listed_for(session, gone)
    hits = hits_of(session.search(bucket, text, 10))
    names = [str(hit["metadata"].get("filename")) for hit in hits]
    yield holds_if(name not in names, "later.deleted_hits", f"{len(hits)} hits.")


def _listed_for(session: Session, gone: float | None) -> Outcome:
    if gone is None:
        return unknown("later.listed_for", f"Listed for {session.patience:g} s at least.")
    seconds = round(gone, 1)
    return Outcome("later.listed_for", "differs", f"{seconds} s.", {"deleted_listed_for": seconds})


def _row(session: Session, bucket: str, name: str) -> JSON:
    return next((row for row in session.files(bucket) if row.get("filename") == name), {})
