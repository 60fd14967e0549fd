"""`TelnyxToolkit`: the tools of one account for an agent, those that only read unless told else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import Field, field_validator, model_validator

from langchain_telnyx._shared.connect import Connected
from langchain_telnyx.tools.base import TelnyxTool
from langchain_telnyx.tools.buckets import TelnyxListBucketsTool, TelnyxListFilesTool
from langchain_telnyx.tools.clusters import TelnyxClustersTool
from langchain_telnyx.tools.conversations import (
    TelnyxListConversationsTool,
    TelnyxReadConversationTool,
)
from langchain_telnyx.tools.counts import TelnyxCountInsightsTool
from langchain_telnyx.tools.files import TelnyxSummarizeTool, TelnyxTranscribeTool
from langchain_telnyx.tools.insight_writing import (
    TelnyxAssignInsightTool,
    TelnyxCreateInsightGroupTool,
    TelnyxCreateInsightTool,
)
from langchain_telnyx.tools.insights import TelnyxConversationInsightsTool, TelnyxListInsightsTool
from langchain_telnyx.tools.scope import BucketName
from langchain_telnyx.tools.search import TelnyxSearchTool

_PREFIX = "telnyx_"
READ = "read"

_READING: tuple[type[TelnyxTool], ...] = (
    TelnyxListBucketsTool,
    TelnyxListFilesTool,
    TelnyxSearchTool,
    TelnyxSummarizeTool,
    TelnyxTranscribeTool,
    TelnyxClustersTool,
    TelnyxListConversationsTool,
    TelnyxReadConversationTool,
    TelnyxConversationInsightsTool,
    TelnyxListInsightsTool,
    TelnyxCountInsightsTool,
)
_WRITING: tuple[type[TelnyxTool], ...] = (
    TelnyxCreateInsightTool,
    TelnyxCreateInsightGroupTool,
    TelnyxAssignInsightTool,
)


def _short(kind: type[TelnyxTool]) -> str:
    return str(kind.model_fields["name"].default).removeprefix(_PREFIX)


_READING_NAMES = tuple(map(_short, _READING))
_KINDS = {_short(kind): kind for kind in (*_READING, *_WRITING)}
# What the toolkit hands on to those of its tools that have it, by the tools' names for it.
_HANDED_ON = {
    "bucket": "bucket",
    "buckets": "buckets",
    "max_chars": "max_chars",
    "wait_timeout": "wait_timeout",
    "model": "transcription_model",
    "model_options": "transcription_options",
}


class TelnyxToolkit(Connected, BaseToolkit):
    """Gives an agent tools for files, conversations and insights, on one client.

    By default those that only read. A tool that changes the account is there only when `include`
    has its name.

    Raises:
        ValueError: A name is none of the tools'; the message lists them.

    Example:
        ```python
        from langchain.agents import create_agent
        from langchain_telnyx import ChatTelnyx, TelnyxToolkit

        toolkit = TelnyxToolkit(buckets=["handbook"], exclude=["transcribe_file"])
        agent = create_agent(ChatTelnyx(), toolkit.get_tools())
        ```
    """

    include: Sequence[str] | None = None
    """The tools to give, with or without `telnyx_` in front; `read` means all that only read.
    Default: `["read"]`."""

    exclude: Sequence[str] = ()
    """The tools to leave out."""

    bucket: BucketName | None = None
    """The bucket that is meant where the model names none."""

    buckets: Sequence[BucketName] | None = Field(default=None, min_length=1)
    """The only buckets that may be looked into; default: all of the account."""

    max_chars: int | None = None
    """Characters of a tool's content at most; default: the tools', 8,000."""

    wait_timeout: float | None = None
    """Seconds to wait at most for what Telnyx does in the background; default: the tools'."""

    transcription_model: str | None = None
    """The model that transcribes where the agent names none; default: the tool's."""

    transcription_options: Mapping[str, Any] | None = None
    """Options of that model, such as `{"diarize": True}`."""

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _known(cls, names: Any) -> Any:
        if names is None:
            return None
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise ValueError(f"A list of names is wanted, not {names!r}.")  # noqa: TRY004 - pydantic's way
        short = [str(name).removeprefix(_PREFIX) for name in names]
        if unknown := [name for name in short if name not in {*_KINDS, READ}]:
            raise ValueError(
                f"There is no tool {', '.join(map(repr, unknown))}. The tools are: "
                f"{', '.join(_KINDS)}; and `{READ}` means all that only read."
            )
        return short

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.get_tools()  # raises for what a tool would not take
        return self

    def get_tools(self) -> list[BaseTool]:
        """Make the tools, in the order of the documentation; they share the toolkit's client."""
        wanted = _expanded([READ] if self.include is None else self.include)
        left_out = _expanded(self.exclude)
        options = {
            name: value
            for name, ours in _HANDED_ON.items()
            if (value := getattr(self, ours)) is not None
        }
        return [
            kind(
                client=self.telnyx,
                **{name: options[name] for name in options if name in kind.model_fields},
            )
            for name, kind in _KINDS.items()
            if name in wanted - left_out
        ]


def _expanded(names: Sequence[str]) -> set[str]:
    return {each for name in names for each in (_READING_NAMES if name == READ else (name,))}
