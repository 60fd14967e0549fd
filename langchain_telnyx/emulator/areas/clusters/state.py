"""The stored results of clustering: clusters, and passages with positions on a plane."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import INTEGER, TEXT, Rows, Table, schema

_TASK = f"{TEXT} REFERENCES jobs (id) ON DELETE CASCADE"
_PASSAGES = Table(
    "clustered_passages",
    dict[str, Any],
    {
        "task": _TASK,
        "number": INTEGER,
        "filename": TEXT,
        "text": TEXT,
        "x": "REAL NOT NULL",
        "y": "REAL NOT NULL",
    },
    key=["task", "number"],
)
_CLUSTERS = Table(
    "clusters",
    dict[str, Any],
    {"task": _TASK, "number": INTEGER, "parent": "INTEGER", "header": TEXT, "summary": TEXT},
    key=["task", "number"],
)
_MEMBERS = Table(
    "cluster_members",
    dict[str, Any],
    {"task": TEXT, "cluster": INTEGER, "rank": INTEGER, "passage": INTEGER},
    key=["task", "cluster", "rank"],
    constraints=[
        "FOREIGN KEY (task, cluster) REFERENCES clusters (task, number) ON DELETE CASCADE"
    ],
)
SCHEMA = schema(_PASSAGES, _CLUSTERS, _MEMBERS)


@dataclass(frozen=True)
class Passage:
    """A passage, and its position on the plane."""

    filename: str
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Cluster:
    """A cluster.

    Attributes:
        number: Its id; subclusters have higher numbers than all outer clusters.
        header: Its topic in a few words.
        summary: Its topic in a sentence.
        members: The numbers of its passages, most central first.
        parts: Its subclusters.
    """

    number: int
    header: str
    summary: str
    members: tuple[int, ...]
    parts: list["Cluster"] = field(default_factory=list)


class Clusters:
    """The clusters of the account's tasks.

    Args:
        store: The database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._passages = Rows(store, _PASSAGES)
        self._clusters = Rows(store, _CLUSTERS)
        self._members = Rows(store, _MEMBERS)

    def save(self, task: str, passages: Iterable[Passage], clusters: Sequence[Cluster]) -> None:
        """Store the results of a task, unless the task has been deleted."""
        with self._store.transaction() as sql:
            if sql.execute("SELECT 1 FROM jobs WHERE id = ?", (task,)).fetchone() is None:
                return
            # A job interrupted by a crash runs again.
            self._clusters.delete(task=task)
            self._passages.delete(task=task)
            self._passages.insert_all(
                {"task": task, "number": number, **vars(passage)}
                for number, passage in enumerate(passages)
            )
            for parent, cluster in _with_parents(clusters):
                self._insert(task, parent, cluster)

    def found(self, task: str) -> list[Cluster]:
        """Return the clusters of a task, largest first."""
        with self._store.snapshot():
            membership = self._members.query("WHERE task = ? ORDER BY cluster, rank", task)
            # Outer clusters have lower numbers, so they come first.
            rows = self._clusters.query("WHERE task = ? ORDER BY number", task)
        members: dict[int, list[int]] = {row["number"]: [] for row in rows}
        for row in membership:
            members[row["cluster"]].append(row["passage"])
        outer: dict[int, Cluster] = {}
        for row in rows:
            cluster = Cluster(
                row["number"], row["header"], row["summary"], tuple(members[row["number"]])
            )
            if row["parent"] is None:
                outer[cluster.number] = cluster
            else:
                outer[row["parent"]].parts.append(cluster)
        return list(outer.values())

    def passages(self, task: str) -> list[Passage]:
        """Return the passages of a task, by number."""
        rows = self._passages.query("WHERE task = ? ORDER BY number", task)
        return [Passage(row["filename"], row["text"], row["x"], row["y"]) for row in rows]

    def _insert(self, task: str, parent: int | None, cluster: Cluster) -> None:
        self._clusters.insert(
            task=task,
            number=cluster.number,
            parent=parent,
            header=cluster.header,
            summary=cluster.summary,
        )
        self._members.insert_all(
            {"task": task, "cluster": cluster.number, "rank": rank, "passage": passage}
            for rank, passage in enumerate(cluster.members)
        )


def _with_parents(clusters: Sequence[Cluster]) -> Iterator[tuple[int | None, Cluster]]:
    for outer in clusters:
        yield None, outer
        yield from ((outer.number, part) for part in outer.parts)
