"""Check that a search which returns the whole bucket has the documents that were written."""

import time
from collections.abc import Collection, Iterator, Mapping

from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.endpoint import DeferredCalls, config_of
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.client.rows import Rows
from langchain_telnyx.vectorstores.assumptions import Differences, Written, WrittenDocuments
from langchain_telnyx.vectorstores.embedding_wait import KeyMatcher
from langchain_telnyx.vectorstores.keys import parse_key, spellings

# Seconds after a write in which a missing document is attributed to a delay of the search.
_RECENT = 600.0


class SearchCheck:
    """Checks a search for the documents that were written, and reports what differs.

    Args:
        calls: Describes calls.
        bucket: The bucket.
        written: The documents that were written last.
    """

    def __init__(
        self, calls: Namespaces[DeferredCalls], bucket: str, written: WrittenDocuments
    ) -> None:
        self._calls = calls
        self._bucket = bucket
        self._written = written
        self._expected: Mapping[str, Written] = {}
        self._changes: int | None = None
        self._refused: int | None = None

    def begin(self) -> None:
        """Record which documents can be found before a search is sent."""
        self._expected = self._written.snapshot()
        self._changes = self._written.changes

    def note_refusal(self, requested: int) -> None:
        """Record that a search for a number of passages was refused."""
        self._refused = self._refused or requested

    def end(self, hits: Rows[Hit], requested: int) -> Flow[None]:
        """Check the result of a search.

        Sends one HEAD request where documents are missing, and only the first time.

        Args:
            hits: The result.
            requested: The requested number of passages.
        """
        if self._refused is not None:
            seen = f"a search for {self._refused} passages is refused, one for {requested} is not"
            self._report("search_cap", seen)
            self._refused = None
        elif self._expected and self._is_comparable() and not hits.unreadable:
            yield from self._check_complete(hits, requested)

    def _check_complete(self, hits: Rows[Hit], requested: int) -> Flow[None]:
        # With fewer passages than requested, the result is the whole bucket.
        if hits.given >= requested:
            self._written.may_check(suspicious=False)
            return
        found = set(_stems(hits, [document.key for document in self._expected.values()]))
        missing = {stem: each for stem, each in self._expected.items() if stem not in found}
        if not self._written.may_check(suspicious=bool(missing)):
            return
        newest = max(missing.values(), key=lambda document: document.at)
        try:
            # Another program may have deleted it.
            yield from self._calls.storage.head_object(self._bucket, newest.key)
        except TelnyxError:
            return
        explained = _explain(self._expected, missing, requested=requested, given=hits.given)
        self._report(*explained)

    def _is_comparable(self) -> bool:
        """Return whether the store did not change the bucket during the search."""
        return self._changes is not None and self._changes == self._written.changes

    def _report(self, assumption: str, seen: str) -> None:
        differences = Differences()
        differences.add(assumption, seen)
        differences.report(config_of(self._calls.bucket_embeddings), self._bucket)


def _stems(hits: Rows[Hit], keys: Collection[str]) -> Iterator[str]:
    matcher = KeyMatcher(keys)
    for hit in hits:
        for name in spellings(hit.metadata.filename or "", hit.metadata.source):
            parsed = parse_key(name) or parse_key(matcher.key_of(name) or "")
            if parsed is not None:
                yield parsed.stem


def _explain(
    expected: Mapping[str, Written],
    missing: Mapping[str, Written],
    *,
    requested: int,
    given: int,
) -> tuple[str, str]:
    """Return the assumption that missing documents contradict, and what was observed."""
    latest_found = max(
        (document.batch for stem, document in expected.items() if stem not in missing), default=0
    )
    is_recent = time.monotonic() - min(each.at for each in missing.values()) < _RECENT
    # A delay hides the last writes as a whole; a cap hides any documents.
    if is_recent and min(document.batch for document in missing.values()) > latest_found:
        return "search_delay", (
            f"a search of the whole bucket does not find {len(missing)} documents that are listed "
            f"as embedded"
        )
    return "search_cap", (
        f"a search for {requested} passages returns {given}, although the bucket has more"
    )
