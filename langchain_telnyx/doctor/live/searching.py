"""Verifies the search of an embedded bucket: how current it is, its order and its limit."""

import re
from collections.abc import Collection, Iterator

from langchain_telnyx.client.call import JSON, Reply
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.session import Session

MOST_SEARCHES = 20
"""The number of searches of the probe at most, including those of `later`."""
QUERY = "Who counts gulls?"
_FEW = 10
_COUNTS = (10, 100, 1000, 5000)
# Shares of the patience after which a search is sent again: each search costs money.
_AGAIN = (0.05, 0.2, 0.75)


def hits_of(reply: Reply) -> list[JSON]:
    """Return the hits of a search; those of another form are left out."""
    try:
        rows = reply.json()["data"]
    except (ValueError, LookupError, TypeError):
        return []
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("metadata"), dict)]


def search_until_found(
    session: Session, bucket: str, query: str, part: str = ""
) -> tuple[float | None, list[JSON]]:
    """Search a few times; return the seconds until a hit, `None` without one, and the hits.

    Args:
        session: Sends the requests.
        bucket: The bucket.
        query: The query.
        part: A part of the text of the hit.
    """
    waited = 0.0
    for share in (0.0, *_AGAIN):
        pause = share * session.patience
        session.pause(pause)
        waited += pause
        hits = hits_of(session.search(bucket, query, _FEW))
        if any(part in str(hit.get("document_chunk")) for hit in hits):
            return waited, hits
    return None, []


def verify_search(
    session: Session, bucket: str, own: Collection[str], *, files: int
) -> Iterator[Outcome]:
    """Verify the assumptions about searches.

    Args:
        session: Sends the requests.
        bucket: The embedded bucket.
        own: The names of its files, as the file list has them.
        files: The number of embedded files.
    """
    lag, hits = search_until_found(session, bucket, QUERY)
    if lag is None:
        yield unknown("search.current", "Nothing is found.")
        return
    evidence = f"Found after {lag:.1f} s."
    yield holds_if(lag == 0, "search.current", evidence, search_delay=round(lag, 1))
    names = [str(hit["metadata"].get("filename")) for hit in hits]
    yield holds_if({*names} <= {*own}, "search.filename", f"{names[:3]}")
    try:
        ordered = [float(hit["distance"]) for hit in hits]
    except (LookupError, TypeError, ValueError):
        yield unknown("search.order", "Hits have no distance.")
    else:
        evidence = f"{len(hits)} hits."
        yield holds_if(ordered == sorted(ordered), "search.order", evidence)
    yield from _limit(session, bucket, len(hits), files)


def _limit(session: Session, bucket: str, found: int, files: int) -> Iterator[Outcome]:
    """Find the largest number of hits that a search returns."""
    accepted, before = _FEW, found
    for count in _COUNTS[1:]:
        reply = session.search(bucket, QUERY, count)
        if not reply.ok:
            limit = _named_limit(session, bucket, reply, accepted, count)
            evidence = f"{count}: {shown(reply)}"
            quirks: JSON = {"search_cap": limit}
            yield Outcome("search.many", "differs", f"At most {limit}. {evidence}", quirks)
            yield Outcome("search.limit_form", "holds", evidence)
            return
        hits = len(hits_of(reply))
        if hits < min(files, count):
            session.pause(_AGAIN[1] * session.patience)  # it may lag
            hits = len(hits_of(session.search(bucket, QUERY, count)))
        if hits < min(files, count):
            evidence = f"{hits} hits of {files} files for {count}."
            if hits < before:
                yield unknown("search.many", evidence)
                return
            yield Outcome("search.many", "differs", evidence, {"search_cap": hits})
            quirks = {"search_cap_form": "capped"}
            yield Outcome("search.limit_form", "differs", evidence, quirks)
            return
        accepted, before = count, hits
    yield Outcome("search.many", "holds", f"{accepted} passages are accepted.")
    yield unknown("search.limit_form", "There is no limit.")


def _named_limit(session: Session, bucket: str, refused: Reply, accepted: int, count: int) -> int:
    """Return the limit that an error names, if a search with it is accepted."""
    numbers = {int(number) for number in re.findall(r"\d{1,6}", refused.text)}
    for number in sorted(numbers, reverse=True)[:2]:
        if accepted < number < count and session.search(bucket, QUERY, number).ok:
            return number
    return accepted
