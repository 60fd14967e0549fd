"""`TelnyxClustersTool`: what the files of an embedded bucket are about."""

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


class TopicsArguments(Arguments):
    """What `telnyx_bucket_clusters` takes."""

    bucket: BucketName | None = Field(default=None, description="The bucket.")
    subtopics: bool = Field(default=False, description="Whether to show topics within topics.")
    task_id: str | None = Field(
        default=None,
        pattern=r"^[\w-]{1,100}$",
        description="The task of an earlier answer, to see its topics instead of looking anew.",
    )
    offset: Offset = 0


class TelnyxClustersTool(BucketTool):
    """Groups the passages of an embedded bucket into topics, and names them.

    Looking for topics begins a task at Telnyx, which stays in the account's list of tasks; it
    changes neither the bucket nor its files.

    API page: https://developers.telnyx.com/api-reference/clusters/compute-new-clusters

    Example:
        ```python
        from langchain_telnyx import TelnyxClustersTool

        TelnyxClustersTool(bucket="calls", min_cluster_size=10).invoke({})
        ```
    """

    name: str = "telnyx_bucket_clusters"
    description: str = (
        "Find out what the files of a bucket are about as a whole. Use it for an overview; to "
        "answer a question, search instead. The bucket must be one that can be searched, and it "
        "may take minutes. Returns topics, each with a summary, the number of its passages, "
        "and an example; and a task_id to see them again."
    )
    args_schema: ArgsSchema | None = TopicsArguments

    _not_found_hint = (
        "The bucket does not exist or cannot be searched, or the task is gone: telnyx_list_buckets "
        "tells which buckets can be searched."
    )

    min_cluster_size: int | None = Field(default=None, ge=1)
    """The fewest passages of a topic. Default: the API's, 25."""

    min_subcluster_size: int | None = Field(default=None, ge=1)
    """The fewest passages of a topic within a topic. Default: the API's, 5."""

    examples: int = Field(default=1, ge=0, le=20)
    """Passages to show of each topic."""

    wait_timeout: float = Field(default=120.0, gt=0)
    """Seconds to wait for the topics at most; the task goes on after that."""

    def _execute(self, arguments: TopicsArguments) -> Flow[ToolResult]:
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
                show_subclusters=arguments.subtopics,
                timeout=self.wait_timeout,
            )
        except TaskTimeoutError as error:
            raise ToolException(
                f"The topics are not ready after {self.wait_timeout:g} s. Do something else, and "
                f"ask again with task_id={task_id}."
            ) from error
        if arguments.task_id is not None and found.bucket != bucket:
            raise ToolException(f"The task {task_id} is not one of the bucket {bucket}.")
        return _found(found, bucket, task_id)


def _found(found: Clustering, bucket: str, task_id: str) -> ToolResult:
    artifact = {
        "bucket": bucket,
        "task_id": task_id,
        "topics": [cluster.model_dump(mode="json") for cluster in found.clusters],
    }
    return ToolResult(
        f"{pluralize(len(found.clusters), 'topic')}.",
        artifact,
        "\n".join(row for cluster in found.clusters for row in _format_row(cluster)),
        f"To see them again, give task_id={task_id}.",
    )


def _format_row(cluster: Cluster, depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    header = one_line(cluster.cluster_header or f"Topic {cluster.cluster_id}")
    yield (
        f"{indent}{header} ({pluralize(cluster.total_number_of_nodes, 'passage')}): "
        f"{indent_lines(cluster.cluster_summary)}"
    )
    for node in cluster.nodes or ():
        yield f"{indent}  e.g. {printable_name(node.filename)}: {one_line(node.text)}"
    for part in cluster.subclusters or ():
        yield from _format_row(part, depth + 1)
