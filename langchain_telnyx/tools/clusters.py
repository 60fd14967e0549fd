"""`TelnyxClustersTool`: clusters of the passages of an embedded bucket."""

from collections.abc import Iterator

from langchain_core.tools import ToolException
from langchain_core.tools.base import ArgsSchema
from pydantic import Field

from langchain_telnyx.client.api.clusters import Cluster, Clustering
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import TaskTimeoutError
from langchain_telnyx.tools.base import Arguments, Offset
from langchain_telnyx.tools.quoting import (
    ToolResult,
    indent_lines,
    one_line,
    pluralize,
    printable_name,
)
from langchain_telnyx.tools.scope import BucketName, BucketTool


class ClustersArguments(Arguments):
    """The arguments of `telnyx_bucket_clusters`."""

    bucket: BucketName | None = Field(default=None, description="The bucket.")
    subclusters: bool = Field(default=False, description="Whether to show subclusters.")
    task_id: str | None = Field(
        default=None,
        pattern=r"^[\w-]{1,100}$",
        description="The task_id of an earlier result, to read its clusters again instead of "
        "computing new ones.",
    )
    offset: Offset = 0


class TelnyxClustersTool(BucketTool):
    """Groups similar passages of an embedded bucket into clusters with headers and summaries.

    Each computation is a task in the account's list of tasks. It does not change the bucket or its
    files.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/tools.md

    API page: https://developers.telnyx.com/api-reference/clusters/compute-new-clusters

    Example:
        ```python
        from langchain_telnyx import TelnyxClustersTool

        TelnyxClustersTool(bucket="calls", min_cluster_size=10).invoke({})
        ```
    """

    name: str = "telnyx_bucket_clusters"
    description: str = (
        "Get an overview of the contents of a bucket: groups its similar passages into clusters. "
        "To answer a question, search the bucket instead. The bucket must be searchable. This may "
        "take minutes. Returns clusters, each with a summary, its number of passages and an "
        "example, and a task_id to read them again."
    )
    args_schema: ArgsSchema | None = ClustersArguments

    _not_found_hint = (
        "The bucket does not exist or is not searchable, or the task was deleted: "
        "telnyx_list_buckets lists the searchable buckets."
    )

    min_cluster_size: int | None = Field(default=None, ge=1)
    """The fewest passages of a cluster. Default: the API's, 25."""

    min_subcluster_size: int | None = Field(default=None, ge=1)
    """The fewest passages of a subcluster. Default: the API's, 5."""

    examples: int = Field(default=1, ge=0, le=20)
    """The number of example passages of each cluster."""

    wait_timeout: float = Field(default=120.0, gt=0)
    """The most seconds to wait for the clusters; the task continues after that."""

    def _execute(self, arguments: ClustersArguments) -> Flow[ToolResult]:
        bucket = self._resolve_bucket(arguments.bucket)
        clusters = self.telnyx.calls.clusters
        task_id = arguments.task_id
        if task_id is None:
            task = yield from clusters.compute(
                bucket,
                min_cluster_size=self.min_cluster_size,
                min_subcluster_size=self.min_subcluster_size,
            )
            task_id = task.task_id
        try:
            found = yield from clusters.wait(
                task_id,
                top_n_nodes=self.examples,
                show_subclusters=arguments.subclusters,
                timeout=self.wait_timeout,
            )
        except TaskTimeoutError as error:
            raise ToolException(
                f"The clusters are not ready after {self.wait_timeout:g} s. Do something else, "
                f"then call this tool again with task_id={task_id}."
            ) from error
        if arguments.task_id is not None and found.bucket != bucket:
            raise ToolException(f"The task {task_id} does not belong to the bucket {bucket}.")
        return _found(found, bucket, task_id)


def _found(found: Clustering, bucket: str, task_id: str) -> ToolResult:
    artifact = {
        "bucket": bucket,
        "task_id": task_id,
        "clusters": [cluster.model_dump(mode="json") for cluster in found.clusters],
    }
    return ToolResult(
        f"{pluralize(len(found.clusters), 'cluster')}.",
        artifact,
        "\n".join(text for cluster in found.clusters for text in _lines(cluster)),
        f"To read them again, use task_id={task_id}.",
    )


def _lines(cluster: Cluster, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    header = one_line(cluster.cluster_header or f"Cluster {cluster.cluster_id}")
    yield (
        f"{indent}{header} ({pluralize(cluster.total_number_of_nodes, 'passage')}): "
        f"{indent_lines(cluster.cluster_summary)}"
    )
    for node in cluster.nodes or ():
        yield f"{indent}  e.g. {printable_name(node.filename)}: {one_line(node.text)}"
    for part in cluster.subclusters or ():
        yield from _lines(part, depth + 1)
