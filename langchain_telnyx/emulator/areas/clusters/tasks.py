"""The tasks that cluster a bucket: select passages, find themes, name them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from langchain_telnyx.emulator.areas.bucket_embeddings.state import EmbeddedBuckets
from langchain_telnyx.emulator.areas.clusters import plane, themes
from langchain_telnyx.emulator.areas.clusters.headers import Vocabulary
from langchain_telnyx.emulator.areas.clusters.state import Cluster, Clusters, Passage
from langchain_telnyx.emulator.areas.clusters.themes import Theme
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Job, Jobs, JobStates
from langchain_telnyx.emulator.search.vectors import DIMENSIONS, Vectors
from langchain_telnyx.emulator.storage.database import Store

COMPLETED = "completed"
_FAILED = "failed"
CLUSTER_BUCKET = "cluster-bucket"


@dataclass(frozen=True)
class _Chunks:
    """The passages to cluster."""

    filenames: list[str]
    texts: list[str]
    vectors: Vectors


class Clustering:
    """Computes the clusters of embedded buckets.

    Args:
        store: The database, which has the passages.
        jobs: The account's background jobs.
        buckets: Its embedded buckets.
        clusters: The store of results.
        ids: The source of the tasks' ids.
    """

    def __init__(
        self, store: Store, jobs: Jobs, buckets: EmbeddedBuckets, clusters: Clusters, ids: Ids
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._buckets = buckets
        self._clusters = clusters
        self._ids = ids
        jobs.states[CLUSTER_BUCKET] = JobStates(
            stages=("pending", "starting", "running"), failed=_FAILED
        )
        jobs.runners[CLUSTER_BUCKET] = self._run

    def begin(
        self,
        bucket: str,
        *,
        files: Sequence[str],
        prefix: str,
        min_cluster_size: int,
        min_subcluster_size: int,
    ) -> Job:
        """Queue a task.

        Args:
            bucket: An embedded bucket.
            files: The keys of the objects to cluster; empty for all.
            prefix: The prefix of their keys.
            min_cluster_size: The minimum number of passages in a cluster.
            min_subcluster_size: The minimum number of passages in a subcluster.
        """
        return self._jobs.submit(
            CLUSTER_BUCKET,
            bucket,
            id=self._ids.uuid(CLUSTER_BUCKET),
            files=files,
            prefix=prefix,
            min_cluster_size=min_cluster_size,
            min_subcluster_size=min_subcluster_size,
        )

    def all(self) -> list[Job]:
        """Return all tasks, oldest first."""
        self._jobs.poll(kinds=(CLUSTER_BUCKET,))
        return self._jobs.all((CLUSTER_BUCKET,))

    def find(self, task_id: str) -> Job | None:
        """Return a task, if it exists."""
        self._jobs.poll(id=task_id)
        return self._jobs.find(task_id, (CLUSTER_BUCKET,))

    def _run(self, job: Job) -> str:
        if self._buckets.recipe(job.subject) is None:
            return _FAILED  # its embeddings were deleted in the meantime
        chunks = self._chunks(job.subject, job.details["files"], job.details["prefix"])
        rows = themes.meanings(chunks.vectors)
        found = themes.find(
            rows,
            least=job.details["min_cluster_size"],
            least_part=job.details["min_subcluster_size"],
        )
        places = plane.places(rows, found).tolist()
        self._clusters.save(
            job.id,
            (
                Passage(filename, text, x, y)
                for filename, text, (x, y) in zip(
                    chunks.filenames, chunks.texts, places, strict=True
                )
            ),
            _described(chunks, found),
        )
        return COMPLETED

    def _chunks(self, bucket: str, files: Collection[str], prefix: str) -> _Chunks:
        rows = [
            row
            for row in self._store.rows(
                "SELECT key, text, vector FROM chunks WHERE bucket = ? ORDER BY key, id", bucket
            )
            if row["key"].startswith(prefix) and (not files or row["key"] in files)
        ]
        vectors = np.frombuffer(b"".join(row["vector"] for row in rows), np.float32)
        return _Chunks(
            [row["key"] for row in rows],
            [row["text"] for row in rows],
            vectors.reshape(-1, DIMENSIONS),
        )


def _described(chunks: _Chunks, found: Sequence[Theme]) -> list[Cluster]:
    """Name and number themes: outer ones first, then subclusters."""
    vocabulary = Vocabulary(chunks.texts)
    numbers = count()

    def describe(some: Sequence[Theme], among: Collection[int]) -> Iterator[Cluster]:
        for theme in some:
            files = len({chunks.filenames[member] for member in theme.members})
            wording = vocabulary.describe(theme.members, among, files)
            yield Cluster(next(numbers), wording.header, wording.summary, theme.members)

    clusters = list(describe(found, range(len(chunks.texts))))
    for theme, cluster in zip(found, clusters, strict=True):
        cluster.parts.extend(describe(theme.parts, theme.members))
    return clusters
