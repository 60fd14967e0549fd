"""Examples for the texts of a bucket: embedding, search, clusters, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import prerequisites
from examples import Example, after_creating, with_created

if TYPE_CHECKING:
    from prerequisites import Account

_TOPICS = {
    "moons.txt": "Titan is the largest moon of Saturn. Europa, a moon of Jupiter, hides an ocean.",
    "planets.txt": "Saturn and Jupiter are planets with many moons and rings of ice.",
    "bread.txt": "Bread is baked from flour, water, salt and yeast in a hot oven.",
    "cakes.txt": "A cake is baked in the oven from flour, butter, eggs and sugar.",
}


def topics(account: Account) -> str:
    """A bucket with texts about two topics, embedded."""
    bucket = prerequisites.bucket_of(account, "topics-bucket", _TOPICS)
    embeddings = account.telnyx.bucket_embeddings
    embeddings.wait(embeddings.embed(bucket).task_id)
    return bucket


def clustering(account: Account) -> str:
    """A completed clustering task."""
    clusters = account.telnyx.clusters
    task = clusters.compute(topics(account), min_cluster_size=2, min_subcluster_size=2).task_id
    clusters.wait(task)
    return task


EXAMPLES = (
    Example(
        "PostEmbedding",
        "bucket_embeddings.embed",
        with_created(
            prerequisites.bucket,
            document_chunk_size=512,
            document_chunk_overlap_size=64,
            embedding_model="intfloat/multilingual-e5-large",
            loader="default",
        ),
    ),
    Example(
        "PostEmbeddingUrl",
        "bucket_embeddings.embed_url",
        after_creating(prerequisites.bucket, "http://127.0.0.1:9/", bucket_name="docs-bucket"),
    ),
    Example(
        "GetTasksByStatus", "bucket_embeddings.tasks", after_creating(prerequisites.embedding_task)
    ),
    Example(
        "GetTasksByStatus",
        "bucket_embeddings.tasks",
        after_creating(
            prerequisites.embedding_task, status=["success", "failure", "partial_success"]
        ),
        "of several states",
    ),
    Example(
        "GetEmbeddingTask", "bucket_embeddings.task", with_created(prerequisites.embedding_task)
    ),
    Example(
        "GetEmbeddingBuckets",
        "bucket_embeddings.buckets",
        after_creating(prerequisites.embedded_bucket),
    ),
    Example(
        "GetBucketName", "bucket_embeddings.files", with_created(prerequisites.embedded_bucket)
    ),
    Example(
        "PostEmbeddingSimilaritySearch",
        "bucket_embeddings.similarity_search",
        with_created(prerequisites.embedded_bucket, "Do dogs bark?", num_of_docs=2),
    ),
    Example(
        "embedding_bucket_files_public_embedding_buckets__bucket_name__delete",
        "bucket_embeddings.disable",
        with_created(prerequisites.embedded_bucket),
    ),
    Example(
        "compute_new_cluster_public_text_clusters_post",
        "clusters.compute",
        with_created(
            topics, min_cluster_size=2, min_subcluster_size=2, files=["moons.txt"], prefix="m"
        ),
    ),
    Example(
        "list_all_requested_clusters_public_text_clusters_get",
        "clusters.list",
        after_creating(clustering, page_size=1),
    ),
    Example(
        "fetch_cluster_by_task_id_public_text_clusters__task_id__get",
        "clusters.get",
        with_created(clustering),
    ),
    Example(
        "fetch_cluster_by_task_id_public_text_clusters__task_id__get",
        "clusters.get",
        with_created(clustering, top_n_nodes=2, show_subclusters=True),
        "in full",
    ),
    Example(
        "fetch_cluster_image_by_task_id_public_text_clusters__task_id__image_get",
        "clusters.graph",
        with_created(clustering),
    ),
    Example(
        "delete_cluster_by_task_id_public_text_clusters__task_id__delete",
        "clusters.delete",
        with_created(clustering),
    ),
    Example(
        "PostSummary",
        "summaries.create",
        with_created(prerequisites.bucket, "cats.txt", system_prompt="In one sentence."),
    ),
)
