"""`TelnyxSearchTool`: searches embedded buckets by meaning."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.bucket_embeddings import Hit
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError, TelnyxError
from langchain_telnyx.client.flows import concurrently
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import ToolResult, indent_lines, pluralize, printable_name
from langchain_telnyx.tools.scope import BucketName, BucketTool
from langchain_telnyx.vectorstores.keys import key_of_file, parse_key, spellings


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
        "Returns the best matching passages, each with its bucket, its file and a certainty from "
        "0 to 1. Useful passages have a certainty above 0.85."
    )
    args_schema: ArgsSchema | None = SearchArguments

    _not_found_hint = (
        "The bucket does not exist, or cannot be searched: telnyx_list_buckets shows which can."
    )

    limit: int = Field(default=4, ge=1, le=50)
    """Number of passages to return if the model does not pass a limit."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Minimum certainty of a passage."""

    def _execute(self, arguments: SearchArguments) -> Flow[ToolResult]:
        buckets = arguments.buckets or self._default_buckets()
        count = arguments.limit or self.limit
        search = self.telnyx.calls.bucket_embeddings.similarity_search
        results = yield from concurrently(
            [partial(search, name, arguments.query, num_of_docs=count) for name in buckets]
        )
        hits: list[tuple[str, Hit]] = []
        unsearched: list[str] = []
        for name, result in zip(buckets, results, strict=True):
            if isinstance(result, NotFoundError) and len(unsearched) + 1 < len(buckets):
                unsearched.append(name)  # the results of the others are useful
            elif isinstance(result, TelnyxError):
                raise result
            else:
                hits += [(name, hit) for hit in result if self._passes_threshold(hit)]
        best = sorted(hits, key=lambda hit: hit[1].distance)[:count]
        passages = [_passage(name, hit) for name, hit in best]
        rows = [f"[{number}] {_format_row(each)}" for number, each in enumerate(passages, start=1)]
        return ToolResult(
            f"{pluralize(len(passages), 'passage')}, best first.",
            {"passages": passages, "unsearched": unsearched},
            "\n".join(rows),
            f"These buckets could not be searched: {', '.join(unsearched)}." if unsearched else "",
        )

    def _passes_threshold(self, hit: Hit) -> bool:
        return self.score_threshold is None or hit.certainty >= self.score_threshold

    def _requested_buckets(self, arguments: SearchArguments) -> Sequence[str]:
        return arguments.buckets or []

    def _default_buckets(self) -> Sequence[str]:
        """Return the buckets to search by default."""
        if self.bucket is not None:
            return [self.bucket]
        if self.buckets is None:
            raise ToolException("Pass `buckets`: telnyx_list_buckets lists them.")
        return list(dict.fromkeys(self.buckets))


def _passage(bucket: str, hit: Hit) -> dict[str, Any]:
    filename = hit.metadata.filename
    key = None
    for spelling in spellings(filename or "", hit.metadata.source):
        key = key or parse_key(spelling)
    if key is None and filename is not None:
        filename = key_of_file(bucket, filename, hit.metadata.source)
    return {
        "bucket": bucket,
        "filename": filename if key is None else key.key,
        "id": None if key is None else key.id,
        # Metadata in a sidecar is not read.
        "metadata": {"source": filename or ""} if key is None else key.metadata or {},
        "certainty": hit.certainty,
        "text": hit.document_chunk,
    }


def _format_row(passage: dict[str, Any]) -> str:
    # The key of a vector store's document contains its id and metadata, encoded. Show the id.
    file = (passage["filename"] or "") if passage["id"] is None else f"document {passage['id']}"
    place = f"{passage['bucket']}, {printable_name(file)}"
    return f"{place} (certainty {passage['certainty']:.2f}): {indent_lines(passage['text'])}"
