"""`TelnyxToolkit`: an agent's tools for one account, read-only by default."""

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
from langchain_telnyx.tools.speech import TelnyxTextToSpeechTool
from langchain_telnyx.tools.web import TelnyxWebContents, TelnyxWebResearch, TelnyxWebSearch

_PREFIX = "telnyx_"
READ = "read"
WEB = "web"

_READ_TOOLS: tuple[type[TelnyxTool], ...] = (
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
_WRITE_TOOLS: tuple[type[TelnyxTool], ...] = (
    TelnyxCreateInsightTool,
    TelnyxCreateInsightGroupTool,
    TelnyxAssignInsightTool,
    # It changes nothing, but makes something new for money.
    TelnyxTextToSpeechTool,
)
# They send text of the account to other servers, and read text of strangers.
_WEB_TOOLS: tuple[type[TelnyxTool], ...] = (TelnyxWebSearch, TelnyxWebContents, TelnyxWebResearch)


def _short_name(kind: type[TelnyxTool]) -> str:
    return str(kind.model_fields["name"].default).removeprefix(_PREFIX)


_GROUPS = {
    READ: tuple(map(_short_name, _READ_TOOLS)),
    WEB: tuple(map(_short_name, _WEB_TOOLS)),
}
_TOOLS = {_short_name(kind): kind for kind in (*_READ_TOOLS, *_WRITE_TOOLS, *_WEB_TOOLS)}
# The options of tools that the toolkit sets, and the toolkit's names for them.
_SHARED_OPTIONS = {
    "bucket": "bucket",
    "buckets": "buckets",
    "max_chars": "max_chars",
    "wait_timeout": "wait_timeout",
    "model": "transcription_model",
    "model_options": "transcription_options",
    "include_domains": "include_domains",
    "exclude_domains": "exclude_domains",
}


class TelnyxToolkit(Connected, BaseToolkit):
    """A toolkit for files, conversations, insights and the web; its tools share one client.

    By default, the tools only read the account. A tool that changes the account is included only by
    its name in `include`, and those for the web by their names or `web`.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    Raises:
        ValueError: `include` or `exclude` has an unknown name; the message lists the names.

    Example:
        ```python
        from langchain.agents import create_agent
        from langchain_telnyx import ChatTelnyx, TelnyxToolkit

        toolkit = TelnyxToolkit(buckets=["handbook"], exclude=["transcribe_file"])
        agent = create_agent(ChatTelnyx(), toolkit.get_tools())
        ```
    """

    include: Sequence[str] | None = None
    """The names of the tools, with or without the prefix `telnyx_`. `read` stands for all tools
    that only read the account, `web` for those that search and read the web. Default: `["read"]`.
    """

    exclude: Sequence[str] = ()
    """The names of tools to leave out."""

    bucket: BucketName | None = None
    """The default bucket."""

    buckets: Sequence[BucketName] | None = Field(default=None, min_length=1)
    """The only buckets that the tools may read; default: all of the account."""

    max_chars: int | None = None
    """Maximum number of characters of a tool's content; default: the tools', 8,000."""

    wait_timeout: float | None = None
    """Maximum number of seconds to wait for background tasks; default: the tools'."""

    transcription_model: str | None = None
    """The default speech model; default: the tool's."""

    transcription_options: Mapping[str, Any] | None = None
    """Options of that model, such as `{"diarize": True}`."""

    include_domains: Sequence[str] | None = None
    """The only domains of which web search and web contents use pages; default: all."""

    exclude_domains: Sequence[str] | None = None
    """The domains of which they use no pages; not with `include_domains`."""

    @field_validator("include", "exclude", mode="before")
    @classmethod
    def _check_names(cls, names: Any) -> Any:
        if names is None:
            return None
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise ValueError(f"Expected a list of names, not {names!r}.")  # noqa: TRY004 - for pydantic
        short = [str(name).removeprefix(_PREFIX) for name in names]
        if unknown := [name for name in short if name not in {*_TOOLS, *_GROUPS}]:
            raise ValueError(
                f"Unknown tool: {', '.join(map(repr, unknown))}. The tools are: "
                f"{', '.join(_TOOLS)}; `{READ}` stands for all that only read the account, "
                f"`{WEB}` for the tools for the web."
            )
        return short

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        self.get_tools()  # raises for options that a tool does not accept
        return self

    def get_tools(self) -> list[BaseTool]:
        """Create the tools, in the order of the documentation."""
        included = _expand([READ] if self.include is None else self.include)
        excluded = _expand(self.exclude)
        options = {
            name: value
            for name, own_name in _SHARED_OPTIONS.items()
            if (value := getattr(self, own_name)) is not None
        }
        return [
            kind(
                client=self.telnyx,
                **{name: options[name] for name in options if name in kind.model_fields},
            )
            for name, kind in _TOOLS.items()
            if name in included - excluded
        ]


def _expand(names: Sequence[str]) -> set[str]:
    return {each for name in names for each in _GROUPS.get(name, (name,))}
