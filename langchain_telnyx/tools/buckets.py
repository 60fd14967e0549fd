"""What is there: the account's buckets, and the files of one."""

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
from langchain_telnyx.tools.quoting import Found, counted, exact, line, when
from langchain_telnyx.tools.scope import BucketName, BucketTool


class ListBucketsArguments(Arguments):
    """What `telnyx_list_buckets` takes."""

    offset: Offset = 0


class TelnyxListBucketsTool(BucketTool):
    """Lists the buckets, and says which are embedded and so can be searched.

    API page: https://developers.telnyx.com/docs/cloud-storage/api-endpoints

    Example:
        ```python
        from langchain_telnyx import TelnyxListBucketsTool

        TelnyxListBucketsTool().invoke({})
        ```
    """

    name: str = "telnyx_list_buckets"
    description: str = (
        "List the buckets that hold files. Use it first when you do not know the name of a bucket. "
        "Comes back: a line for each, with its name and whether its files can be searched."
    )
    args_schema: ArgsSchema | None = ListBucketsArguments

    def _find(self, asked: Any) -> Flow[Found]:  # noqa: ARG002 - it takes nothing
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
        return Found(f"{counted(len(buckets), 'bucket')}.", {"buckets": buckets}, "\n".join(lines))

    def _named(self, asked: Any) -> list[str]:  # noqa: ARG002 - it takes nothing
        return []


class ListFilesArguments(Arguments):
    """What `telnyx_list_files` takes."""

    bucket: BucketName | None = Field(default=None, description="The bucket.")
    prefix: str | None = Field(
        default=None, max_length=1024, description="Only files whose names begin with this."
    )
    offset: Offset = 0


class TelnyxListFilesTool(BucketTool):
    """Lists the files of a bucket: size, date, and how far each is embedded.

    API page: https://developers.telnyx.com/docs/cloud-storage/api-endpoints

    Example:
        ```python
        from langchain_telnyx import TelnyxListFilesTool

        TelnyxListFilesTool(bucket="minutes").invoke({"prefix": "2026/"})
        ```
    """

    name: str = "telnyx_list_files"
    description: str = (
        "List the files of a bucket. Use it to learn the exact name of a file before you summarize "
        "or transcribe it. Comes back: a line for each, with its name, its size, when it was "
        "stored, and whether it can be searched."
    )
    args_schema: ArgsSchema | None = ListFilesArguments

    limit: int = Field(default=1000, ge=1)
    """Files to list at most."""

    def _find(self, asked: ListFilesArguments) -> Flow[Found]:
        bucket = self._meant(asked.bucket)
        listing = self.telnyx.calls.storage.list_objects(bucket, prefix=asked.prefix)
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
        return Found(
            f"{counted(len(shown), 'file')}{'; there are more' if more else ''}.",
            artifact,
            "\n".join(map(partial(_line, states), shown)),
            "Give a `prefix` to see others." if more else "",
        )


def _line(states: dict[str, EmbeddedFile], item: StoredObject) -> str:
    state = states.get(item.key)
    searched = "cannot be searched" if state is None else f"embedding: {line(state.status)}"
    why = f" ({line(state.error_reason)})" if state is not None and state.error_reason else ""
    return f"{exact(item.key)}: {item.size:,} bytes, {when(item.last_modified)}, {searched}{why}"
