"""`TelnyxSearchTool`: searches embedded buckets by meaning."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from langchain_core.documents import Document
from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field, PlainValidator

from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import ToolResult, indent_lines, pluralize, printable_name
from langchain_telnyx.tools.scope import BucketName, BucketTool
from langchain_telnyx.vectorstores.bucket_search import BucketSearch
from langchain_telnyx.vectorstores.ranked_search import RankedSearch
from langchain_telnyx.vectorstores.resolver_cache import ResolverCache
from langchain_telnyx.vectorstores.search_request import (
    Match,
    Rerank,
    SearchRequest,
    checked_rerank,
)
from langchain_telnyx.vectorstores.settings import DEFAULT_EMBEDDING_MODEL

# A metadata key that no document has.
_HIT_KEY = "telnyx_search"


def _checked_rerank(rerank: Any) -> Any:
    return checked_rerank(rerank)


class SearchArguments(Arguments):
    """Arguments of `telnyx_search`."""

    query: str = Field(
        min_length=1, max_length=4000, description="The search query: a sentence or a question."
    )
    buckets: list[BucketName] | None = Field(
        default=None, max_length=16, description="The names of the buckets to search."
    )
    limit: int | None = Field(
        default=None, ge=1, le=50, description="The maximum number of passages to return."
    )
    offset: Offset = 0


class TelnyxSearchTool(BucketTool):
    """Finds passages in embedded buckets by meaning.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/embeddings/search-for-documents

    Example:
        ```python
        from langchain_telnyx import TelnyxSearchTool

        search = TelnyxSearchTool(buckets=["handbook", "faq"], limit=3)
        search.invoke({"query": "How many days of leave do I have?"})
        ```
    """

    name: str = "telnyx_search"
    description: str = (
        "Search the text of stored files by meaning. Use it to answer a question from files. "
        "Returns the best matching passages, each with its bucket, its file, its lines and a "
        "certainty from 0 to 1. Useful passages have a certainty above 0.85."
    )
    args_schema: ArgsSchema | None = SearchArguments

    _not_found_hint = (
        "The bucket does not exist, or cannot be searched: telnyx_list_buckets shows which can."
    )

    limit: int = Field(default=4, ge=1, le=50)
    """Number of passages to return if the model does not pass a limit."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Minimum certainty of a passage."""

    rerank: Annotated[Rerank | None, PlainValidator(_checked_rerank)] = "bm25"
    """What changes the order of the passages; see `TelnyxRetriever.rerank`. `None` for nothing."""

    locate: bool = True
    """Whether to add the lines of each passage, with one GET request for each file found."""

    def _execute(self, arguments: SearchArguments) -> Flow[ToolResult]:
        buckets = arguments.buckets or self._default_buckets()
        request = SearchRequest(
            arguments.query,
            k=arguments.limit or self.limit,
            score_threshold=self.score_threshold,
            rerank=self.rerank,
            locate=self.locate,
            hit_metadata_key=_HIT_KEY,
        )
        searcher = BucketSearch(self.telnyx.calls, buckets, ResolverCache(self.telnyx.calls))
        search = RankedSearch(self.telnyx, searcher, DEFAULT_EMBEDDING_MODEL)
        candidates, unsearched = yield from _candidates(searcher, request)
        best = yield from search.select(candidates, request)
        unread = ""
        try:
            found = yield from search.to_scored_documents(best, request)
        except TelnyxError as error:
            # The passages are paid for, and useful without their lines.
            unread = f"The lines of the passages could not be read: {error}"
            found = yield from search.to_scored_documents(best, replace(request, locate=False))
        passages = [_passage(document) for document, _ in found]
        rows = [f"[{number}] {_format_row(each)}" for number, each in enumerate(passages, start=1)]
        missing = (
            f"These buckets could not be searched: {', '.join(unsearched)}." if unsearched else ""
        )
        return ToolResult(
            f"{pluralize(len(passages), 'passage')}, best first.",
            {"passages": passages, "unsearched": unsearched},
            "\n".join(rows),
            " ".join(filter(None, (missing, unread))),
        )

    def _requested_buckets(self, arguments: SearchArguments) -> Sequence[str]:
        return arguments.buckets or []

    def _default_buckets(self) -> Sequence[str]:
        """Return the buckets to search by default."""
        if self.bucket is not None:
            return [self.bucket]
        if self.buckets is None:
            raise ToolException("Pass `buckets`: telnyx_list_buckets lists them.")
        return list(dict.fromkeys(self.buckets))


def _candidates(
    searcher: BucketSearch, request: SearchRequest
) -> Flow[tuple[list[Match], list[str]]]:
    """Search all buckets; return the passages and the buckets that cannot be searched.

    Raises:
        TelnyxError: A search failed, or no bucket can be searched.
    """
    buckets = searcher.buckets
    candidates = request.to_candidates()
    results = yield from concurrently(
        [partial(searcher.matches, replace(candidates, buckets=[name])) for name in buckets]
    )
    found: list[Match] = []
    unsearched: list[str] = []
    for name, result in zip(buckets, results, strict=True):
        if isinstance(result, NotFoundError) and len(unsearched) + 1 < len(buckets):
            unsearched.append(name)  # the results of the others are useful
        elif isinstance(result, TelnyxError):
            raise result
        else:
            found += result
    return sorted(found, key=lambda match: match.hit.distance)[: candidates.k], unsearched


def _passage(document: Document) -> dict[str, Any]:
    hit = document.metadata.pop(_HIT_KEY)
    is_file = document.metadata == {"source": document.id}
    place = {name: hit[name] for name in ("line", "end_line", "start_index") if name in hit}
    return {
        "bucket": hit["bucket"],
        "filename": document.id if is_file else hit["filename"],
        "id": None if is_file else document.id,
        "metadata": document.metadata,
        "certainty": hit["score"],
        "text": document.page_content,
        **place,
    }


def _format_row(passage: dict[str, Any]) -> str:
    # The key of a vector store's document contains its id and metadata, encoded. Show the id.
    file = (passage["filename"] or "") if passage["id"] is None else f"document {passage['id']}"
    place = f"{passage['bucket']}, {printable_name(file)}{_lines(passage)}"
    return f"{place} (certainty {passage['certainty']:.2f}): {indent_lines(passage['text'])}"


def _lines(passage: dict[str, Any]) -> str:
    line, end = passage.get("line"), passage.get("end_line")
    if line is None:
        return ""
    return f", line {line}" if line == end else f", lines {line}-{end}"
