"""The official SDK's method for each operation, with its arguments.

Path parameters and body fields come from the example of the operation; the table has arguments
that the SDK needs in another form.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import spec
from examples_edge import certificate_and_key
from examples_models import RECORDING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_telnyx.client.call import Call

OF_TODAY = "4.189.0"
WITH_DEPRECATED = "4.167.0"
"""The last version that has the deprecated paths."""


@dataclass(frozen=True)
class SDKCall:
    """A method of the SDK.

    Attributes:
        method: Its name below a client, such as `ai.conversations.list`.
        given: Arguments in addition to those of the example.
        whole_body: Whether the body is one argument, `body`.
        version: The version of the SDK that has it.
    """

    method: str
    given: Mapping[str, Any] = field(default_factory=dict)
    whole_body: bool = False
    version: str = OF_TODAY

    def arguments(self, path: Mapping[str, str], call: Call[Any]) -> dict[str, Any]:
        """Return the SDK's arguments for the same request as a call of our client."""
        named = {_snake(name): unquote(each) for name, each in path.items()}
        body = call.json if isinstance(call.json, dict) else {}
        # `from` is a keyword of Python.
        body = {"from_" if name == "from" else name: value for name, value in body.items()}
        return {**named, **({"body": body} if self.whole_body else body), **self.given}


def path_of(endpoint: str, call: Call[Any]) -> dict[str, str]:
    """Return the path parameters of a call, by their names in an endpoint (`GET /ai/{x}`)."""
    template = endpoint.split(" ", 1)[1]
    names = re.findall(r"{(\w+)}", template)
    found = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template), call.path)
    if found is None:
        raise ValueError(f"{call.path!r} is not of {template!r}.")
    return dict(zip(names, found.groups(), strict=True))


def template_of(operation: str) -> str:
    """Return method and path, with named parameters, of an operation or an endpoint."""
    known = spec.operations().get(operation)
    return f"{known.method} {known.path}" if known else operation


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _bytes(content: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(content).decode()}


_CERTIFICATE, _KEY = certificate_and_key()
_PAGES = {"page_size": 1}
_PERIOD = {
    "filter": {"start_time": "2026-01-01T00:00:00.000Z", "end_time": "2026-01-02T00:00:00.000Z"}
}

CALLS: dict[str, SDKCall] = {
    # Models
    "create_openai_chat_completion": SDKCall("ai.openai.chat.create_completion"),
    "list_openai_models": SDKCall("ai.openai.list_models"),
    "chat_public_chat_completions_post": SDKCall(
        "ai.chat.create_completion", version=WITH_DEPRECATED
    ),
    "get_models_public_models_get": SDKCall("ai.retrieve_models", version=WITH_DEPRECATED),
    "chat_public_openai_responses_completions_post": SDKCall("ai.openai.create_response"),
    "create_openai_embeddings": SDKCall("ai.openai.embeddings.create_embeddings"),
    "audio_public_audio_transcriptions_post": SDKCall(
        "ai.audio.transcribe",
        {
            "file": {"filename": "call.wav", **_bytes(RECORDING)},
            "model": "deepgram/nova-3",
            "response_format": "verbose_json",
            "timestamp_granularities": "segment",
            "model_config": {"punctuate": True, "keywords": ["hello"]},
        },
    ),
    "list_openai_embedding_models": SDKCall("ai.openai.embeddings.list_embedding_models"),
    "get_finetuningjob_public_finetuning_get": SDKCall("ai.fine_tuning.jobs.list"),
    "create_new_finetuningjob_public_finetuning_post": SDKCall("ai.fine_tuning.jobs.create"),
    "get_finetuningjob_public_finetuning__job_id__get": SDKCall("ai.fine_tuning.jobs.retrieve"),
    "cancel_new_finetuningjob_public_finetuning_post": SDKCall("ai.fine_tuning.jobs.cancel"),
    "PostSummary": SDKCall("ai.summarize"),
    "POST /text-to-speech/speech": SDKCall(
        "text_to_speech.generate_speech", {"output_type": "base64_output"}
    ),
    "GET /text-to-speech/voices": SDKCall("text_to_speech.list_voices", {"provider": "telnyx"}),
    # Embedded buckets
    "PostEmbedding": SDKCall("ai.embeddings.create"),
    "PostEmbeddingUrl": SDKCall("ai.embeddings.url"),
    "GetTasksByStatus": SDKCall("ai.embeddings.list", {"status": ["success", "failure"]}),
    "GetEmbeddingTask": SDKCall("ai.embeddings.retrieve"),
    "GetEmbeddingBuckets": SDKCall("ai.embeddings.buckets.list"),
    "GetBucketName": SDKCall("ai.embeddings.buckets.retrieve"),
    "embedding_bucket_files_public_embedding_buckets__bucket_name__delete": SDKCall(
        "ai.embeddings.buckets.delete"
    ),
    "PostEmbeddingSimilaritySearch": SDKCall("ai.embeddings.similarity_search"),
    # Clusters
    "list_all_requested_clusters_public_text_clusters_get": SDKCall("ai.clusters.list", _PAGES),
    "compute_new_cluster_public_text_clusters_post": SDKCall("ai.clusters.compute"),
    "fetch_cluster_by_task_id_public_text_clusters__task_id__get": SDKCall(
        "ai.clusters.retrieve", {"top_n_nodes": 2, "show_subclusters": True}
    ),
    "delete_cluster_by_task_id_public_text_clusters__task_id__delete": SDKCall(
        "ai.clusters.delete"
    ),
    "fetch_cluster_image_by_task_id_public_text_clusters__task_id__image_get": SDKCall(
        "ai.clusters.fetch_graph"
    ),
    # Conversations
    "get_conversations_public_conversations_get": SDKCall(
        "ai.conversations.list", {"metadata_assistant_id": "eq.assistant-123", "limit": 5}
    ),
    "create_new_conversation_public_conversations_post": SDKCall("ai.conversations.create"),
    "get_conversation_by_id_public_conversations_get": SDKCall("ai.conversations.retrieve"),
    "update_conversation_by_id_public_conversations_put": SDKCall("ai.conversations.update"),
    "delete_conversation_by_id_public_conversations_delete": SDKCall("ai.conversations.delete"),
    "get_conversations_public__conversation_id__insights_get": SDKCall(
        "ai.conversations.retrieve_conversations_insights"
    ),
    "add_new_message": SDKCall("ai.conversations.add_message"),
    "get_conversations_public__conversation_id__messages_get": SDKCall(
        "ai.conversations.messages.list", _PAGES
    ),
    "GET /ai/conversation_histories": SDKCall(
        "ai.retrieve_conversation_histories", {"q": "order", "region": "USA", "page_size": 1}
    ),
    # Insights
    "get_all_insights": SDKCall("ai.conversations.insights.list", _PAGES),
    "create_insight": SDKCall("ai.conversations.insights.create"),
    "get_insight_by_id": SDKCall("ai.conversations.insights.retrieve"),
    "update_insight_by_id": SDKCall("ai.conversations.insights.update"),
    "delete_insight_by_id": SDKCall("ai.conversations.insights.delete"),
    "aggregate_conversation_insights": SDKCall(
        "ai.conversations.conversation_insights.retrieve_aggregates",
        {
            "group_by": ["metadata.assistant_id"],
            "created_at": "gte.2025-01-01",
            "metadata": {"assistant_id": "eq.assistant-123"},
        },
    ),
    "get_all_insight_groups": SDKCall(
        "ai.conversations.insight_groups.retrieve_insight_groups", _PAGES
    ),
    "create_insight_group": SDKCall("ai.conversations.insight_groups.insight_groups"),
    "get_insight_group_by_id": SDKCall("ai.conversations.insight_groups.retrieve"),
    "update_insight_group_by_id": SDKCall("ai.conversations.insight_groups.update"),
    "delete_insight_group_by_id": SDKCall("ai.conversations.insight_groups.delete"),
    "assign_insight_to_group": SDKCall("ai.conversations.insight_groups.insights.assign"),
    "unassign_insight_from_group": SDKCall(
        "ai.conversations.insight_groups.insights.delete_unassign"
    ),
    # Web search, transcriptions of call recordings
    "POST /web_search": SDKCall("web_search.create"),
    "POST /web_search/contents": SDKCall("web_search.contents"),
    "POST /web_search/research": SDKCall("web_search.research.create"),
    "GET /web_search/research/{task_id}": SDKCall("web_search.research.retrieve"),
    "GET /recording_transcriptions": SDKCall(
        "recording_transcriptions.list",
        {"page_size": 1, "filter": {"created_at": {"gte": "2026-01-01T00:00:00Z"}}},
    ),
    "GET /recording_transcriptions/{recording_transcription_id}": SDKCall(
        "recording_transcriptions.retrieve"
    ),
    "DELETE /recording_transcriptions/{recording_transcription_id}": SDKCall(
        "recording_transcriptions.delete"
    ),
    # Usage, certificates, storage at the edge
    "CreatePresignedObjectUrl": SDKCall("storage.buckets.create_presigned_url", whole_body=True),
    "GetStorageAPIUsage": SDKCall("storage.buckets.usage.get_api_usage", _PERIOD),
    "GetBucketUsage": SDKCall("storage.buckets.usage.get_bucket_usage"),
    "AddStorageSSLCertificate": SDKCall(
        "storage.buckets.ssl_certificate.create",
        {"certificate": _bytes(_CERTIFICATE), "private_key": _bytes(_KEY)},
    ),
    "GetStorageSSLCertificates": SDKCall("storage.buckets.ssl_certificate.retrieve"),
    "RemoveStorageSSLCertificate": SDKCall("storage.buckets.ssl_certificate.delete"),
    "ListKvNamespaces": SDKCall("storage.kvs.list", _PAGES),
    "CreateKvNamespace": SDKCall("storage.kvs.create"),
    "GetKvNamespace": SDKCall("storage.kvs.retrieve"),
    "DeleteKvNamespace": SDKCall("storage.kvs.delete"),
    "ListKvKeys": SDKCall("storage.kvs.keys.list", {"limit": 1}),
    "PutKvKey": SDKCall("storage.kvs.keys.update", {"body": _bytes(b"a value"), "ttl_secs": 60}),
    "GetKvKey": SDKCall("storage.kvs.keys.retrieve"),
    "DeleteKvKey": SDKCall("storage.kvs.keys.delete"),
    "ListCloudfsFilesystems": SDKCall("storage.cloudfs.list", {"page_limit": 1}),
    "CreateCloudfsFilesystem": SDKCall("storage.cloudfs.create", {"idempotency_key": "once"}),
    "GetCloudfsFilesystem": SDKCall("storage.cloudfs.retrieve"),
    "UpdateCloudfsFilesystem": SDKCall("storage.cloudfs.update"),
    "DeleteCloudfsFilesystem": SDKCall("storage.cloudfs.delete"),
    "RotateCloudfsMetaToken": SDKCall(
        "storage.cloudfs.actions.rotate_meta_token", {"idempotency_key": "once"}
    ),
    "ListMigrationSourceCoverage": SDKCall("storage.list_migration_source_coverage"),
    "ListMigrationSources": SDKCall("storage.migration_sources.list"),
    "CreateMigrationSource": SDKCall("storage.migration_sources.create"),
    "GetMigrationSource": SDKCall("storage.migration_sources.retrieve"),
    "DeleteMigrationSource": SDKCall("storage.migration_sources.delete"),
    "ListMigrations": SDKCall("storage.migrations.list"),
    "CreateMigration": SDKCall("storage.migrations.create"),
    "GetMigration": SDKCall("storage.migrations.retrieve"),
    "StopMigration": SDKCall("storage.migrations.actions.stop"),
    # Assistants
    "GET /ai/assistants": SDKCall("ai.assistants.list"),
    "POST /ai/assistants": SDKCall("ai.assistants.create"),
    "GET /ai/assistants/{assistant_id}": SDKCall("ai.assistants.retrieve"),
    "POST /ai/assistants/{assistant_id}": SDKCall("ai.assistants.update"),
    "DELETE /ai/assistants/{assistant_id}": SDKCall("ai.assistants.delete"),
    "POST /ai/assistants/{assistant_id}/clone": SDKCall("ai.assistants.clone"),
    "GET /ai/assistants/{assistant_id}/texml": SDKCall("ai.assistants.get_texml"),
    "POST /ai/assistants/{assistant_id}/chat": SDKCall("ai.assistants.chat"),
    "GET /ai/assistants/{assistant_id}/versions": SDKCall("ai.assistants.versions.list"),
    "POST /ai/assistants/{assistant_id}/versions/{version_id}/promote": SDKCall(
        "ai.assistants.versions.promote"
    ),
    "GET /integration_secrets": SDKCall("integration_secrets.list", _PAGES),
    "POST /integration_secrets": SDKCall(
        "integration_secrets.create",
        {"identifier": "my-llm", "type": "bearer", "token": "sk-of-another-service"},
    ),
    "DELETE /integration_secrets/{id}": SDKCall("integration_secrets.delete"),
    # Telephony
    "GET /texml_applications": SDKCall("texml_applications.list", _PAGES),
    "POST /texml_applications": SDKCall("texml_applications.create"),
    "GET /texml_applications/{id}": SDKCall("texml_applications.retrieve"),
    "PATCH /texml_applications/{id}": SDKCall("texml_applications.update"),
    "DELETE /texml_applications/{id}": SDKCall("texml_applications.delete"),
    "GET /phone_numbers": SDKCall("phone_numbers.list", _PAGES),
    "GET /phone_numbers/{id}": SDKCall("phone_numbers.retrieve"),
    "PATCH /phone_numbers/{phone_number_id}": SDKCall("phone_numbers.update"),
    # Collections
    "GET /ai/collections": SDKCall("ai.collections.list", _PAGES),
    "POST /ai/collections": SDKCall("ai.collections.create"),
    "GET /ai/collections/slug/{slug}": SDKCall("ai.collections.retrieve"),
    "GET /ai/collections/{uuid}": SDKCall("ai.collections.retrieve_by_id"),
    "PATCH /ai/collections/{uuid}": SDKCall("ai.collections.update"),
    "DELETE /ai/collections/{uuid}": SDKCall("ai.collections.delete"),
    "GET /ai/collections/{uuid}/settings": SDKCall("ai.collections.settings.list"),
    "PUT /ai/collections/{uuid}/settings": SDKCall("ai.collections.settings.create"),
    "PATCH /ai/collections/{uuid}/settings": SDKCall("ai.collections.settings.patch_all"),
    "GET /ai/collections/{uuid}/sources": SDKCall("ai.collections.sources.list"),
    "POST /ai/collections/{uuid}/sources": SDKCall("ai.collections.sources.create"),
    "PUT /ai/collections/{uuid}/sources": SDKCall("ai.collections.sources.replace"),
    "DELETE /ai/collections/{uuid}/sources/{source_id}": SDKCall("ai.collections.sources.delete"),
    "GET /ai/knowledge/collections/{slug}/documents": SDKCall(
        "ai.knowledge.collections.retrieve_documents",
        {"query": "order", "top_k": 5, "page_size": 1},
    ),
    # Memory
    "GET /ai/memory/namespaces": SDKCall("ai.memory.namespaces.list"),
    "POST /ai/memory/namespaces": SDKCall("ai.memory.namespaces.create"),
    "DELETE /ai/memory/namespaces/{namespace}": SDKCall("ai.memory.namespaces.delete"),
    "GET /ai/memory/namespaces/{namespace}/settings": SDKCall("ai.memory.namespaces.settings.list"),
    "PATCH /ai/memory/namespaces/{namespace}/settings": SDKCall(
        "ai.memory.namespaces.settings.patch_all"
    ),
    "GET /ai/memory/namespaces/{namespace}/operations/{operation_id}": SDKCall(
        "ai.memory.namespaces.retrieve"
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles": SDKCall(
        "ai.memory.namespaces.profiles.list", _PAGES
    ),
    "DELETE /ai/memory/namespaces/{namespace}/profiles/{profile_id}": SDKCall(
        "ai.memory.namespaces.profiles.delete"
    ),
    "POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/remember": SDKCall(
        "ai.memory.namespaces.profiles.remember"
    ),
    "POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/ingest": SDKCall(
        "ai.memory.namespaces.profiles.ingest", {"session_id": "call-1"}, whole_body=True
    ),
    "POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/recall": SDKCall(
        "ai.memory.namespaces.profiles.recall"
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/summary": SDKCall(
        "ai.memory.namespaces.profiles.retrieve_summary"
    ),
    "POST /ai/memory/namespaces/{namespace}/profiles/{profile_id}/summary/preview": SDKCall(
        "ai.memory.namespaces.profiles.preview"
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/memories": SDKCall(
        "ai.memory.namespaces.profiles.memories.list", _PAGES
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/memories/{memory_id}": SDKCall(
        "ai.memory.namespaces.profiles.memories.retrieve"
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources": SDKCall(
        "ai.memory.namespaces.profiles.sources.list", _PAGES
    ),
    "GET /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources/{source_id}": SDKCall(
        "ai.memory.namespaces.profiles.sources.retrieve"
    ),
    "DELETE /ai/memory/namespaces/{namespace}/profiles/{profile_id}/sources/{source_id}": SDKCall(
        "ai.memory.namespaces.profiles.sources.delete"
    ),
    # Messages
    "POST /messages": SDKCall("messages.send"),
    "GET /messages/{id}": SDKCall("messages.retrieve"),
}
