"""The state and the services of one emulated account."""

import time
import uuid
from dataclasses import replace
from typing import Any

from langchain_telnyx.emulator import reset_areas
from langchain_telnyx.emulator.areas.assistants import state as assistants
from langchain_telnyx.emulator.areas.assistants.state import Assistants
from langchain_telnyx.emulator.areas.audio import state as transcripts
from langchain_telnyx.emulator.areas.audio.state import Transcripts
from langchain_telnyx.emulator.areas.bucket_embeddings import schema as embedded
from langchain_telnyx.emulator.areas.bucket_embeddings.file_list import FileLists
from langchain_telnyx.emulator.areas.bucket_embeddings.index import Hit, Index
from langchain_telnyx.emulator.areas.bucket_embeddings.jobs import Embedding
from langchain_telnyx.emulator.areas.bucket_embeddings.state import EmbeddedBuckets
from langchain_telnyx.emulator.areas.bucket_embeddings.tasks import (
    EMBED_BUCKET,
    EMBED_URL,
    EmbeddingTasks,
)
from langchain_telnyx.emulator.areas.bucket_usage import state as usage
from langchain_telnyx.emulator.areas.bucket_usage.state import BucketUsage
from langchain_telnyx.emulator.areas.chat.openai_fields import ReasoningFields
from langchain_telnyx.emulator.areas.cloudfs import state as cloudfs
from langchain_telnyx.emulator.areas.cloudfs.state import Filesystems
from langchain_telnyx.emulator.areas.clusters import state as clusters
from langchain_telnyx.emulator.areas.clusters.state import Clusters
from langchain_telnyx.emulator.areas.clusters.tasks import Clustering
from langchain_telnyx.emulator.areas.collections import state as collections
from langchain_telnyx.emulator.areas.collections.documents import Documents
from langchain_telnyx.emulator.areas.collections.state import Collections
from langchain_telnyx.emulator.areas.conversations import service as conversations
from langchain_telnyx.emulator.areas.conversations.service import ConversationService
from langchain_telnyx.emulator.areas.fine_tuning import state as tuned
from langchain_telnyx.emulator.areas.fine_tuning.jobs import Training
from langchain_telnyx.emulator.areas.fine_tuning.state import Models
from langchain_telnyx.emulator.areas.fine_tuning.training_files import Source
from langchain_telnyx.emulator.areas.insights.state import FIND_INSIGHTS
from langchain_telnyx.emulator.areas.insights.webhooks import InsightWebhooks
from langchain_telnyx.emulator.areas.integration_secrets import state as secrets
from langchain_telnyx.emulator.areas.integration_secrets.state import Secrets
from langchain_telnyx.emulator.areas.kvs import state as kvs
from langchain_telnyx.emulator.areas.kvs.state import KVs
from langchain_telnyx.emulator.areas.memory import jobs as remembering
from langchain_telnyx.emulator.areas.memory.jobs import AgentMemory
from langchain_telnyx.emulator.areas.messages import state as messages
from langchain_telnyx.emulator.areas.messages.state import Messages
from langchain_telnyx.emulator.areas.migrations import state as migrations
from langchain_telnyx.emulator.areas.migrations.state import Migrations
from langchain_telnyx.emulator.areas.phone_numbers import state as numbers
from langchain_telnyx.emulator.areas.phone_numbers.state import PhoneNumbers
from langchain_telnyx.emulator.areas.recording_transcriptions import state as recordings
from langchain_telnyx.emulator.areas.recording_transcriptions.state import RecordingTranscriptions
from langchain_telnyx.emulator.areas.responses import stored as responses
from langchain_telnyx.emulator.areas.responses.stored import StoredResponses
from langchain_telnyx.emulator.areas.ssl_certificates import state as certificates
from langchain_telnyx.emulator.areas.ssl_certificates.state import Certificates
from langchain_telnyx.emulator.areas.texml_applications import state as texml
from langchain_telnyx.emulator.areas.texml_applications.state import TexmlApplications
from langchain_telnyx.emulator.areas.web_search import state as web
from langchain_telnyx.emulator.areas.web_search.state import Web
from langchain_telnyx.emulator.calls.log import CallLog
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.reading.stored import StoredTexts
from langchain_telnyx.emulator.reset_areas import UPDATE_BUCKET
from langchain_telnyx.emulator.runtime import jobs
from langchain_telnyx.emulator.runtime.clock import Clock, FakeClock
from langchain_telnyx.emulator.runtime.ids import Ids
from langchain_telnyx.emulator.runtime.jobs import Jobs
from langchain_telnyx.emulator.script import Script
from langchain_telnyx.emulator.serving import replays
from langchain_telnyx.emulator.serving.envelopes import BucketNotFound
from langchain_telnyx.emulator.serving.model_rates import ModelRates
from langchain_telnyx.emulator.serving.rates import Rates
from langchain_telnyx.emulator.serving.recording import new_log
from langchain_telnyx.emulator.serving.replays import Replays
from langchain_telnyx.emulator.serving.request_guards import AllowedHosts
from langchain_telnyx.emulator.settings import Settings
from langchain_telnyx.emulator.storage import blobs, objects, uploads
from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.objects import KeyLimits, Objects
from langchain_telnyx.emulator.storage.uploads import Uploads
from langchain_telnyx.emulator.webhooks.sender import Sender
from langchain_telnyx.emulator.webhooks.signing import Signer

EMBEDDING_JOBS = (EMBED_BUCKET, EMBED_URL, UPDATE_BUCKET)
"""The kinds of jobs that embed files, including updates after a change."""

_SCHEMA = (
    blobs.SCHEMA,
    objects.SCHEMA,
    uploads.SCHEMA,
    embedded.SCHEMA,
    jobs.SCHEMA,
    clusters.SCHEMA,
    tuned.SCHEMA,
    replays.SCHEMA,
    conversations.SCHEMA,
    transcripts.SCHEMA,
    assistants.SCHEMA,
    certificates.SCHEMA,
    cloudfs.SCHEMA,
    collections.SCHEMA,
    secrets.SCHEMA,
    kvs.SCHEMA,
    messages.SCHEMA,
    migrations.SCHEMA,
    numbers.SCHEMA,
    recordings.SCHEMA,
    remembering.SCHEMA,
    responses.SCHEMA,
    texml.SCHEMA,
    usage.SCHEMA,
    web.SCHEMA,
)
"""The tables of each area; a new area is added here."""


class Account:
    """One account.

    Attributes:
        settings: Its settings.
        script: The answers and faults that a test scripts.
        requests: The requests so far.
        calls: The calls of the phone simulator.
        clock: Its clock.
        ids: The source of its identifiers.
        store: Its database.
        rates: Its rate limits.
        model_rates: The rate limits of its models; `None` if there are none.
        reasoning_fields: The field for the reasoning of each chat response.
        replays: The stored responses of requests with an idempotency key.
        objects: Its buckets and objects.
        uploads: Its multipart uploads.
        embedded: Its embedded buckets.
        file_lists: Their file lists, in the form of the API.
        jobs: Its background jobs.
        embedding_tasks: The jobs that embed buckets.
        clustering: Its cluster tasks.
        clusters: The results of cluster tasks.
        models: The available models, including its fine-tuned ones.
        training: Its fine-tuning jobs.
        conversations: Its conversations and their insights.
        assistants: Its assistants.
        integration_secrets: Its integration secrets.
        phone_numbers: Its phone numbers.
        texml_applications: Its TeXML applications.
        transcripts: The transcripts of its recordings.
        texts: The texts of its objects, including recordings.
        usage: The usage of its buckets.
        certificates: The certificates of its buckets.
        kvs: Its key-value namespaces.
        cloudfs: Its file systems.
        messages: Its text messages.
        migrations: Its migrations.
        collections: Its AI Search collections.
        documents: The documents of its collections.
        memory: The memory of its agents.
        recording_transcriptions: The transcriptions of its call recordings.
        web: The pages that it can search.
        responses: The stored responses for `previous_response_id`.
        webhooks: The sender of its webhooks.
    """

    def __init__(self, settings: Settings, script: Script | None = None) -> None:
        self.settings = settings
        self.script = script or Script()
        self.requests = new_log()
        self.calls = CallLog()
        self.hosts = AllowedHosts(settings.host, settings.hosts)
        self.store = Store(settings.data, _SCHEMA)
        self._initial = settings
        self._opened = time.monotonic()
        self._set_up(self.store.generation)

    def _set_up(self, generation: int) -> None:
        self.settings = self._initial
        self.clock = self._new_clock()
        self.ids = Ids(self.settings.seed, generation)
        self.jobs = self._new_jobs()
        self.webhooks = self._new_sender()
        self._connect()

    def _new_clock(self) -> Clock:
        return Clock() if self.settings.real_clock else FakeClock()

    def _new_jobs(self) -> Jobs:
        return Jobs(self.store, self.clock, failed=self.settings.quirks.failure_word)

    def _new_sender(self) -> Sender:
        signer = Signer(f"{self.settings.seed}/{self.user_id}")
        return Sender(signer, self._may_receive_webhooks)

    def _new_model_rates(self) -> ModelRates | None:
        limits, clock = self.settings.rate_limits, self.clock
        return None if limits is None else ModelRates(limits, lambda: clock.read().timestamp())

    def _connect(self) -> None:
        """Create the parts whose state is in the database, with the current quirks."""
        quirks = self.settings.quirks
        self.jobs.failed = failed = quirks.failure_word
        limits = KeyLimits(key=quirks.key_limit, segment=quirks.segment_limit)
        self.objects = Objects(self.store, self.clock, limits)
        self.rates = Rates(quirks, self.settings.seed)
        self.model_rates = self._new_model_rates()
        self.reasoning_fields = ReasoningFields(quirks)
        self.replays = Replays(self.store, self.clock)
        self.uploads = Uploads(self.store, self.objects, self.clock, self.ids)
        self.embedded = EmbeddedBuckets(self.store, self.clock, quirks)
        self.file_lists = FileLists(self.store, quirks)
        self._index = Index(self.store, delay=quirks.search_delay)
        check = self.jobs.check
        self.transcripts = Transcripts(self.store, self.objects, check=check)
        self.texts = StoredTexts(self.objects, self.transcripts)
        self.embedding_tasks = EmbeddingTasks(self.jobs, self.ids, quirks)
        embedding = Embedding(
            self.objects,
            self.embedded,
            self.texts,
            failed=failed,
            hide_failures=quirks.failed_file_in_success,
            foreign_failure=quirks.foreign_failing_file,
            check=check,
        )
        self.jobs.runners[EMBED_BUCKET] = embedding.embed_bucket
        self.jobs.runners[EMBED_URL] = embedding.embed_url
        self.jobs.runners[UPDATE_BUCKET] = embedding.follow_changes
        self.jobs.transient.add(UPDATE_BUCKET)
        for kind in EMBEDDING_JOBS:
            # Objects that were not due during the job need another one.
            self.jobs.on_end[kind] = lambda job, _: self.object_changed(job.subject)
        self.clusters = Clusters(self.store)
        self.clustering = Clustering(self.store, self.jobs, self.embedded, self.clusters, self.ids)
        self.models = Models(self.store)
        source = Source(self.objects, self.texts)
        self.training = Training(self.jobs, source, self.models, self.ids)
        self.conversations = ConversationService(self.store, self.clock, self.ids, self.jobs)
        self.assistants = Assistants(self.store, self.clock, self.ids)
        self.integration_secrets = Secrets(self.store, self.clock, self.ids)
        self.phone_numbers = PhoneNumbers(self.store, self.clock, self.ids)
        self.texml_applications = TexmlApplications(self.store, self.clock, self.ids)
        self.usage = BucketUsage(self.store, self.clock)
        self.certificates = Certificates(self.store, self.clock, self.ids)
        self.kvs = KVs(self.store, self.clock, self.ids, self.jobs)
        self.cloudfs = Filesystems(self.store, self.clock, self.ids, self.objects)
        self.messages = Messages(self.store, self.clock, self.ids)
        self.migrations = Migrations(
            self.store,
            self.clock,
            self.ids,
            self.jobs,
            self.objects,
            changed=self.object_changed,
        )
        self.collections = Collections(self.store, self.clock, self.ids)
        self.documents = Documents(self.conversations.histories, self.user_id)
        self.memory = AgentMemory(self.store, self.clock, self.ids, self.jobs)
        self.recording_transcriptions = RecordingTranscriptions(self.store, self.clock, self.ids)
        self.web = Web(self.store, self.ids, self.jobs)
        self.responses = StoredResponses(self.store)
        insight_webhooks = InsightWebhooks(
            self.conversations, self.webhooks, self.clock, self.ids, quirks.insight_webhook
        )
        self.jobs.on_end[FIND_INSIGHTS] = insight_webhooks.send

    @property
    def user_id(self) -> str:
        """The account's UUID."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.settings.api_key))

    @property
    def organization_id(self) -> str:
        """The UUID of the organization that the account belongs to."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.user_id))

    def start(self) -> None:
        """Recover from a crash: delete incomplete bodies, and resume jobs."""
        self.objects.sweep()
        self.jobs.resume()
        for bucket in self.embedded.names():
            self.embedded.catch_up(bucket)
            self.object_changed(bucket)

    def object_changed(self, bucket: str) -> None:
        """Queue the embedding of new or changed objects, if the bucket is an embedded one."""
        if self.embedded.has_pending(bucket) and not self.jobs.waiting(EMBEDDING_JOBS, bucket):
            first, _ = self.embedded.due_in(bucket)
            self.jobs.submit(UPDATE_BUCKET, bucket, id=self.ids.uuid(UPDATE_BUCKET), after=first)

    def search(self, bucket: str, query: str, limit: int) -> list[Hit]:
        """Return the chunks of an embedded bucket that are nearest to a query, best first.

        Raises:
            BucketNotFound: The bucket does not exist, or is not embedded.
        """
        if self.embedded.recipe(bucket) is None:
            raise BucketNotFound
        return self._index.search(bucket, query, limit)

    def _may_receive_webhooks(self, url: str) -> bool:
        settings = self.settings
        return may_crawl(url, anywhere=settings.allow_webhooks, hosts=settings.webhook_hosts)

    @property
    def uptime(self) -> float:
        """Seconds since the account was opened."""
        return time.monotonic() - self._opened

    def change_quirks(self, **changes: Any) -> None:
        """Imitate other behaviours from now on; what is stored does not change.

        Args:
            changes: The quirks to change, by name.

        Raises:
            ValueError: A value is out of range.
            TypeError: There is no such quirk.
        """
        with self.store.lock:
            quirks = replace(self.settings.quirks, **changes)
            self.usage.write()
            default_group = self.conversations.insights.default_group
            self.settings = replace(self.settings, quirks=quirks)
            self._connect()
            self.conversations.insights.default_group = default_group

    def reset(self, *areas: str) -> list[str]:
        """Delete everything stored, scripted and recorded, and restart the ids; or some areas.

        Args:
            areas: Names of areas, as in `reset_areas.AREAS`; default: all, also the quirks.

        Returns:
            The areas that were reset.

        Raises:
            ValueError: There is no such area.
        """
        reset_areas.check(areas)
        chosen = set(areas or reset_areas.AREAS)
        if "script" in chosen:
            self.script.reset()
        if "requests" in chosen:
            self.requests.clear()
        if "conversations" in chosen:
            self.calls.clear()
        if not areas:
            self._stop()
            self.store.wipe()
            self._set_up(generation=0)
        elif chosen - {"script", "requests"}:
            self._reset_some(chosen)
        return sorted(chosen)

    def _reset_some(self, areas: set[str]) -> None:
        """Reset areas; the others continue as after a restart, with their clock and settings."""
        self.jobs.close()
        self.usage.write()
        reset_areas.delete(self.store, areas)
        if "clock" in areas:
            self.clock = self._new_clock()
        if "quirks" in areas:
            self.settings = self._initial
        if "webhooks" in areas:
            self.webhooks.close()
            self.webhooks = self._new_sender()
        pace = None if "jobs" in areas else self.jobs.pace
        default_group = self.conversations.insights.default_group
        self.jobs = self._new_jobs()
        self._connect()
        if "conversations" not in areas:
            self.conversations.insights.default_group = default_group
        if pace is not None:
            self.jobs.pace = pace
        self.start()

    def _stop(self) -> None:
        self.jobs.close()
        self.webhooks.close()

    def close(self) -> None:
        """Finish the running job and close the store."""
        self._stop()
        self.usage.write()
        self.store.close()
