"""The types in public signatures: options, HTTP clients and inputs.

```python
from typing import Unpack
from langchain_telnyx import TelnyxConversationLoader
from langchain_telnyx.types import TelnyxOptions


def calls(**options: Unpack[TelnyxOptions]) -> TelnyxConversationLoader:
    return TelnyxConversationLoader(channel="phone_call", **options)
```

All but the options are imported on first use, together with their adapters.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, runtime_checkable

from langchain_telnyx.client.config import Key, Retry
from langchain_telnyx.client.protocols import AsyncHTTPClient, SyncHTTPClient

if TYPE_CHECKING:
    from langchain_telnyx._shared.capabilities import StructuredOutputMethod
    from langchain_telnyx.chat_models.output.thinking import ThinkTagsOption
    from langchain_telnyx.chat_models.sending.bound import BoundModel, StructuredModel
    from langchain_telnyx.chat_models.sending.usable_answers import UsableModel
    from langchain_telnyx.chat_models.tool_binding.tool_choice import ToolChoice
    from langchain_telnyx.chat_models.tool_binding.tools import AnyTool
    from langchain_telnyx.client.http.streams import AsyncStream, Stream
    from langchain_telnyx.embeddings.lengths import OnLongText
    from langchain_telnyx.fine_tuning.examples import TrainingExample
    from langchain_telnyx.insights import InsightsOptions
    from langchain_telnyx.insights.prompts import OnLongTranscript
    from langchain_telnyx.insights.templates import AnyInsight
    from langchain_telnyx.insights.transcripts import AnyTranscript
    from langchain_telnyx.retrievers._filters import Filter as MetadataFilter
    from langchain_telnyx.transcription.error_policy import OnError as OnTranscriptionError
    from langchain_telnyx.transcription.options import Mode as TranscriptionMode
    from langchain_telnyx.transcription.recordings import Input as TranscriptionInput
    from langchain_telnyx.vectorstores import VectorStoreOptions
    from langchain_telnyx.vectorstores.bucket import StatusMeaning
    from langchain_telnyx.vectorstores.files import Files
    from langchain_telnyx.vectorstores.filters import Filter as DocumentFilter
    from langchain_telnyx.vectorstores.search_request import Rerank
    from langchain_telnyx.vectorstores.sidecar import Docstore
    from langchain_telnyx.vectorstores.splitting import TextSplitter

__all__ = [
    "AnyInsight",
    "AnyTool",
    "AnyTranscript",
    "AsyncHTTPClient",
    "AsyncStream",
    "BoundModel",
    "CommonOptions",
    "Docstore",
    "DocumentFilter",
    "Files",
    "InsightsOptions",
    "Key",
    "ListedDocument",
    "MetadataFilter",
    "OnLongText",
    "OnLongTranscript",
    "OnTranscriptionError",
    "Readable",
    "Rerank",
    "Retry",
    "SplitsText",
    "StatusMeaning",
    "Stream",
    "StructuredModel",
    "StructuredOutputMethod",
    "SyncHTTPClient",
    "TelnyxOptions",
    "TextSplitter",
    "ThinkTagsOption",
    "ToolChoice",
    "TrainingExample",
    "TranscriptionInput",
    "TranscriptionMode",
    "UntimedOptions",
    "UsableModel",
    "VectorStoreOptions",
]

_SOURCES = {
    "AnyInsight": ("insights.templates", "AnyInsight"),
    "AnyTool": ("chat_models.tool_binding.tools", "AnyTool"),
    "AnyTranscript": ("insights.transcripts", "AnyTranscript"),
    "AsyncStream": ("client.http.streams", "AsyncStream"),
    "BoundModel": ("chat_models.sending.bound", "BoundModel"),
    "Docstore": ("vectorstores.sidecar", "Docstore"),
    "Files": ("vectorstores.files", "Files"),
    "DocumentFilter": ("vectorstores.filters", "Filter"),
    "InsightsOptions": ("insights", "InsightsOptions"),
    "MetadataFilter": ("retrievers._filters", "Filter"),
    "OnLongText": ("embeddings.lengths", "OnLongText"),
    "OnLongTranscript": ("insights.prompts", "OnLongTranscript"),
    "OnTranscriptionError": ("transcription.error_policy", "OnError"),
    "Rerank": ("vectorstores.search_request", "Rerank"),
    "StatusMeaning": ("vectorstores.bucket", "StatusMeaning"),
    "Stream": ("client.http.streams", "Stream"),
    "StructuredModel": ("chat_models.sending.bound", "StructuredModel"),
    "StructuredOutputMethod": ("_shared.capabilities", "StructuredOutputMethod"),
    "TextSplitter": ("vectorstores.splitting", "TextSplitter"),
    "ThinkTagsOption": ("chat_models.output.thinking", "ThinkTagsOption"),
    "ToolChoice": ("chat_models.tool_binding.tool_choice", "ToolChoice"),
    "TrainingExample": ("fine_tuning.examples", "TrainingExample"),
    "TranscriptionInput": ("transcription.recordings", "Input"),
    "TranscriptionMode": ("transcription.options", "Mode"),
    "UsableModel": ("chat_models.sending.usable_answers", "UsableModel"),
    "VectorStoreOptions": ("vectorstores", "VectorStoreOptions"),
}


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """A document or file of a listing, without its text.

    Attributes:
        id: The document's id; for a file, its object key.
        metadata: The document's metadata; for a file, `{"source": key}`.
        key: The object's key.
        size: The size of the object in bytes.
        last_modified: When the object was last written.
    """

    id: str
    metadata: dict[str, Any]
    key: str
    size: int
    last_modified: datetime | None = None


class CommonOptions(TypedDict, total=False):
    """The connection options of all classes."""

    api_key: Key | None
    """The API key, or a function that returns it at each request. Default: TELNYX_API_KEY."""

    base_url: str | None
    """The API's root. Default: TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx."""

    max_retries: int | None
    """Number of retries after the first attempt. Default: 2."""

    allow_http: bool | None
    """Whether to allow `http://` to other machines. Default: TELNYX_ALLOW_HTTP."""

    deadline: float | None
    """Maximum number of seconds of a call in total, then a `DeadlineError`. Default: none."""

    retry_budget: int | None
    """Tokens for retries to one host: 5 for each, 10 after a timeout. Default: 500."""

    on_retry: Callable[[Retry], None] | None
    """Called with a `Retry` before each retry, for logs and metrics."""

    http_client: SyncHTTPClient | None
    """An `httpx.Client` to use; this package never closes it."""

    http_async_client: AsyncHTTPClient | None
    """An `httpx.AsyncClient` to use; this package never closes it."""


class UntimedOptions(CommonOptions, total=False):
    """The options of `Telnyx` without `timeout`, for classes with their own `timeout`."""

    headers: Mapping[str, str] | None
    """Headers to send with every request."""

    query: Mapping[str, Any] | None
    """Query parameters to send with every request to the API."""

    storage_url: str | None
    """Root of the S3-compatible storage. Default: TELNYX_STORAGE_URL, else the region's host."""

    region: str | None
    """Storage region. Default: TELNYX_STORAGE_REGION, else `us-central-1`."""

    max_response_bytes: int | None
    """Maximum size of a response in bytes, after decompression. Default: 128 MiB."""

    max_connections: int | None
    """Maximum number of open connections, for the API and the storage each. Default: 1024."""

    proxy: str | None
    """Proxy URL. Default: the environment's."""


class TelnyxOptions(UntimedOptions, total=False):
    """The options of `Telnyx`, for adapters: `**options: Unpack[TelnyxOptions]`."""

    timeout: float | None
    """Read timeout in seconds. Default: 180."""


class SplitsText(Protocol):
    """A text splitter of LangChain, or anything with its method."""

    def split_text(self, text: str, /) -> Iterable[str]:
        """Split a text into chunks."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A file that is open in binary mode."""

    def read(self, size: int = -1, /) -> bytes:
        """Return bytes."""
        ...


if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> Any:
        if name not in _SOURCES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, original = _SOURCES[name]
        value = getattr(importlib.import_module(f"langchain_telnyx.{module}"), original)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
