"""Clusters: the themes of an embedded bucket, found by grouping its passages.

API page: https://developers.telnyx.com/api-reference/clusters/compute-new-clusters
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import Field

from langchain_telnyx.client.call import Call, Flow, Paging, Reply, omit_none, path, query
from langchain_telnyx.client.decode import Model, data, nothing
from langchain_telnyx.client.endpoint import M, Resource, endpoint, paged
from langchain_telnyx.client.paging import numbered
from langchain_telnyx.client.waiting import settled

# `completed` and `failed` in the schema; the other words are those of neighbouring areas.
_SUCCEEDED = {"completed", "success", "succeeded"}
_FAILED = {"failed", "failure"}
_PNG = b"\x89PNG"


class ClusteringTask(Model):
    """A background task that looks for clusters.

    Attributes:
        task_id: Its id, and the only thing known of one just begun.
        status: `pending`, `starting`, `running`, `completed` or `failed`.
        bucket: The bucket whose passages are grouped.
        finished_at: When it ended.
        min_cluster_size: The fewest passages of a cluster.
        min_subcluster_size: The fewest passages of a cluster within a cluster.
        created_at: When it was created.
    """

    task_id: str
    status: str | None = None
    bucket: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    min_cluster_size: int | None = None
    min_subcluster_size: int | None = None


class ClusterNode(Model):
    """A passage in a cluster.

    Attributes:
        filename: The key of the object it comes from.
        text: What it says.
    """

    filename: str
    text: str


class Cluster(Model):
    """Passages on one theme.

    Attributes:
        cluster_id: Its id within the task; a number, written as text.
        cluster_summary: What it is about.
        cluster_header: The same in a few words.
        total_number_of_nodes: How many passages it has, whether shown or not.
        nodes: The most central of them, as many as were asked for.
        subclusters: More specific topics, if they were asked for.
    """

    cluster_id: str
    cluster_summary: str
    cluster_header: str | None = None
    total_number_of_nodes: int
    nodes: list[ClusterNode] | None = None
    subclusters: "list[Cluster] | None" = None


class Clustering(Model):
    """What a task has found.

    Attributes:
        bucket: The bucket.
        status: As `ClusteringTask.status`.
        clusters: None until the task has completed.
    """

    status: str
    bucket: str | None = None
    clusters: list[Cluster] = Field(default_factory=list)


class Clusters(Resource[M]):
    """`telnyx.clusters`: what the passages of an embedded bucket are about."""

    @paged
    def list(self, *, page_size: int | None = None) -> Paging[ClusteringTask]:
        """List all tasks.

        Operation: `list_all_requested_clusters_public_text_clusters_get`.

        Args:
            page_size: How many to fetch at a time; the API's default is 20.
        """
        return numbered("/ai/clusters", ClusteringTask, first=0, page_size=page_size)

    @endpoint
    def compute(
        self,
        bucket: str,
        *,
        files: Sequence[str] | None = None,
        prefix: str | None = None,
        min_cluster_size: int | None = None,
        min_subcluster_size: int | None = None,
    ) -> Call[ClusteringTask]:
        """Begin to look for the clusters of an embedded bucket.

        Operation: `compute_new_cluster_public_text_clusters_post`.

        Args:
            bucket: The bucket; see `bucket_embeddings.embed`.
            files: The keys of the objects to look at; default: all.
            prefix: Look only at objects whose keys begin so.
            min_cluster_size: The fewest passages of a cluster, a broad theme; the API's default
                is 25.
            min_subcluster_size: The fewest passages of a cluster within a cluster, a more specific
                topic; the API's default is 5.

        Returns:
            The task, to be waited for with `wait`.

        Raises:
            NotFoundError: The bucket does not exist or is not embedded.
        """
        request = omit_none(
            bucket=bucket,
            files=None if files is None else tuple(files),
            prefix=prefix,
            min_cluster_size=min_cluster_size,
            min_subcluster_size=min_subcluster_size,
        )
        return Call("POST", "/ai/clusters", data(ClusteringTask), json=request)

    @endpoint
    def get(
        self,
        task_id: str,
        *,
        top_n_nodes: int | None = None,
        show_subclusters: bool | None = None,
    ) -> Call[Clustering]:
        """Fetch what a task has found.

        Operation: `fetch_cluster_by_task_id_public_text_clusters__task_id__get`.

        Args:
            task_id: The task.
            top_n_nodes: How many passages to show of each cluster; the API's default is 0.
            show_subclusters: Whether to show the clusters within clusters; the API's default is no.
        """
        return _get(task_id, top_n_nodes, show_subclusters)

    @endpoint
    def wait(
        self,
        task_id: str,
        *,
        top_n_nodes: int | None = None,
        show_subclusters: bool | None = None,
        timeout: float | None = 600.0,
        on_progress: Callable[[Clustering], None] | None = None,
    ) -> Flow[Clustering]:
        """Wait until a task has completed, and return what it found.

        Args:
            task_id: The task.
            top_n_nodes: As for `get`.
            show_subclusters: As for `get`.
            timeout: Seconds to wait at most; `None` waits for ever.
            on_progress: Told at every poll.

        Raises:
            TaskError: It failed.
            TaskTimeoutError: It had not ended in time.
        """
        return settled(
            lambda: _get(task_id, top_n_nodes, show_subclusters),
            what="Clustering task",
            id=task_id,
            status=lambda found: found.status,
            succeeded=_SUCCEEDED,
            failed=_FAILED,
            timeout=timeout,
            on_progress=on_progress,
        )

    @endpoint
    def delete(self, task_id: str) -> Call[None]:
        """Delete a task and what it found.

        Operation: `delete_cluster_by_task_id_public_text_clusters__task_id__delete`.

        Args:
            task_id: The task.
        """
        return Call("DELETE", path("/ai/clusters/{}", task_id), nothing)

    @endpoint
    def graph(
        self, task_id: str, *, cluster_id: int | str | None = None, into: Path | None = None
    ) -> Call[bytes]:
        """Fetch a picture of the clusters.

        Operation: `fetch_cluster_image_by_task_id_public_text_clusters__task_id__image_get`.

        Args:
            task_id: The task.
            cluster_id: The one cluster to show; default: all.
            into: A file to write the picture to.

        Returns:
            The picture, a PNG; nothing when it was written to a file.
        """
        return Call(
            "GET",
            path("/ai/clusters/{}/graph", task_id),
            _picture if into is None else _written,
            query=query(cluster_id=cluster_id),
            headers={"accept": "image/png"},
            into=into,
        )


def _get(task_id: str, top_n_nodes: int | None, show_subclusters: bool | None) -> Call[Clustering]:  # noqa: FBT001 - passed on as it came
    return Call(
        "GET",
        path("/ai/clusters/{}", task_id),
        data(Clustering),
        query=query(top_n_nodes=top_n_nodes, show_subclusters=show_subclusters),
    )


def _picture(reply: Reply) -> bytes:
    if not reply.content.startswith(_PNG):
        raise ValueError("a PNG image was expected")
    return reply.content


def _written(reply: Reply) -> bytes:
    return reply.content
