"""Search buckets: fetch passages until `k` of them pass the filter, and merge them by certainty.

The service searches one bucket by a query and a number of passages. Everything else (filters, one
passage per document) is done here: more passages than `k` are fetched, in growing numbers, until
`k` pass, the bucket has no more, or `fetch_k` is reached.
"""

import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.call import Flow, Steps
from langchain_telnyx.client.endpoint import DeferredCalls, config_of
from langchain_telnyx.client.errors import (
    BadRequestError,
    NotFoundError,
    TelnyxError,
    UnprocessableEntityError,
)
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.client.namespaces import Namespaces
from langchain_telnyx.vectorstores.bucket import version_order
from langchain_telnyx.vectorstores.document_resolver import ObjectText
from langchain_telnyx.vectorstores.filters import Matcher, matcher
from langchain_telnyx.vectorstores.listing import list_documents
from langchain_telnyx.vectorstores.observations import PassageLimit, search_cap
from langchain_telnyx.vectorstores.parents import complete_texts
from langchain_telnyx.vectorstores.ranking.fusion import fuse
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache
from langchain_telnyx.vectorstores.search_checks import SearchCheck
from langchain_telnyx.vectorstores.search_request import Match, SearchRequest

# The price of a search does not depend on the number of passages: start high and grow fast.
_FIRST = 20
_GROWTH = 4
# The most attempts for documents that are replaced between the search and the lookup.
_MAX_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class BucketSearch:
    """Searches one or more buckets.

    Attributes:
        calls: Describes calls.
        buckets: The names of the buckets.
        resolvers: Resolve the objects of each bucket to documents.
        on_missing: Called for a bucket that is not embedded or does not exist. Unless it raises
            an error, the bucket has no results.
    """

    calls: Namespaces[DeferredCalls]
    buckets: Sequence[str]
    resolvers: ResolverCache
    on_missing: Callable[[], Steps[None]] | None = None

    def matches(self, request: SearchRequest, passes: Matcher | None = None) -> Flow[list[Match]]:
        """Find passages that pass the filter, best first.

        Those of several buckets are merged by certainty, those of several phrasings by their ranks.

        Args:
            request: The request.
            passes: Its filter, if it is compiled already.

        Raises:
            ValueError: The filter is invalid; nothing is sent.
            NotFoundError: A bucket is not embedded or does not exist.
        """
        if passes is None and request.filter is not None:
            passes = matcher(request.filter)
        names = dict.fromkeys(request.buckets or self.buckets)
        searches = {
            (name, query): partial(self._search_one, name, replace(request, query=query), passes)
            for query in request.phrasings
            for name in names
        }
        if len(searches) == 1:
            [search] = searches.values()
            return (yield from search())
        results = yield from concurrently(list(searches.values()))
        found: dict[str, list[Match]] = {query: [] for query in request.phrasings}
        failed: dict[str, TelnyxError] = {}
        for (name, query), result in zip(searches, results, strict=True):
            if isinstance(result, TelnyxError):
                failed[name] = result
            else:
                found[query] += result
        merged = _merged(list(found.values()))[: request.k]
        if failed:
            error = _combined_error(failed)
            error.partial = [match.document for match in merged]
            raise error
        return merged

    def _search_one(
        self, name: str, request: SearchRequest, passes: Matcher | None
    ) -> Flow[list[Match]]:
        try:
            return (yield from self._search_until_enough(name, request, passes))
        except NotFoundError as error:
            if self.on_missing is None or name not in self.buckets:
                raise _not_found([name], error) from error
            yield from self.on_missing()
            return []
        except TelnyxError as error:
            error.add_note(f"The bucket searched was {name!r}.")
            raise

    def _search_until_enough(
        self, name: str, request: SearchRequest, passes: Matcher | None
    ) -> Flow[list[Match]]:
        limit = PassageLimit(
            search_cap(config_of(self.calls.bucket_embeddings)), request.min_passages
        )
        most = request.most_passages
        count = request.k
        if passes is not None or request.one_per_document:
            count = min(most, max(_FIRST, request.k * _GROWTH))
        matches: list[Match] = []
        before, attempts = 0, 0
        check = SearchCheck(self.calls, name, self.resolvers.get(name).cache.written)
        while True:
            check.begin()
            count = limit.limited(count)
            if count < request.min_passages:
                check.note_refusal(request.min_passages)
            try:
                hits = yield from self.calls.bucket_embeddings.similarity_search(
                    name, request.query, num_of_docs=count
                )
            except (BadRequestError, UnprocessableEntityError) as error:
                # The service's limit on passages is not documented: reduce the number.
                smaller = limit.refuse(error, count, before)
                check.note_refusal(count)
                if smaller <= before:
                    return (yield from self._incomplete(name, request, passes, matches, before))
                count = smaller
                continue
            capped = limit.serve(count)
            yield from check.end(hits, count)
            certain = _above(request.score_threshold, hits)
            matches, deleted = yield from self._filter_hits(name, certain, request, passes)
            attempts += deleted
            if deleted and len(matches) < request.k and attempts < _MAX_ATTEMPTS:
                continue  # an update replaced a document between the search and the lookup
            if len(matches) == request.k or len(certain) < len(hits):
                return matches
            # Passages that cannot be read count as fetched: the bucket has them.
            if hits.given < count or hits.given <= before or count >= most or capped:
                return (yield from self._incomplete(name, request, passes, matches, hits.given))
            before = hits.given
            count = min(most, count * _GROWTH)

    def _filter_hits(
        self, bucket: str, hits: Sequence[Hit], request: SearchRequest, passes: Matcher | None
    ) -> Flow[tuple[list[Match], bool]]:
        """Return the first `k` hits that pass, and whether an object was deleted meanwhile."""
        resolver = self.resolvers.get(bucket)
        texts = [
            resolver.text_of_hit(
                hit.metadata.filename or "", hit.metadata.source, hit.document_chunk
            )
            for hit in hits
        ]
        known = yield from complete_texts(resolver, texts)
        newest = _newest([text for text in known if text is not None])
        current = [
            (hit, text)
            for hit, text in zip(hits, known, strict=True)
            if text is not None
            and (text.parsed is None or version_order(text.parsed) == newest[text.parsed.stem])
        ]
        documents = yield from resolver.documents([text for _, text in current])
        matches: list[Match] = []
        seen: set[str] = set()
        for (hit, text), document in zip(current, documents, strict=True):
            if len(matches) == request.k:
                break
            key = text.key if text.parsed is None else text.parsed.whole
            if document is None or (request.one_per_document and key in seen):
                continue
            if passes is None or passes(document):
                match = Match(document, hit, bucket, key)
                if text.parsed is not None and text.entry is not None:
                    match = match.of_chunk(text.parsed.chunk, text.entry.chunks)
                matches.append(match)
                seen.update([key] if key else [])
        return matches, None in documents

    def _incomplete(
        self,
        name: str,
        request: SearchRequest,
        passes: Matcher | None,
        matches: list[Match],
        fetched: int,
    ) -> Flow[list[Match]]:
        """Return the matches; warn if fewer than `k` were found although more documents pass."""
        if passes is None or request.score_threshold is not None:
            return matches
        if len(matches) >= request.min_passages:
            return matches
        if not isinstance(request.filter, Mapping):
            if fetched >= request.most_passages:
                _warn(name, request, fetched, f"{len(matches)} of k={request.k} were found")
            return matches
        listed = yield from list_documents(self.resolvers.get(name), request.filter)
        found = {match.document.id for match in matches}
        missing = sum(document.id not in found for document in listed)
        if missing:
            passing = f"{len(listed)} documents pass the filter, and {len(found)} were found"
            _warn(name, request, fetched, passing)
            note = {"complete": False, "documents_passing": len(listed)}
            return [match._replace(note=note) for match in matches]
        return matches


def _newest(texts: Sequence[ObjectText]) -> dict[str, tuple[str, str]]:
    """Return the newest version of each document among passages, by its stem."""
    newest: dict[str, tuple[str, str]] = {}
    for text in texts:
        if text.parsed is not None:
            order = version_order(text.parsed)
            newest[text.parsed.stem] = max(newest.get(text.parsed.stem, order), order)
    return newest


def _warn(bucket: str, request: SearchRequest, fetched: int, found: str) -> None:
    most = request.most_passages
    limit = f"`fetch_k={most}`" if fetched >= most else "the service's limit"
    warnings.warn(
        f"The search of bucket {bucket!r} with a filter ended after {fetched} passages ({limit}): "
        f"{found}. Raise `fetch_k`, or store documents that are searched separately in a bucket "
        f"of their own.",
        UserWarning,
        stacklevel=2,
    )


def _above(threshold: float | None, hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if threshold is None or hit.certainty >= threshold]


def _merged(found: Sequence[Sequence[Match]]) -> list[Match]:
    """Merge the passages of several phrasings, each by certainty, then all by their ranks."""
    rankings = [sorted(matches, key=lambda match: match.hit.distance) for matches in found]
    if len(rankings) == 1:
        return rankings[0]
    best: dict[tuple[str, str, int, str], Match] = {}
    for match in itertools.chain(*rankings):
        held = best.setdefault(match.identity, match)
        if match.hit.distance < held.hit.distance:
            best[match.identity] = match
    order = fuse([(1.0, [match.identity for match in ranking]) for ranking in rankings])
    return [best[identity] for identity in order]


def _combined_error(failed: dict[str, TelnyxError]) -> TelnyxError:
    """Return the error to raise for several buckets; it names all missing buckets."""
    errors = list(failed.values())
    others = [error for error in errors if not isinstance(error, NotFoundError)]
    missing = [error for error in errors if isinstance(error, NotFoundError)]
    return others[0] if others else _not_found(list(failed), missing[0])


def _not_found(names: Sequence[str], error: NotFoundError) -> NotFoundError:
    listed = ", ".join(repr(name) for name in names)
    return NotFoundError(
        f"Not embedded, or does not exist: bucket {listed}. Check the name, or embed the bucket.",
        error.response,
    )
