"""The stored results of clustering: clusters, and passages with positions on a plane."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_telnyx.emulator.storage.database import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS clustered_passages (
    task TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    filename TEXT NOT NULL,
    text TEXT NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    PRIMARY KEY (task, number)
);
CREATE TABLE IF NOT EXISTS clusters (
    task TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    parent INTEGER,
    header TEXT NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (task, number)
);
CREATE TABLE IF NOT EXISTS cluster_members (
    task TEXT NOT NULL,
    cluster INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    passage INTEGER NOT NULL,
    PRIMARY KEY (task, cluster, rank),
    FOREIGN KEY (task, cluster) REFERENCES clusters (task, number) ON DELETE CASCADE
)
"""


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

    def save(self, task: str, passages: Iterable[Passage], clusters: Sequence[Cluster]) -> None:
        """Store the results of a task, unless the task has been deleted."""
        with self._store.transaction() as sql:
            if sql.execute("SELECT 1 FROM jobs WHERE id = ?", (task,)).fetchone() is None:
                return
            # A job interrupted by a crash runs again.
            sql.execute("DELETE FROM clusters WHERE task = ?", (task,))
            sql.execute("DELETE FROM clustered_passages WHERE task = ?", (task,))
            sql.executemany(
                "INSERT INTO clustered_passages VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (task, number, passage.filename, passage.text, passage.x, passage.y)
                    for number, passage in enumerate(passages)
                ),
            )
            for parent, cluster in _with_parents(clusters):
                _insert(sql, task, parent, cluster)

    def found(self, task: str) -> list[Cluster]:
        """Return the clusters of a task, largest first."""
        with self._store.snapshot():
            membership = self._store.rows(
                "SELECT cluster, passage FROM cluster_members WHERE task = ? "
                "ORDER BY cluster, rank",
                task,
            )
            # Outer clusters have lower numbers, so they come first.
            rows = self._store.rows("SELECT * FROM clusters WHERE task = ? ORDER BY number", task)
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
        rows = self._store.rows(
            "SELECT filename, text, x, y FROM clustered_passages WHERE task = ? ORDER BY number",
            task,
        )
        return [Passage(*row) for row in rows]


def _with_parents(clusters: Sequence[Cluster]) -> Iterator[tuple[int | None, Cluster]]:
    for outer in clusters:
        yield None, outer
        yield from ((outer.number, part) for part in outer.parts)


def _insert(sql: sqlite3.Connection, task: str, parent: int | None, cluster: Cluster) -> None:
    sql.execute(
        "INSERT INTO clusters VALUES (?, ?, ?, ?, ?)",
        (task, cluster.number, parent, cluster.header, cluster.summary),
    )
    sql.executemany(
        "INSERT INTO cluster_members VALUES (?, ?, ?, ?)",
        ((task, cluster.number, rank, passage) for rank, passage in enumerate(cluster.members)),
    )
