"""Base class of the tools for buckets: the buckets an agent may read, and the default bucket."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from langchain_core.tools import ToolException
from pydantic import AfterValidator, Field, model_validator

from langchain_telnyx.client.call import object_path, path
from langchain_telnyx.tools.base import TelnyxTool


def _bucket(name: str) -> str:
    path("/{}", name)  # raises for a name that changes the path
    return name


def _key(name: str) -> str:
    object_path("bucket", name)  # raises for a name that changes the path
    return name


BucketName = Annotated[str, AfterValidator(_bucket), Field(max_length=63)]
"""The name of a bucket."""

ObjectKey = Annotated[str, AfterValidator(_key), Field(max_length=1024)]
"""The key of an object. Tools call it the name of a file."""


class BucketTool(TelnyxTool):
    """A tool that reads buckets."""

    bucket: BucketName | None = None
    """The default bucket."""

    buckets: Sequence[BucketName] | None = Field(default=None, min_length=1)
    """The only buckets that the tool may read; default: all of the account. If there is one, it is
    the default bucket."""

    _not_found_hint = "Check the names with telnyx_list_buckets and telnyx_list_files."

    @model_validator(mode="after")
    def _describe_buckets(self) -> Self:
        if self.buckets is None:
            return self
        if self.bucket is not None and self.bucket not in self.buckets:
            raise ValueError(f"`bucket` is {self.bucket!r}, which is not in `buckets`.")
        allowed = f" You may read only these buckets: {', '.join(self.buckets)}."
        if not self.description.endswith(allowed):
            self.description += allowed
        return self

    def _check(self, arguments: Any) -> None:
        for name in self._requested_buckets(arguments):
            if self.buckets is not None and name not in self.buckets:
                raise ToolException(
                    f"You may not read the bucket {name!r}, only: {', '.join(self.buckets)}."
                )

    def _requested_buckets(self, arguments: Any) -> Sequence[str]:
        """Return the buckets that are named in the arguments."""
        return [] if arguments.bucket is None else [arguments.bucket]

    def _resolve_bucket(self, name: str | None) -> str:
        """Return the named bucket, or the default bucket.

        Raises:
            ToolException: There is neither.
        """
        bucket = name or self.bucket
        if bucket is None and self.buckets is not None and len(self.buckets) == 1:
            bucket = self.buckets[0]
        if bucket is None:
            raise ToolException("Pass a `bucket`: telnyx_list_buckets lists them.")
        return bucket
