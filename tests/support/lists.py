"""Every list of the API, with sample rows."""

import json
import types
from typing import Any, Union, get_args, get_origin

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.api import (
    assistant_results,
    bucket_embeddings,
    bucket_usage,
    cloudfs,
    clusters,
    collection_results,
    conversation_histories,
    conversation_results,
    fine_tuning,
    insight_groups,
    insights,
    integration_secrets,
    kvs,
    memory_results,
    migrations,
    models,
    phone_numbers,
    recording_transcriptions,
    texml_applications,
    text_embeddings,
    text_to_speech,
)
from langchain_telnyx.client.call import Paging, Reply
from langchain_telnyx.client.decode import Model

calls = Telnyx(api_key="KEY0123", base_url="http://127.0.0.1:9").calls

# Each list of the API: its call and the type of its rows.
LISTS: dict[str, tuple[Any, type[Model]]] = {
    "models.list": (calls.models.list(), models.ModelInfo),
    "models.list_deprecated": (calls.models.list_deprecated(), models.ModelInfo),
    "text_embeddings.models": (calls.text_embeddings.models(), text_embeddings.EmbeddingModel),
    "bucket_embeddings.tasks": (calls.bucket_embeddings.tasks(), bucket_embeddings.EmbeddingTask),
    "bucket_embeddings.files": (
        calls.bucket_embeddings.files("docs"),
        bucket_embeddings.EmbeddedFile,
    ),
    "bucket_embeddings.similarity_search": (
        calls.bucket_embeddings.similarity_search("docs", "q"),
        bucket_embeddings.Hit,
    ),
    "bucket_usage.api": (calls.bucket_usage.api("docs", "a", "b"), bucket_usage.APIUsage),
    "bucket_usage.storage": (calls.bucket_usage.storage("docs"), bucket_usage.StorageUsage),
    "cloudfs.list": (calls.cloudfs.list(), cloudfs.Filesystem),
    "clusters.list": (calls.clusters.list(), clusters.ClusteringTask),
    "collections.list": (calls.collections.list(), collection_results.Collection),
    "collections.sources": (calls.collections.sources("c"), collection_results.CollectionSource),
    "collections.replace_sources": (
        calls.collections.replace_sources("c", ["voice"]),
        collection_results.CollectionSource,
    ),
    "collections.search": (
        calls.collections.search("c", "q"),
        collection_results.CollectionDocument,
    ),
    "conversation_histories.search": (
        calls.conversation_histories.search("q"),
        conversation_histories.HistoryPassage,
    ),
    "conversations.list": (calls.conversations.list(), conversation_results.Conversation),
    "conversations.iterate": (calls.conversations.iterate(), conversation_results.Conversation),
    "conversations.messages": (
        calls.conversations.messages("c"),
        conversation_results.ConversationMessage,
    ),
    "conversations.insights": (
        calls.conversations.insights("c"),
        conversation_results.ConversationInsights,
    ),
    "fine_tuning.list": (calls.fine_tuning.list(), fine_tuning.FineTuningJob),
    "insights.list": (calls.insights.list(), insights.Insight),
    "insights.aggregates": (calls.insights.aggregates(), insights.InsightCount),
    "insight_groups.list": (calls.insight_groups.list(), insight_groups.InsightGroup),
    "kvs.list": (calls.kvs.list(), kvs.KVNamespace),
    "kvs.list_keys": (calls.kvs.list_keys("n"), kvs.KVKey),
    "memory.profiles": (calls.memory.profiles(), memory_results.Profile),
    "memory.memories": (calls.memory.memories("p"), memory_results.Memory),
    "memory.recall": (calls.memory.recall("p", "q"), memory_results.Recollection),
    "memory.sources": (calls.memory.sources("p"), memory_results.MemorySource),
    "memory_namespaces.list": (calls.memory_namespaces.list(), memory_results.MemoryNamespace),
    "migrations.list": (calls.migrations.list(), migrations.Migration),
    "migration_sources.list": (calls.migration_sources.list(), migrations.MigrationSource),
    "assistants.list": (calls.assistants.list(), assistant_results.Assistant),
    "assistants.versions": (calls.assistants.versions("a"), assistant_results.Assistant),
    "integration_secrets.list": (
        calls.integration_secrets.list(),
        integration_secrets.IntegrationSecret,
    ),
    "phone_numbers.list": (calls.phone_numbers.list(), phone_numbers.PhoneNumber),
    "texml_applications.list": (
        calls.texml_applications.list(),
        texml_applications.TexmlApplication,
    ),
    "text_to_speech.list_voices": (calls.text_to_speech.list_voices(), text_to_speech.Voice),
    "recording_transcriptions.list": (
        calls.recording_transcriptions.list(),
        recording_transcriptions.RecordingTranscription,
    ),
    "migration_sources.coverage": (calls.migration_sources.coverage(), migrations.SourceCoverage),
}


def sample(kind: type[Model], number: int) -> dict[str, Any]:
    """Return a row with every field of a model, and a marker that makes it unique."""
    return {**_fields(kind, number), "marker": f"row {number}"}


def _fields(kind: type[Model], number: int) -> dict[str, Any]:
    return {
        name: _value(field.annotation, f"{name}-{number}", number)
        for name, field in kind.model_fields.items()
    }


def _value(annotation: Any, text: str, number: int) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return _value(arguments[0], text, number)
    if origin is list:
        # A cluster within a cluster has none itself: the sample would not end.
        inner = arguments[0]
        return [] if inner is clusters.Cluster else [_value(inner, text, number)] * 2
    if origin is dict or annotation is Any:
        inner = arguments[1] if arguments else Any
        return {"note": text if inner is Any else _value(inner, text, number)}
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return _fields(annotation, number)
    plain = {str: text, int: number, float: number / 8, bool: number % 2 == 0}
    return plain.get(annotation, f"2026-01-{28 - number:02}T10:00:00Z")


def page(rows: list[Any]) -> Reply:
    meta = {"page_number": 1, "total_pages": 1}
    body = json.dumps({"data": rows, "meta": meta}).encode()
    return Reply(200, {"content-type": "application/json"}, body, "GET http://127.0.0.1:9/list")


def decoded(described: Any, reply: Reply) -> tuple[list[Any], list[Any]]:
    """Return the rows that a list reads from a reply, and its unreadable rows."""
    if isinstance(described, Paging):
        found = described.call(None).decode(reply)
        return found.items, list(found.unreadable)
    rows = described.decode(reply)
    return rows, rows.unreadable
