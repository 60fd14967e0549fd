"""Clusters of an embedded bucket: compute, list, fetch, delete and draw them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.clusters import picture
from langchain_telnyx.emulator.areas.clusters.state import Cluster, Passage
from langchain_telnyx.emulator.areas.clusters.tasks import COMPLETED
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, BucketNotFound, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of
from langchain_telnyx.emulator.serving.ranges import at_least
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/clusters")

_LARGEST_PAGE = 100


async def _page(
    number: Annotated[int, Query(alias="page[number]")] = 0,
    size: Annotated[int, Query(alias="page[size]")] = 20,
) -> PageParameters:
    at_least(0, **{"page[number]": number})
    at_least(1, **{"page[size]": size})
    # Lists of the service cap the page size, and return the capped size in `meta`.
    return PageParameters(number, min(size, _LARGEST_PAGE), first=0)


class ComputeClusters(RequestBody):
    """The body of `POST /ai/clusters`; sizes count passages."""

    bucket: str
    files: list[str] = Field(default_factory=list)
    prefix: str = ""
    min_cluster_size: int = 25
    min_subcluster_size: int = 5


@router.get("")
def list_tasks(
    page: Annotated[PageParameters, Depends(_page)], account: CurrentAccount
) -> dict[str, Any]:
    """List the tasks, oldest first."""
    tasks = account.clustering.all()
    shown = tasks[page.offset : page.offset + page.size]
    return page_of(len(tasks), [_info(task) for task in shown], page)


@router.post("")
def compute(body: ComputeClusters, account: CurrentAccount) -> dict[str, Any]:
    """Start to cluster an embedded bucket."""
    at_least(
        1,
        min_cluster_size=body.min_cluster_size,
        min_subcluster_size=body.min_subcluster_size,
    )
    if account.embedded.recipe(body.bucket) is None:
        raise BucketNotFound
    return {"data": {"task_id": account.clustering.begin(**body.model_dump()).id}}


@router.get("/{task_id}")
def fetch(
    task_id: str,
    account: CurrentAccount,
    top_n_nodes: int = 0,
    show_subclusters: bool = False,  # noqa: FBT001, FBT002 - a query parameter
) -> dict[str, Any]:
    """Return the clusters of a task; an empty list until it completes."""
    at_least(0, top_n_nodes=top_n_nodes)
    task = _task(task_id, account)
    passages = account.clusters.passages(task_id) if top_n_nodes else []
    clusters = [
        _shown(cluster, passages, top_n_nodes, deep=show_subclusters)
        for cluster in account.clusters.found(task_id)
        if task.finished_at is not None
    ]
    return {"data": {"bucket": task.subject, "status": task.status, "clusters": clusters}}


@router.delete("/{task_id}", status_code=204)
def delete(task_id: str, account: CurrentAccount) -> None:
    """Delete a task and its clusters."""
    _task(task_id, account)
    account.jobs.delete(task_id)


@router.get("/{task_id}/graph")
def graph(task_id: str, account: CurrentAccount, cluster_id: int | None = None) -> Response:
    """Draw all clusters, or one among the other passages."""
    task = _task(task_id, account)
    if task.status != COMPLETED:
        raise ApiError(400, "10015", None, f"The task is {task.status}: it has no graph.")
    title, shown = _drawn(task, cluster_id, account)
    try:
        drawn = picture.draw(title, account.clusters.passages(task_id), shown)
    except picture.NoPillowError as error:
        raise ApiError(
            400,
            "10015",
            None,
            "The emulator draws graphs with Pillow, which is not installed: "
            '`pip install "langchain-telnyx[emulator-graphs]"`.',
        ) from error
    return Response(drawn, media_type="image/png")


def _task(task_id: str, account: Account) -> Job:
    task = account.clustering.find(task_id)
    if task is None:
        raise resource_not_found()
    return task


def _drawn(task: Job, cluster_id: int | None, account: Account) -> tuple[str, list[Cluster]]:
    """Return the title of a graph, and the clusters to colour."""
    found = account.clusters.found(task.id)
    if cluster_id is None:
        return f"Clusters of {task.subject}", found
    every = [*found, *(part for cluster in found for part in cluster.parts)]
    for cluster in every:
        if cluster.number == cluster_id:
            return f"{cluster.header}, in {task.subject}", [cluster]
    raise resource_not_found()


def _info(task: Job) -> dict[str, Any]:
    return {
        "task_id": task.id,
        "status": task.status,
        "bucket": task.subject,
        "created_at": task.created_at,
        "finished_at": task.finished_at,
        "min_cluster_size": task.details["min_cluster_size"],
        "min_subcluster_size": task.details["min_subcluster_size"],
    }


def _shown(cluster: Cluster, passages: list[Passage], top: int, *, deep: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "cluster_id": str(cluster.number),
        "cluster_header": cluster.header,
        "cluster_summary": cluster.summary,
        "total_number_of_nodes": len(cluster.members),
        "nodes": [
            {"filename": passages[member].filename, "text": passages[member].text}
            for member in cluster.members[:top]
        ],
    }
    if deep:
        shown["subclusters"] = [_shown(part, passages, top, deep=True) for part in cluster.parts]
    return shown
