"""Examples of what is done with the texts of a bucket: embedding, search, clusters, summaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import existing
from examples import Example, after, of

if TYPE_CHECKING:
    from existing import Account

_TOPICS = {
    "moons.txt": "Titan is the largest moon of Saturn. Europa, a moon of Jupiter, hides an ocean.",
    "planets.txt": "Saturn and Jupiter are planets with many moons and rings of ice.",
    "bread.txt": "Bread is baked from flour, water, salt and yeast in a hot oven.",
    "cakes.txt": "A cake is baked in the oven from flour, butter, eggs and sugar.",
}


def topics(account: Account) -> str:
    """A bucket with texts about two topics, embedded."""
    bucket = existing.bucket_of(account, "topics-bucket", _TOPICS)
    embeddings = account.telnyx.bucket_embeddings
    embeddings.wait(embeddings.embed(bucket).task_id)
    return bucket


def clustering(account: Account) -> str:
    """A clustering that has ended."""
    clusters = account.telnyx.clusters
    task = clusters.compute(topics(account), min_cluster_size=2, min_subcluster_size=2).task_id
    clusters.wait(task)
    return task


EXAMPLES = (
    Example(
        "PostEmbedding",
        "bucket_embeddings.embed",
        of(
            existing.bucket,
            document_chunk_size=512,
            document_chunk_overlap_size=64,
            embedding_model="intfloat/multilingual-e5-large",
            loader="default",
        ),
    ),
    Example(
        "PostEmbeddingUrl",
        "bucket_embeddings.embed_url",
        after(existing.bucket, "http://127.0.0.1:9/", bucket_name="docs-bucket"),
    ),
    Example("GetTasksByStatus", "bucket_embeddings.tasks", after(existing.embedding_task)),
    Example(
        "GetTasksByStatus",
        "bucket_embeddings.tasks",
        after(existing.embedding_task, status=["success", "failure", "partial_success"]),
        "of several states",
    ),
    Example("GetEmbeddingTask", "bucket_embeddings.task", of(existing.embedding_task)),
    Example("GetEmbeddingBuckets", "bucket_embeddings.buckets", after(existing.embedded_bucket)),
    Example("GetBucketName", "bucket_embeddings.files", of(existing.embedded_bucket)),
    Example(
        "PostEmbeddingSimilaritySearch",
        "bucket_embeddings.similarity_search",
        of(existing.embedded_bucket, "Do dogs bark?", num_of_docs=2),
    ),
    Example(
        "embedding_bucket_files_public_embedding_buckets__bucket_name__delete",
        "bucket_embeddings.disable",
        of(existing.embedded_bucket),
    ),
    Example(
        "compute_new_cluster_public_text_clusters_post",
        "clusters.compute",
        of(topics, min_cluster_size=2, min_subcluster_size=2, files=["moons.txt"], prefix="m"),
    ),
    Example(
        "list_all_requested_clusters_public_text_clusters_get",
        "clusters.list",
        after(clustering, page_size=1),
    ),
    Example(
        "fetch_cluster_by_task_id_public_text_clusters__task_id__get",
        "clusters.get",
        of(clustering),
    ),
    Example(
        "fetch_cluster_by_task_id_public_text_clusters__task_id__get",
        "clusters.get",
        of(clustering, top_n_nodes=2, show_subclusters=True),
        "in full",
    ),
    Example(
        "fetch_cluster_image_by_task_id_public_text_clusters__task_id__image_get",
        "clusters.graph",
        of(clustering),
    ),
    Example(
        "delete_cluster_by_task_id_public_text_clusters__task_id__delete",
        "clusters.delete",
        of(clustering),
    ),
    Example(
        "PostSummary",
        "summaries.create",
        of(existing.bucket, "cats.txt", system_prompt="In one sentence."),
    ),
)
