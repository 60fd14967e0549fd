"""`TelnyxClustersLoader`: the clusters of an embedded bucket, as documents."""

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
    """Loads the clusters of similar passages of an embedded bucket, one document per cluster.

    The text is the cluster's header and summary. The id consists of the ids of the task and the
    clusters. The metadata are `bucket`, `task_id`, `cluster_id`, `header`, `size` (the number of
    passages), `nodes` (the most typical passages, each with `filename` and `text`), `parent` (the
    `cluster_id` of the parent cluster, or `None`) and `path` (the headers from the broadest cluster
    to this one). Each cluster is followed by its subclusters.

    With `by="passage"` the documents are those typical passages, as `TelnyxRetriever` returns them:
    with the id and metadata of the `TelnyxVectorStore` that wrote them, or `{"source": key}`. The
    metadata of the cluster is then in `metadata["cluster"]`. A passage of a cluster and of its
    subcluster is loaded twice.

    Building a loader does no I/O. Each load of a `bucket` computes its clusters again; `task_id` is
    then the id of the task. A bucket with fewer passages than `min_cluster_size` has no clusters.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/clusters.md

    API page: https://developers.telnyx.com/api-reference/clusters/compute-new-clusters

    Args:
        bucket: The bucket; it must be embedded.
        task_id: An earlier task to read instead.
        files: The keys of the objects to cluster. Default: all.
        prefix: Cluster only objects whose keys begin with this prefix.
        min_cluster_size: The fewest passages of a cluster. Default: the API's, 25.
        min_subcluster_size: The fewest passages of a subcluster. Default: the API's, 5.
        subclusters: Whether to load subclusters.
        top_n_nodes: The number of typical passages of each cluster.
        by: Whether a document is a `cluster` or a `passage`.
        wait_timeout: The most seconds to wait for the task; `None` waits without limit.
        show_progress: Whether to show a progress bar; needs the extra `progress`.
        client: A `Telnyx` to use instead of the options below.
        **options: `api_key`, `base_url`, `timeout`, `max_retries`, …: see `Telnyx`.

    Raises:
        ValueError: Not exactly one of `bucket` and `task_id` is given, or an option is invalid.
        NotFoundError: At loading: the bucket is not embedded, or the task does not exist.
        TaskError: At loading: the task failed.
        TaskTimeoutError: At loading: the task did not end within `wait_timeout`; its `task_id` can
            be loaded later.

    Example:
        ```python
        from langchain_telnyx import TelnyxClustersLoader

        loader = TelnyxClustersLoader("calls", min_cluster_size=5)
        for cluster in loader.lazy_load():
            print(cluster.metadata["size"], cluster.page_content)
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
        by: Literal["cluster", "passage"] = "cluster",
        wait_timeout: float | None = 600.0,
        show_progress: bool = False,
        client: Telnyx | None = None,
        **options: Unpack[TelnyxOptions],
    ) -> None:
        if (bucket is None) == (task_id is None):
            raise ValueError("Give either a `bucket`, or the `task_id` of an earlier computation.")
        self._options = omit_none(
            files=files,
            prefix=prefix,
            min_cluster_size=min_cluster_size,
            min_subcluster_size=min_subcluster_size,
        )
        if task_id is not None and self._options:
            names = ", ".join(f"`{name}`" for name in self._options)
            raise ValueError(f"The task {task_id!r} was computed already: omit {names}.")
        if by not in {"cluster", "passage"}:
            raise ValueError(f"`by` must be 'cluster' or 'passage', not {by!r}.")
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
        """Yield the documents; the computation starts with the first one."""
        yield from self._documents(*self._telnyx.send(self._load()))

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents; see `lazy_load`."""
        for document in self._documents(*await self._telnyx.aio.send(self._load())):
            yield document

    def graph(self, cluster_id: int | str | None = None) -> bytes:
        """Draw the clusters that were loaded last, or compute them first.

        Args:
            cluster_id: The `cluster_id` of one cluster to draw. Default: all.

        Returns:
            A PNG.

        Raises:
            NotFoundError: The cluster does not exist.
        """
        return self._telnyx.send(self._draw(cluster_id))

    async def agraph(self, cluster_id: int | str | None = None) -> bytes:
        """Draw the clusters; see `graph`."""
        return await self._telnyx.aio.send(self._draw(cluster_id))

    def _load(self) -> Flow[tuple[str, Clustering]]:
        """Compute the clusters, or use the given task, and wait for them."""
        task_id = self.task_id if self.bucket is None else None
        if task_id is None:
            task_id = yield from self._start()
        found = yield from self._wait(task_id)
        return task_id, found

    def _start(self) -> Flow[str]:
        bucket = self.bucket or ""
        try:
            task = yield from self._telnyx.calls.clusters.compute(bucket, **self._options)
        except NotFoundError as error:
            raise NotFoundError(
                f"The bucket {bucket!r} does not exist or is not embedded: embed it with "
                f"`Telnyx().bucket_embeddings.embed({bucket!r})`. ({error.message})",
                error.response,
            ) from error
        self.task_id = task.task_id
        return task.task_id

    def _wait(self, task_id: str) -> Flow[Clustering]:
        with progress("Clustering", len(_STATES) - 1, show=self._show_progress) as bar:

            def report(state: Clustering) -> None:
                if state.status in _STATES:
                    bar.to(_STATES.index(state.status))

            try:
                return (
                    yield from self._telnyx.calls.clusters.wait(
                        task_id,
                        top_n_nodes=self._top_n_nodes,
                        show_subclusters=self._subclusters,
                        timeout=self._wait_timeout,
                        on_progress=report,
                    )
                )
            except NotFoundError as error:
                raise NotFoundError(
                    f"The clustering task {task_id!r} does not exist. ({error.message})",
                    error.response,
                ) from error
            except TaskTimeoutError as error:
                raise TaskTimeoutError(
                    f"Clustering task {task_id!r} was still {error.status!r} after "
                    f"{self._wait_timeout:g} s: raise `wait_timeout`, or load it later with "
                    f"`TelnyxClustersLoader(task_id={task_id!r})`.",
                    task_id,
                    error.status,
                ) from error

    def _draw(self, cluster_id: int | str | None) -> Flow[bytes]:
        task_id = self.task_id
        if task_id is None:
            task_id = yield from self._start()
        yield from self._wait(task_id)
        return (yield from self._telnyx.calls.clusters.graph(task_id, cluster_id=cluster_id))

    def _documents(self, task_id: str, found: Clustering) -> Iterator[Document]:
        place = {"bucket": found.bucket or self.bucket, "task_id": task_id}
        for cluster in _walk(found.clusters):
            if self._by == "cluster":
                yield cluster.document(place)
            else:
                yield from cluster.passages(place)

    def __repr__(self) -> str:
        what = f"task_id={self.task_id!r}" if self.bucket is None else repr(self.bucket)
        return f"TelnyxClustersLoader({what})"


@dataclass(frozen=True, slots=True)
class _NestedCluster:
    """A cluster with its parent clusters.

    Attributes:
        cluster: The cluster.
        parents: Its parents, the broadest first.
    """

    cluster: Cluster
    parents: tuple[Cluster, ...]

    def document(self, place: dict[str, Any]) -> Document:
        """Convert the cluster to a document."""
        ids = [each.cluster_id for each in (*self.parents, self.cluster)]
        texts = (self.cluster.cluster_header, self.cluster.cluster_summary)
        nodes = [{"filename": n.filename, "text": n.text} for n in self.cluster.nodes or ()]
        return Document(
            page_content="\n\n".join(text for text in texts if text),
            id="/".join((place["task_id"], *ids)),
            metadata={**place, **self._metadata(), "nodes": nodes},
        )

    def passages(self, place: dict[str, Any]) -> Iterator[Document]:
        """Yield the passages of the cluster as documents."""
        for node in self.cluster.nodes or ():
            key = parse_key(node.filename)
            # Metadata in a sidecar is not read, as that takes a request for each passage.
            metadata = {"source": node.filename} if key is None else key.metadata or {}
            yield Document(
                page_content=node.text,
                id=node.filename if key is None else key.id,
                metadata={**metadata, "cluster": {**place, **self._metadata()}},
            )

    def _metadata(self) -> dict[str, Any]:
        return {
            "cluster_id": self.cluster.cluster_id,
            "header": self.cluster.cluster_header,
            "size": self.cluster.total_number_of_nodes,
            "parent": self.parents[-1].cluster_id if self.parents else None,
            "path": [
                # A cluster without a header still has an id.
                each.cluster_header or each.cluster_id
                for each in (*self.parents, self.cluster)
            ],
        }


def _walk(
    clusters: Sequence[Cluster], parents: tuple[Cluster, ...] = ()
) -> Iterator[_NestedCluster]:
    for cluster in clusters:
        yield _NestedCluster(cluster, parents)
        yield from _walk(cluster.subclusters or (), (*parents, cluster))
