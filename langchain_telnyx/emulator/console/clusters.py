"""What the console shows of clusters: the tasks, and the map of one."""

from typing import Any

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.clusters.state import Cluster
from langchain_telnyx.emulator.areas.clusters.tasks import CLUSTER_BUCKET

_MOST_PASSAGES = 2000
"""The number of passages on a map; of more, every n-th is drawn."""
_LONGEST = 280
"""The characters of a passage that a map shows."""


def tasks(account: Account) -> list[dict[str, Any]]:
    """Return the cluster tasks, latest first."""
    return [
        {
            "id": job.id,
            "bucket": job.subject,
            "status": job.status,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
        }
        # Not `clustering.all`, which counts a poll and so changes the pace of a test.
        for job in reversed(account.jobs.all((CLUSTER_BUCKET,)))
    ]


def cluster_map(account: Account, task_id: str) -> dict[str, Any] | None:
    """Return the clusters of a task and its passages on a plane; `None` if it does not exist."""
    job = account.jobs.find(task_id, (CLUSTER_BUCKET,))
    if job is None:
        return None
    found = account.clusters.found(task_id)
    cluster_of = {member: cluster.number for cluster in found for member in cluster.members}
    every = account.clusters.passages(task_id)
    step = -(-len(every) // _MOST_PASSAGES) or 1
    return {
        "id": job.id,
        "bucket": job.subject,
        "status": job.status,
        "clusters": [_cluster(cluster) for cluster in found],
        "passages": [
            {
                "key": passage.filename,
                "text": passage.text[:_LONGEST],
                "x": passage.x,
                "y": passage.y,
                "cluster": cluster_of.get(number),
            }
            for number, passage in list(enumerate(every))[::step]
        ],
        "total": len(every),
    }


def _cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "number": cluster.number,
        "header": cluster.header,
        "summary": cluster.summary,
        "size": len(cluster.members),
        "parts": [_cluster(part) for part in cluster.parts],
    }
