"""The areas of the API by name; each is imported when it is first used.

Importing the models of every area takes longer than most programs' first request, and a program
uses two or three of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Generic

from langchain_telnyx.client.endpoint import M

if TYPE_CHECKING:
    from langchain_telnyx.client.api.assistants import Assistants
    from langchain_telnyx.client.api.audio import Audio
    from langchain_telnyx.client.api.bucket_embeddings import BucketEmbeddings
    from langchain_telnyx.client.api.bucket_usage import BucketUsage
    from langchain_telnyx.client.api.chat import Chat
    from langchain_telnyx.client.api.cloudfs import CloudFS
    from langchain_telnyx.client.api.clusters import Clusters
    from langchain_telnyx.client.api.collections import Collections
    from langchain_telnyx.client.api.conversation_histories import ConversationHistories
    from langchain_telnyx.client.api.conversations import Conversations
    from langchain_telnyx.client.api.fine_tuning import FineTuning
    from langchain_telnyx.client.api.insight_groups import InsightGroups
    from langchain_telnyx.client.api.insights import Insights
    from langchain_telnyx.client.api.integration_secrets import IntegrationSecrets
    from langchain_telnyx.client.api.kvs import KVs
    from langchain_telnyx.client.api.memory import AgentMemory
    from langchain_telnyx.client.api.memory_namespaces import MemoryNamespaces
    from langchain_telnyx.client.api.messages import Messages
    from langchain_telnyx.client.api.migrations import Migrations, MigrationSources
    from langchain_telnyx.client.api.models import Models
    from langchain_telnyx.client.api.phone_numbers import PhoneNumbers
    from langchain_telnyx.client.api.recording_transcriptions import RecordingTranscriptions
    from langchain_telnyx.client.api.responses import Responses
    from langchain_telnyx.client.api.ssl_certificates import SSLCertificates
    from langchain_telnyx.client.api.storage import Storage
    from langchain_telnyx.client.api.summaries import Summaries
    from langchain_telnyx.client.api.texml_applications import TexmlApplications
    from langchain_telnyx.client.api.text_embeddings import TextEmbeddings
    from langchain_telnyx.client.api.text_to_speech import TextToSpeech
    from langchain_telnyx.client.api.web_search import WebSearch

# A new area is a line here, one above and one in the class.
AREAS = {
    "assistants": ("assistants", "Assistants"),
    "audio": ("audio", "Audio"),
    "bucket_embeddings": ("bucket_embeddings", "BucketEmbeddings"),
    "bucket_usage": ("bucket_usage", "BucketUsage"),
    "chat": ("chat", "Chat"),
    "cloudfs": ("cloudfs", "CloudFS"),
    "clusters": ("clusters", "Clusters"),
    "collections": ("collections", "Collections"),
    "conversation_histories": ("conversation_histories", "ConversationHistories"),
    "conversations": ("conversations", "Conversations"),
    "fine_tuning": ("fine_tuning", "FineTuning"),
    "insight_groups": ("insight_groups", "InsightGroups"),
    "insights": ("insights", "Insights"),
    "integration_secrets": ("integration_secrets", "IntegrationSecrets"),
    "kvs": ("kvs", "KVs"),
    "memory": ("memory", "AgentMemory"),
    "memory_namespaces": ("memory_namespaces", "MemoryNamespaces"),
    "messages": ("messages", "Messages"),
    "migration_sources": ("migrations", "MigrationSources"),
    "migrations": ("migrations", "Migrations"),
    "models": ("models", "Models"),
    "phone_numbers": ("phone_numbers", "PhoneNumbers"),
    "recording_transcriptions": ("recording_transcriptions", "RecordingTranscriptions"),
    "responses": ("responses", "Responses"),
    "ssl_certificates": ("ssl_certificates", "SSLCertificates"),
    "storage": ("storage", "Storage"),
    "summaries": ("summaries", "Summaries"),
    "texml_applications": ("texml_applications", "TexmlApplications"),
    "text_embeddings": ("text_embeddings", "TextEmbeddings"),
    "text_to_speech": ("text_to_speech", "TextToSpeech"),
    "web_search": ("web_search", "WebSearch"),
}
"""The module below `client.api`, and the class, of each area."""


class Namespaces(Generic[M]):
    """The areas of the API.

    Args:
        runner: Runs their requests.
    """

    assistants: Assistants[M]
    audio: Audio[M]
    bucket_embeddings: BucketEmbeddings[M]
    bucket_usage: BucketUsage[M]
    chat: Chat[M]
    cloudfs: CloudFS[M]
    clusters: Clusters[M]
    collections: Collections[M]
    conversation_histories: ConversationHistories[M]
    conversations: Conversations[M]
    fine_tuning: FineTuning[M]
    insight_groups: InsightGroups[M]
    insights: Insights[M]
    integration_secrets: IntegrationSecrets[M]
    kvs: KVs[M]
    memory: AgentMemory[M]
    memory_namespaces: MemoryNamespaces[M]
    messages: Messages[M]
    migration_sources: MigrationSources[M]
    migrations: Migrations[M]
    models: Models[M]
    phone_numbers: PhoneNumbers[M]
    recording_transcriptions: RecordingTranscriptions[M]
    responses: Responses[M]
    ssl_certificates: SSLCertificates[M]
    storage: Storage[M]
    summaries: Summaries[M]
    texml_applications: TexmlApplications[M]
    text_embeddings: TextEmbeddings[M]
    text_to_speech: TextToSpeech[M]
    web_search: WebSearch[M]

    def __init__(self, runner: M) -> None:
        self._runner: M = runner

    if not TYPE_CHECKING:  # so that type checkers still report a misspelt name

        def __getattr__(self, name: str) -> Any:
            if name not in AREAS:
                # The vendor's SDK has the areas below `ai`.
                where = (
                    " The areas are attributes of the client: `chat`, `models` …"
                    if name == "ai"
                    else ""
                )
                raise AttributeError(
                    f"{type(self).__name__!r} object has no attribute {name!r}.{where}"
                )
            module, kind = AREAS[name]
            area = getattr(importlib.import_module(f"langchain_telnyx.client.api.{module}"), kind)
            made = area(self._runner)
            setattr(self, name, made)
            return made

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *AREAS})
