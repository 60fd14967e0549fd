"""Requests that the OpenAPI schema allows, and the emulator refuses.

Where a schema can express the rule, an exception amends it. Otherwise it names the operations whose
valid requests may get a 400 or 422; those of all others may not.
"""

from __future__ import annotations

import amendments
from deviation import Deviation

_CHATS = ("create_openai_chat_completion", "chat_public_chat_completions_post")
_ACCEPTED = ("2xx", "401", "403", "404", "409", "429")
_REFUSED = {"positive_data_acceptance": (*_ACCEPTED, "400")}
_NO_BOUNDS = "The schema has an integer without bounds; smaller numbers are meaningless."

REFUSALS = (
    Deviation(
        what="`page[number]` of at least 0, `page[size]` of at least 1",
        why=_NO_BOUNDS,
        source="the schema of all other paged listings, which has such bounds",
        operations=("list_all_requested_clusters_public_text_clusters_get",),
        amend=amendments.update_parameters(
            {"page[number]": {"minimum": 0}, "page[size]": {"minimum": 1}}
        ),
    ),
    Deviation(
        what="`top_n_nodes` of at least 0",
        why=_NO_BOUNDS,
        source="inferred",
        operations=("fetch_cluster_by_task_id_public_text_clusters__task_id__get",),
        amend=amendments.update_parameters({"top_n_nodes": {"minimum": 0}}),
    ),
    Deviation(
        what="`min_cluster_size` and `min_subcluster_size` of at least 1",
        why=_NO_BOUNDS,
        source="inferred",
        operations=("compute_new_cluster_public_text_clusters_post",),
        amend=amendments.update_fields(
            min_cluster_size={"minimum": 1}, min_subcluster_size={"minimum": 1}
        ),
    ),
    Deviation(
        what="`document_chunk_size` of at least 1, `document_chunk_overlap_size` of at least 0",
        why=_NO_BOUNDS,
        source="inferred",
        operations=("PostEmbedding",),
        amend=amendments.update_fields(
            document_chunk_size={"minimum": 1}, document_chunk_overlap_size={"minimum": 0}
        ),
    ),
    Deviation(
        what="`num_of_docs` of at least 1",
        why=_NO_BOUNDS,
        source="inferred",
        operations=("PostEmbeddingSimilaritySearch",),
        amend=amendments.update_fields(num_of_docs={"minimum": 1}),
    ),
    Deviation(
        what="`input` with at least one text, `dimensions` of at least 1",
        why="The schema has no bounds; a request without texts is meaningless.",
        source="OpenAI's API reference",
        operations=("create_openai_embeddings",),
        amend=amendments.update_fields(
            input={
                "oneOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
            dimensions={"minimum": 1},
        ),
    ),
    Deviation(
        what="no other fields than the schema's",
        why="The schema does not forbid them; its description of the 400 does.",
        source="the schema's descriptions",
        operations=("CreateCloudfsFilesystem", "UpdateCloudfsFilesystem"),
        amend=amendments.close_body,
    ),
    Deviation(
        what="400 for filters and columns in another form than PostgREST's",
        why="The schema has any text; its descriptions show the form.",
        source="the schema's descriptions",
        operations=(
            "get_conversations_public_conversations_get",
            "aggregate_conversation_insights",
        ),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for fields that the model does not support",
        why="A schema cannot express which models read images, think, or accept tools.",
        source="observed live: code 10015 for `enable_thinking`, and for tools with a cap",
        operations=_CHATS,
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for fields that the model does not support, 422 for items of another form than "
        "OpenAI's",
        why="The schema refers to OpenAI's format, and has no schema of it.",
        source="OpenAI's API reference; observed live for chat: code 10015",
        operations=("chat_public_openai_responses_completions_post",),
        expected={"positive_data_acceptance": (*_ACCEPTED, "400", "422")},
    ),
    Deviation(
        what="400 for a JSON schema that is open, or is text that is not JSON",
        why="A schema cannot express it.",
        source="observed live: code 10015 for a template with an open schema",
        operations=("create_insight", "update_insight_by_id"),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for an unknown cursor",
        why="A cursor is opaque text.",
        source="the schema's description",
        operations=("ListKvKeys",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a model that makes no embeddings, another length of its vectors, or a text "
        "beyond its limit",
        why="A schema cannot express the abilities of models.",
        source="inferred from chat: code 10015",
        operations=("create_openai_embeddings",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a model that cannot be fine-tuned, and for a file without examples",
        why="A schema cannot express it.",
        source="the catalogue's `is_fine_tunable`; the code is inferred from chat",
        operations=("create_new_finetuningjob_public_finetuning_post",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a job that has ended already",
        why="A schema cannot express the state of a job.",
        source="OpenAI's API reference",
        operations=("cancel_new_finetuningjob_public_finetuning_post",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for passages that overlap by their whole length",
        why="A schema cannot compare two fields.",
        source="inferred",
        operations=("PostEmbedding",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a page that is not crawled",
        why="The emulator crawls loopback and named hosts only, and the schema has any text.",
        source="the emulator's settings `crawl_hosts` and `allow_crawl`",
        operations=("PostEmbeddingUrl",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a file without text",
        why="A schema cannot express what is in a file.",
        source="inferred",
        operations=("PostSummary",),
        expected=_REFUSED,
    ),
    Deviation(
        what="400 for a recording that cannot be fetched or read, for both and for none",
        why="A schema cannot express it.",
        source="observed live: the fetch of a URL whose response has no length",
        operations=("audio_public_audio_transcriptions_post",),
        expected=_REFUSED,
    ),
    Deviation(
        what="404 for a file system whose creation is replayed after its deletion",
        why="The replayed 201 describes the file system as it was.",
        source="the schema's description of `Idempotency-Key`",
        operations=(
            "DeleteCloudfsFilesystem",
            "GetCloudfsFilesystem",
            "RotateCloudfsMetaToken",
            "UpdateCloudfsFilesystem",
        ),
        checks=("ensure_resource_availability",),
    ),
    Deviation(
        what="422 for a name in use, contradicting cursors, an idempotency key of another request, "
        "and an invalid certificate",
        why="A schema cannot express it; the descriptions of the responses do.",
        source="the schema's descriptions",
        operations=(
            "AddStorageSSLCertificate",
            "CreateCloudfsFilesystem",
            "ListCloudfsFilesystems",
            "RotateCloudfsMetaToken",
            "UpdateCloudfsFilesystem",
        ),
        expected={"positive_data_acceptance": (*_ACCEPTED, "400", "422")},
    ),
)
