"""Everything that one emulated account owns."""

import uuid

from langchain_telnyx.emulator import jobs
from langchain_telnyx.emulator.clock import Clock, FakeClock
from langchain_telnyx.emulator.ids import Ids
from langchain_telnyx.emulator.jobs import Jobs
from langchain_telnyx.emulator.script import Script
from langchain_telnyx.emulator.search import embedded
from langchain_telnyx.emulator.search.embedded import EmbeddedBuckets
from langchain_telnyx.emulator.search.embedding import Embedding
from langchain_telnyx.emulator.search.index import Hit, Index
from langchain_telnyx.emulator.serving import replays
from langchain_telnyx.emulator.serving.envelopes import BucketNotFound
from langchain_telnyx.emulator.serving.recording import new_log
from langchain_telnyx.emulator.serving.replays import Replays
from langchain_telnyx.emulator.settings import Settings
from langchain_telnyx.emulator.storage import blobs, objects, uploads
from langchain_telnyx.emulator.storage.objects import Objects
from langchain_telnyx.emulator.storage.uploads import Uploads
from langchain_telnyx.emulator.store import Store

EMBED_BUCKET = "embed-bucket"
EMBED_URL = "embed-url"
_UPDATE = "update-bucket"

_SCHEMA = (
    blobs.SCHEMA,
    objects.SCHEMA,
    uploads.SCHEMA,
    embedded.SCHEMA,
    jobs.SCHEMA,
    replays.SCHEMA,
)
"""The tables of each area; a new area is added here."""


class Backend:
    """One account.

    Attributes:
        settings: How it is set up.
        script: What a test has scripted.
        requests: The requests so far.
        clock: The account's time.
        ids: The source of its identifiers.
        store: The database behind all that follows.
        replays: Its answers to requests that may be repeated.
        objects: Its buckets and objects.
        uploads: Its multipart uploads.
        embedded: Its embedded buckets.
        jobs: Its background jobs.
    """

    def __init__(self, settings: Settings, script: Script | None = None) -> None:
        self.settings = settings
        self.script = script or Script()
        self.requests = new_log()
        self.store = Store(settings.data, _SCHEMA)
        self._set_up(self.store.generation)

    def _set_up(self, generation: int) -> None:
        failed = self.settings.quirks.failure_word
        self.clock = Clock() if self.settings.real_clock else FakeClock()
        self.ids = Ids(self.settings.seed, generation)
        self.objects = Objects(self.store, self.clock)
        self.replays = Replays(self.store, self.clock)
        self.uploads = Uploads(self.store, self.objects, self.clock, self.ids)
        self.embedded = EmbeddedBuckets(self.store, self.clock)
        self._index = Index(self.store)
        self.jobs = Jobs(self.store, self.clock, failed=failed)
        work = Embedding(self.objects, self.embedded, failed=failed, check=self.jobs.check)
        self.jobs.runners[EMBED_BUCKET] = work.embed_bucket
        self.jobs.runners[EMBED_URL] = work.embed_url
        self.jobs.runners[_UPDATE] = work.embed_bucket

    @property
    def user_id(self) -> str:
        """The account's UUID."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.settings.api_key))

    def start(self) -> None:
        """Clear up after a crash, if there was one: drop half uploads, run jobs again."""
        self.objects.sweep()
        self.jobs.resume()
        for bucket in self.embedded.names():
            self.object_changed(bucket)

    def object_changed(self, bucket: str) -> None:
        """Have a bucket's new or changed objects embedded, if it is an embedded one."""
        embeds = (EMBED_BUCKET, EMBED_URL, _UPDATE)
        if self.embedded.has_pending(bucket) and not self.jobs.waiting(embeds, bucket):
            self.jobs.submit(_UPDATE, bucket, id=self.ids.uuid(_UPDATE))

    def search(self, bucket: str, query: str, limit: int) -> list[Hit]:
        """Return the chunks of an embedded bucket that are nearest to a query, the best first.

        Raises:
            BucketNotFound: The bucket does not exist, or is not embedded.
        """
        if self.embedded.recipe(bucket) is None:
            raise BucketNotFound
        return self._index.search(bucket, query, limit)

    def reset(self) -> None:
        """Begin anew, with nothing stored, scripted or recorded, and the first id."""
        self.jobs.close()
        self.store.wipe()
        self.script.reset()
        self.requests.clear()
        self._set_up(generation=0)

    def close(self) -> None:
        """Finish the running job and close the store."""
        self.jobs.close()
        self.store.close()
