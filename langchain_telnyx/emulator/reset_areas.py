"""The areas of an account that can be reset by themselves."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from langchain_telnyx.emulator.areas.assistants import state as assistants
from langchain_telnyx.emulator.areas.audio import state as transcripts
from langchain_telnyx.emulator.areas.bucket_embeddings import schema as embedded
from langchain_telnyx.emulator.areas.bucket_embeddings.tasks import EMBED_BUCKET, EMBED_URL
from langchain_telnyx.emulator.areas.bucket_usage import state as usage
from langchain_telnyx.emulator.areas.cloudfs import state as cloudfs
from langchain_telnyx.emulator.areas.clusters import state as clusters
from langchain_telnyx.emulator.areas.clusters.tasks import CLUSTER_BUCKET
from langchain_telnyx.emulator.areas.collections import state as collections
from langchain_telnyx.emulator.areas.conversations import service as conversations
from langchain_telnyx.emulator.areas.fine_tuning import state as tuned
from langchain_telnyx.emulator.areas.fine_tuning.jobs import FINE_TUNE
from langchain_telnyx.emulator.areas.insights.state import FIND_INSIGHTS
from langchain_telnyx.emulator.areas.integration_secrets import state as secrets
from langchain_telnyx.emulator.areas.kvs import state as kvs
from langchain_telnyx.emulator.areas.memory import jobs as memory
from langchain_telnyx.emulator.areas.messages import state as messages
from langchain_telnyx.emulator.areas.migrations import state as migrations
from langchain_telnyx.emulator.areas.phone_numbers import state as numbers
from langchain_telnyx.emulator.areas.recording_transcriptions import state as recordings
from langchain_telnyx.emulator.areas.responses import stored as responses
from langchain_telnyx.emulator.areas.ssl_certificates import state as certificates
from langchain_telnyx.emulator.areas.texml_applications import state as texml
from langchain_telnyx.emulator.areas.web_search import state as web
from langchain_telnyx.emulator.serving import replays
from langchain_telnyx.emulator.storage import blobs, objects, uploads
from langchain_telnyx.emulator.storage.database import Store

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)")
UPDATE_BUCKET = "update-bucket"


@dataclass(frozen=True)
class Area:
    """The stored state of an area.

    Attributes:
        schemas: The SQL that creates its tables.
        jobs: The kinds of its background jobs.
    """

    schemas: tuple[str, ...]
    jobs: tuple[str, ...] = ()

    @property
    def tables(self) -> list[str]:
        """The names of its tables."""
        return [name for schema in self.schemas for name in _TABLE.findall(schema)]


STORED: Mapping[str, Area] = {
    "assistants": Area((assistants.SCHEMA,)),
    "audio": Area((transcripts.SCHEMA,)),
    "cloudfs": Area((cloudfs.SCHEMA,)),
    "collections": Area((collections.SCHEMA,)),
    "conversations": Area((conversations.SCHEMA,), (FIND_INSIGHTS,)),
    "fine_tuning": Area((tuned.SCHEMA,), (FINE_TUNE,)),
    "idempotency": Area((replays.SCHEMA,)),
    "integration_secrets": Area((secrets.SCHEMA,)),
    "kvs": Area((kvs.SCHEMA,), (kvs.CREATE, kvs.DELETE)),
    "memory": Area((memory.SCHEMA,), (memory.REMEMBER, memory.INGEST, memory.SUMMARISE)),
    "messages": Area((messages.SCHEMA,)),
    "migrations": Area((migrations.SCHEMA,), (migrations.MIGRATE,)),
    "phone_numbers": Area((numbers.SCHEMA,)),
    "recording_transcriptions": Area((recordings.SCHEMA,)),
    "responses": Area((responses.SCHEMA,)),
    "storage": Area(
        (
            embedded.SCHEMA,
            uploads.SCHEMA,
            objects.SCHEMA,
            blobs.SCHEMA,
            clusters.SCHEMA,
            certificates.SCHEMA,
            usage.SCHEMA,
        ),
        (EMBED_BUCKET, EMBED_URL, UPDATE_BUCKET, CLUSTER_BUCKET),
    ),
    "texml_applications": Area((texml.SCHEMA,)),
    "web_search": Area((web.SCHEMA,), (web.RESEARCH,)),
}
"""The areas with stored state; `storage` includes what belongs to buckets."""

IN_MEMORY = ("clock", "jobs", "quirks", "requests", "script", "webhooks")
"""The areas without stored state; `jobs` is the pace of jobs."""

AREAS = tuple(sorted((*STORED, *IN_MEMORY)))
"""The names of all areas."""


def check(areas: Iterable[str]) -> None:
    """Check the names of areas.

    Raises:
        ValueError: There is no such area.
    """
    for area in areas:
        if area not in AREAS:
            raise ValueError(f"There is no area {area!r}: the areas are {', '.join(AREAS)}.")


def delete(store: Store, areas: Iterable[str]) -> None:
    """Delete the stored state of areas, and their jobs."""
    chosen = [STORED[area] for area in areas if area in STORED]
    with store.transaction() as sql:
        sql.execute("PRAGMA defer_foreign_keys=ON")
        for area in chosen:
            for table in area.tables:
                sql.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the schema's own table names
            sql.executemany("DELETE FROM jobs WHERE kind = ?", [(kind,) for kind in area.jobs])
