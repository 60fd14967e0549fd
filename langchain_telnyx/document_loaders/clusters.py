"""`TelnyxClustersLoader`: the topics of an embedded bucket, as documents."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Unpack

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document

from langchain_telnyx._shared.closing import Closing
from langchain_telnyx._shared.connect import connect
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api.clusters import Cluster, Clustering
from langchain_telnyx.client.call import Flow, omit_none
from langchain_telnyx.client.errors import NotFoundError, TaskTimeoutError
from langchain_telnyx.types import TelnyxOptions
from langchain_telnyx.vectorstores.keys import parse_key

# The states of a task, in their order, as the steps of a progress bar.
_STATES = ("pending", "starting", "running", "completed")


class TelnyxClustersLoader(Closing, BaseLoader):
    """Loads what the passages of an embedded bucket are about, a document for each topic.

    The text is the topic's header and summary. The id is made of the task's and the clusters' ids.
    The metadata are `bucket`, `task_id`, `cluster_id`, `header`, `size` (how many passages),
    `nodes` (the most typical of them, each with `filename` and `text`), `parent` (the `cluster_id`
    of the broader topic, or `None`) and `path` (the headers from the broadest topic to this one).
    Each topic is followed by those within it.

    With `by="passage"` the documents are those typical passages, as `TelnyxRetriever` finds them:
    with the id and metadata that `TelnyxVectorStore` gave them, or `{"source": key}`. The topic's
    metadata are then in `metadata["cluster"]`. A passage shown in a topic and in one within it
    comes twice.

    Building a loader does no I/O. Each load of a `bucket` looks for its topics anew; `task_id` then
    names the task. A bucket with fewer passages than `min_cluster_size` has no topics.

    API page: https://developers.telnyx.com/api-reference/clusters/compute-new-clusters

    Args:
        bucket: The bucket; it must be embedded.
        task_id: A task to read instead, begun earlier.
        files: The keys of the objects to look at. Default: all.
        prefix: Look only at objects whose keys begin so.
        min_cluster_size: The fewest passages of a topic. Default: the API's, 25.
        min_subcluster_size: The fewest passages of a topic within one. Default: the API's, 5.
        subclusters: Whether to load the topics within topics.
        top_n_nodes: How many typical passages to tell of each topic.
        by: What is a document: a `topic`, or a `passage`.
        wait_timeout: Seconds to wait for the task at most; `None` waits for ever.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, …: see `Telnyx`.

    Raises:
        ValueError: Not just one of `bucket` and `task_id` was given, or options do not fit.
        NotFoundError: At loading: the bucket is not embedded, or there is no such task.
        TaskError: At loading: the task failed.
        TaskTimeoutError: At loading: it had not ended in time; its `task_id` can be loaded later.

    Example:
        ```python
        from langchain_telnyx import TelnyxClustersLoader

        loader = TelnyxClustersLoader("calls", min_cluster_size=5)
        for topic in loader.lazy_load():
            print(topic.metadata["size"], topic.page_content)
        ```
    """

    def __init__(
        self,
        bucket: str | None = None,
        *,
        task_id: str | None = None,
        files: Sequence[str] | None = None,
        prefix: str | None = None,
        min_cluster_size: int | None = None,
        min_subcluster_size: int | None = None,
        subclusters: bool = True,
        top_n_nodes: int = 3,
        by: Literal["topic", "passage"] = "topic",
        wait_timeout: float | None = 600.0,
        show_progress: bool = False,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        if (bucket is None) == (task_id is None):
            raise ValueError("Give a `bucket` to look for topics in, or the `task_id` of a search.")
        self._asked = omit_none(
            files=files,
            prefix=prefix,
            min_cluster_size=min_cluster_size,
            min_subcluster_size=min_subcluster_size,
        )
        if task_id is not None and self._asked:
            names = ", ".join(f"`{name}`" for name in self._asked)
            raise ValueError(f"The task {task_id!r} has its {names} already: leave them out.")
        if by not in {"topic", "passage"}:
            raise ValueError(f"`by` must be 'topic' or 'passage', not {by!r}.")
        least = 1 if by == "passage" else 0
        if top_n_nodes < least:
            raise ValueError(f"`top_n_nodes` must be at least {least}, not {top_n_nodes}.")
        self.bucket = bucket
        self.task_id = task_id
        self._subclusters = subclusters
        self._top_n_nodes = top_n_nodes
        self._by = by
        self._wait_timeout = wait_timeout
        self._show_progress = show_progress
        self._telnyx = connect(client, **options)
        self._own = None if client is not None else self._telnyx

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents; the search for topics begins with the first."""
        yield from self._documents(*self._telnyx.send(self._found()))

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents; see `lazy_load`."""
        for document in self._documents(*await self._telnyx.aio.send(self._found())):
            yield document

    def graph(self, cluster_id: int | str | None = None) -> bytes:
        """Draw the topics: those loaded last, or of a search that is made now.

        Args:
            cluster_id: The one topic to show, by its metadata's `cluster_id`; default: all.

        Returns:
            A PNG.

        Raises:
            NotFoundError: There is no such topic.
        """
        return self._telnyx.send(self._drawn(cluster_id))

    async def agraph(self, cluster_id: int | str | None = None) -> bytes:
        """Draw the topics; see `graph`."""
        return await self._telnyx.aio.send(self._drawn(cluster_id))

    def _found(self) -> Flow[tuple[str, Clustering]]:
        """Compute the clusters, unless the task was given, and wait for them."""
        task_id = self.task_id if self.bucket is None else None
        if task_id is None:
            task_id = yield from self._begun()
        found = yield from self._settled(task_id)
        return task_id, found

    def _begun(self) -> Flow[str]:
        bucket = self.bucket or ""
        try:
            task = yield from self._telnyx.calls.clusters.compute(bucket, **self._asked)
        except NotFoundError as error:
            raise NotFoundError(
                f"The bucket {bucket!r} is not there or is not embedded: embed it with "
                f"`Telnyx().bucket_embeddings.embed({bucket!r})`. ({error.message})",
                error.response,
            ) from error
        self.task_id = task.task_id
        return task.task_id

    def _settled(self, task_id: str) -> Flow[Clustering]:
        with progress("Clustering", len(_STATES) - 1, show=self._show_progress) as bar:

            def tell(state: Clustering) -> None:
                if state.status in _STATES:
                    bar.to(_STATES.index(state.status))

            try:
                return (
                    yield from self._telnyx.calls.clusters.wait(
                        task_id,
                        top_n_nodes=self._top_n_nodes,
                        show_subclusters=self._subclusters,
                        timeout=self._wait_timeout,
                        on_progress=tell,
                    )
                )
            except NotFoundError as error:
                raise NotFoundError(
                    f"There is no clustering task {task_id!r}. ({error.message})", error.response
                ) from error
            except TaskTimeoutError as error:
                raise TaskTimeoutError(
                    f"Clustering task {task_id!r} was still {error.status!r} after "
                    f"{self._wait_timeout:g} s: raise `wait_timeout`, or load it later with "
                    f"`TelnyxClustersLoader(task_id={task_id!r})`.",
                    task_id,
                    error.status,
                ) from error

    def _drawn(self, cluster_id: int | str | None) -> Flow[bytes]:
        task_id = self.task_id
        if task_id is None:
            task_id = yield from self._begun()
        yield from self._settled(task_id)
        return (yield from self._telnyx.calls.clusters.graph(task_id, cluster_id=cluster_id))

    def _documents(self, task_id: str, found: Clustering) -> Iterator[Document]:
        place = {"bucket": found.bucket or self.bucket, "task_id": task_id}
        for topic in _topics(found.clusters):
            if self._by == "topic":
                yield topic.document(place)
            else:
                yield from topic.passages(place)

    def __repr__(self) -> str:
        what = f"task_id={self.task_id!r}" if self.bucket is None else repr(self.bucket)
        return f"TelnyxClustersLoader({what})"


@dataclass(frozen=True, slots=True)
class _Topic:
    """A cluster, and the ones it lies in.

    Attributes:
        cluster: The cluster.
        within: Those it lies in, the broadest first.
    """

    cluster: Cluster
    within: tuple[Cluster, ...]

    def document(self, place: dict[str, Any]) -> Document:
        """Return the topic as a document."""
        ids = [each.cluster_id for each in (*self.within, self.cluster)]
        said = (self.cluster.cluster_header, self.cluster.cluster_summary)
        nodes = [{"filename": n.filename, "text": n.text} for n in self.cluster.nodes or ()]
        return Document(
            page_content="\n\n".join(part for part in said if part),
            id="/".join((place["task_id"], *ids)),
            metadata={**place, **self._told(), "nodes": nodes},
        )

    def passages(self, place: dict[str, Any]) -> Iterator[Document]:
        """Yield the topic's passages as documents."""
        for node in self.cluster.nodes or ():
            key = parse_key(node.filename)
            # What lies in a sidecar is not looked up: one request for each passage.
            metadata = {"source": node.filename} if key is None else key.metadata or {}
            yield Document(
                page_content=node.text,
                id=node.filename if key is None else key.id,
                metadata={**metadata, "cluster": {**place, **self._told()}},
            )

    def _told(self) -> dict[str, Any]:
        return {
            "cluster_id": self.cluster.cluster_id,
            "header": self.cluster.cluster_header,
            "size": self.cluster.total_number_of_nodes,
            "parent": self.within[-1].cluster_id if self.within else None,
            "path": [
                # Without a header the API still tells a topic's number.
                each.cluster_header or each.cluster_id
                for each in (*self.within, self.cluster)
            ],
        }


def _topics(clusters: Sequence[Cluster], within: tuple[Cluster, ...] = ()) -> Iterator[_Topic]:
    for cluster in clusters:
        yield _Topic(cluster, within)
        yield from _topics(cluster.subclusters or (), (*within, cluster))
