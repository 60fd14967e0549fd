"""The options of a vector store, as the keywords of `from_existing`."""

from collections.abc import Mapping

from langchain_telnyx.client import Telnyx
from langchain_telnyx.types import TelnyxOptions
from langchain_telnyx.vectorstores.bucket import StatusMeaning
from langchain_telnyx.vectorstores.sidecar import Docstore


class VectorStoreOptions(TelnyxOptions, total=False):
    """The options of a `TelnyxVectorStore` for `from_existing`, without the bucket."""

    embedding_model: str | None
    """The model that embeds the bucket. Default: the service's."""

    chunk_size: int | None
    """The most characters of a chunk. Default: the service's."""

    chunk_overlap: int | None
    """The characters that neighbouring chunks share. Default: the service's."""

    wait: bool
    """Whether writes wait until the documents are embedded. Default: yes."""

    wait_timeout: float | None
    """The most seconds that a write waits for the embedding. Default: 600."""

    max_concurrency: int
    """The most concurrent requests. Default: 16."""

    show_progress: bool
    """Whether writes show progress bars; needs the extra `progress`."""

    metadata_bucket: str | None
    """The bucket that holds metadata too large for a key. Default: `<bucket>-metadata`."""

    docstore: Docstore | None
    """A LangChain `BaseStore` that holds such metadata in place of a bucket."""

    embed_after: float | None
    """Seconds after which a write starts to embed new objects itself; `None`: never. Default: 5."""

    search_delay: float
    """Seconds that a write waits after the embedding. Default: 0."""

    status_words: Mapping[str, StatusMeaning] | None
    """Further names of the service's states, with their meanings."""

    max_key_bytes: int
    """The most bytes of a document's key. Default: 255."""

    client: Telnyx | None
    """A `Telnyx` to use instead of the options of the client."""
