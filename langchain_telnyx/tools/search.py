"""`TelnyxSearchTool`: passages of embedded buckets that match a question."""

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
from langchain_telnyx.tools.quoting import Found, block, counted, exact
from langchain_telnyx.tools.scope import BucketName, BucketTool
from langchain_telnyx.vectorstores.keys import parse_key


class SearchArguments(Arguments):
    """What `telnyx_search` takes."""

    query: str = Field(
        min_length=1, max_length=4000, description="What to look for, in a sentence or a question."
    )
    buckets: list[BucketName] | None = Field(
        default=None, max_length=16, description="The buckets to look into."
    )
    limit: int | None = Field(
        default=None, ge=1, le=50, description="How many passages to find, at most."
    )
    offset: Offset = 0


class TelnyxSearchTool(BucketTool):
    """Finds passages in embedded buckets by meaning.

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
        "Comes back: the passages that fit best, each with its bucket, its file and a certainty "
        "from 0 to 1; useful ones lie above 0.85."
    )
    args_schema: ArgsSchema | None = SearchArguments

    _missing = (
        "The bucket does not exist, or cannot be searched: telnyx_list_buckets tells which can."
    )

    limit: int = Field(default=4, ge=1, le=50)
    """Passages to find where the model does not say how many."""

    score_threshold: float | None = Field(default=None, ge=0, le=1)
    """Leaves out passages of lower certainty."""

    def _find(self, asked: SearchArguments) -> Flow[Found]:
        buckets = asked.buckets or self._all()
        count = asked.limit or self.limit
        search = self.telnyx.calls.bucket_embeddings.similarity_search
        answers = yield from concurrently(
            [partial(search, name, asked.query, num_of_docs=count) for name in buckets]
        )
        hits: list[tuple[str, Hit]] = []
        unsearched: list[str] = []
        for name, answer in zip(buckets, answers, strict=True):
            if isinstance(answer, NotFoundError) and len(unsearched) + 1 < len(buckets):
                unsearched.append(name)  # the others are worth telling of
            elif isinstance(answer, TelnyxError):
                raise answer
            else:
                hits += [(name, hit) for hit in answer if self._is_good(hit)]
        best = sorted(hits, key=lambda hit: hit[1].distance)[:count]
        passages = [_passage(name, hit) for name, hit in best]
        told = [f"[{number}] {_told(each)}" for number, each in enumerate(passages, start=1)]
        return Found(
            f"{counted(len(passages), 'passage')}, the best first.",
            {"passages": passages, "unsearched": unsearched},
            "\n".join(told),
            f"These buckets could not be searched: {', '.join(unsearched)}." if unsearched else "",
        )

    def _is_good(self, hit: Hit) -> bool:
        return self.score_threshold is None or hit.certainty >= self.score_threshold

    def _named(self, asked: SearchArguments) -> Sequence[str]:
        return asked.buckets or []

    def _all(self) -> Sequence[str]:
        """Return the buckets that are searched when none is named."""
        if self.bucket is not None:
            return [self.bucket]
        if self.buckets is None:
            raise ToolException("Name the buckets: telnyx_list_buckets lists them.")
        return list(dict.fromkeys(self.buckets))


def _passage(bucket: str, hit: Hit) -> dict[str, Any]:
    filename = hit.metadata.filename or ""
    key = parse_key(filename)
    return {
        "bucket": bucket,
        "filename": hit.metadata.filename,
        "id": None if key is None else key.id,
        # What lies in a sidecar is not looked up.
        "metadata": {"source": filename} if key is None else key.metadata or {},
        "certainty": hit.certainty,
        "text": hit.document_chunk,
    }


def _told(passage: dict[str, Any]) -> str:
    # The key of a vector store's document is its id and metadata, packed: nothing to read.
    file = (passage["filename"] or "") if passage["id"] is None else f"document {passage['id']}"
    place = f"{passage['bucket']}, {exact(file)}"
    return f"{place} (certainty {passage['certainty']:.2f}): {block(passage['text'])}"
