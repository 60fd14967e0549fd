"""Which buckets an agent may look into, and which it means when it names none."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from langchain_core.tools import ToolException
from pydantic import AfterValidator, Field, model_validator

from langchain_telnyx.client.call import object_path, path
from langchain_telnyx.tools.base import TelnyxTool


def _bucket(name: str) -> str:
    path("/{}", name)  # raises for what would lead elsewhere
    return name


def _key(name: str) -> str:
    object_path("bucket", name)  # raises for what would lead elsewhere
    return name


BucketName = Annotated[str, AfterValidator(_bucket), Field(max_length=63)]
"""The name of a bucket."""

ObjectKey = Annotated[str, AfterValidator(_key), Field(max_length=1024)]
"""The key of an object: what the tools call the name of a file."""


class BucketTool(TelnyxTool):
    """A tool that looks into buckets."""

    bucket: BucketName | None = None
    """The bucket that is meant where none is named."""

    buckets: Sequence[BucketName] | None = Field(default=None, min_length=1)
    """The only buckets that may be looked into; default: all of the account. A single one is meant
    where none is named."""

    _missing = "Check the names: telnyx_list_buckets and telnyx_list_files list what is there."

    @model_validator(mode="after")
    def _name_the_buckets(self) -> Self:
        if self.buckets is None:
            return self
        if self.bucket is not None and self.bucket not in self.buckets:
            raise ValueError(f"`bucket` is {self.bucket!r}, which is none of `buckets`.")
        named = f" Buckets you may look into: {', '.join(self.buckets)}."
        if not self.description.endswith(named):
            self.description += named
        return self

    def _check(self, asked: Any) -> None:
        for name in self._named(asked):
            if self.buckets is not None and name not in self.buckets:
                raise ToolException(
                    f"You may not look into the bucket {name!r}, only into: "
                    f"{', '.join(self.buckets)}."
                )

    def _named(self, asked: Any) -> Sequence[str]:
        """Return the buckets that the arguments name."""
        return [] if asked.bucket is None else [asked.bucket]

    def _meant(self, name: str | None) -> str:
        """Return the bucket that is meant.

        Raises:
            ToolException: None is named, and it could be any.
        """
        chosen = name or self.bucket
        if chosen is None and self.buckets is not None and len(self.buckets) == 1:
            chosen = self.buckets[0]
        if chosen is None:
            raise ToolException("Name the bucket: telnyx_list_buckets lists them.")
        return chosen
