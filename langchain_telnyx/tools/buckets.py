"""Tools that list the account's buckets, and the files of a bucket."""

from functools import partial
from typing import Any

from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.bucket_embeddings import EmbeddedFile
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import NotFoundError
from langchain_telnyx.client.flows import first
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import (
    ToolResult,
    format_time,
    one_line,
    pluralize,
    printable_name,
)
from langchain_telnyx.tools.scope import BucketName, BucketTool


class ListBucketsArguments(Arguments):
    """Arguments of `telnyx_list_buckets`."""

    offset: Offset = 0


class TelnyxListBucketsTool(BucketTool):
    """Lists the buckets, and whether each is embedded, so that it can be searched.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/docs/cloud-storage/api-endpoints

    Example:
        ```python
        from langchain_telnyx import TelnyxListBucketsTool

        TelnyxListBucketsTool().invoke({})
        ```
    """

    name: str = "telnyx_list_buckets"
    description: str = (
        "List the storage buckets. Use it first if you do not know the name of a bucket. "
        "Returns one line per bucket: its name, and whether its files can be searched."
    )
    args_schema: ArgsSchema | None = ListBucketsArguments

    def _execute(self, arguments: Any) -> Flow[ToolResult]:  # noqa: ARG002 - no arguments
        found = yield from self.telnyx.calls.storage.list_buckets()
        embedded = set((yield from self.telnyx.calls.bucket_embeddings.buckets()))
        buckets = [
            {
                "name": bucket.name,
                "created_at": bucket.created_at and bucket.created_at.isoformat(),
                "embedded": bucket.name in embedded,
            }
            for bucket in found
            if self.buckets is None or bucket.name in self.buckets
        ]
        lines = [
            f"{each['name']}: {'can' if each['embedded'] else 'cannot'} be searched"
            for each in buckets
        ]
        return ToolResult(
            f"{pluralize(len(buckets), 'bucket')}.", {"buckets": buckets}, "\n".join(lines)
        )

    def _requested_buckets(self, arguments: Any) -> list[str]:  # noqa: ARG002 - no arguments
        return []


class ListFilesArguments(Arguments):
    """Arguments of `telnyx_list_files`."""

    bucket: BucketName | None = Field(default=None, description="The name of the bucket.")
    prefix: str | None = Field(
        default=None, max_length=1024, description="Return only files whose names start with this."
    )
    offset: Offset = 0


class TelnyxListFilesTool(BucketTool):
    """Lists the files of a bucket, with the size, the date and the embedding status of each.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/docs/cloud-storage/api-endpoints

    Example:
        ```python
        from langchain_telnyx import TelnyxListFilesTool

        TelnyxListFilesTool(bucket="minutes").invoke({"prefix": "2026/"})
        ```
    """

    name: str = "telnyx_list_files"
    description: str = (
        "List the files of a bucket. Use it to get the exact name of a file before you summarize "
        "or transcribe it. Returns one line per file: name, size, modification time, and whether "
        "it can be searched."
    )
    args_schema: ArgsSchema | None = ListFilesArguments

    limit: int = Field(default=1000, ge=1)
    """Maximum number of files to list."""

    def _execute(self, arguments: ListFilesArguments) -> Flow[ToolResult]:
        bucket = self._resolve_bucket(arguments.bucket)
        listing = self.telnyx.calls.storage.list_objects(bucket, prefix=arguments.prefix)
        objects = yield from first(listing, self.limit + 1)
        states: dict[str, EmbeddedFile] = {}
        try:
            for file in (yield from self.telnyx.calls.bucket_embeddings.files(bucket)):
                states[file.filename] = file
        except NotFoundError:
            states = {}  # the bucket is not embedded
        shown = objects[: self.limit]
        artifact = {
            "bucket": bucket,
            "files": [
                {
                    **item.model_dump(mode="json", exclude={"content_type"}),
                    "embedding": states[item.key].status if item.key in states else None,
                }
                for item in shown
            ],
        }
        more = len(objects) > len(shown)
        return ToolResult(
            f"{pluralize(len(shown), 'file')}{'; there are more' if more else ''}.",
            artifact,
            "\n".join(map(partial(_format_row, states), shown)),
            "Pass a `prefix` to list other files." if more else "",
        )


def _format_row(states: dict[str, EmbeddedFile], item: StoredObject) -> str:
    state = states.get(item.key)
    status = "cannot be searched" if state is None else f"embedding: {one_line(state.status)}"
    reason = (
        f" ({one_line(state.error_reason)})" if state is not None and state.error_reason else ""
    )
    modified = format_time(item.last_modified)
    return f"{printable_name(item.key)}: {item.size:,} bytes, {modified}, {status}{reason}"
