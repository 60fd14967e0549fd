"""The jobs that embed a bucket: read its files, split them, embed the chunks, file by file."""

from collections.abc import Callable

from langchain_telnyx.emulator.areas.bucket_embeddings.chunks import Chunk, EmbeddedChunks
from langchain_telnyx.emulator.areas.bucket_embeddings.state import EmbeddedBuckets, Recipe
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.reading import chunks, intercom
from langchain_telnyx.emulator.reading.crawl import crawl
from langchain_telnyx.emulator.reading.stored import StoredTexts
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject

_BATCH = 256
"""Chunks that are embedded at once."""
MAX_FILE = 100 * 1024 * 1024
"""The size limit of an embedded file, in bytes."""


class Embedding:
    """Runs the jobs that embed buckets.

    Args:
        objects: The account's objects.
        buckets: Its embedded buckets.
        texts: Extracts the text of objects.
        failed: The status of a job that embedded nothing (the API has two words for it).
        hide_failures: Whether a job succeeds even if a file failed.
        foreign_failure: Whether a file that nobody uploaded fails in each job.
        check: Called before each file; raises to stop the work.
    """

    def __init__(
        self,
        objects: Objects,
        buckets: EmbeddedBuckets,
        texts: StoredTexts,
        *,
        failed: str,
        hide_failures: bool,
        foreign_failure: bool,
        check: Callable[[], None],
    ) -> None:
        self._objects = objects
        self._buckets = buckets
        self._texts = texts
        self._failed = failed
        self._hide_failures = hide_failures
        self._foreign_failure = foreign_failure
        self._check = check

    def embed_bucket(self, job: Job) -> str:
        """Embed a bucket as a task; return the job's final status."""
        self._buckets.begin_reembedding(job.subject)
        try:
            return self.follow_changes(job)
        finally:
            self._buckets.end_reembedding(job.subject)

    def follow_changes(self, job: Job) -> str:
        """Embed the pending files of a bucket; return the job's final status."""
        bucket = job.subject
        # A file may change while it is embedded, and so be pending again.
        while pending := self._buckets.pending(bucket):
            for key in pending:
                self._embed_file(bucket, key)
        if self._buckets.recipe(bucket) is None:
            return self._failed  # its embeddings were deleted in the meantime
        outcome = "success" if self._hide_failures else self._buckets.outcome(bucket)
        if outcome == "success" and self._foreign_failure:
            return "partial_success"
        return self._failed if outcome == "failure" else outcome

    def embed_url(self, job: Job) -> str:
        """Crawl a site into a bucket, then embed the bucket."""
        pages = 0
        details = job.details
        for page in crawl(details["url"], anywhere=details["anywhere"], hosts=details["hosts"]):
            body = self._objects.blobs.stage()
            body.write(page.body)
            try:
                self._objects.put(job.subject, page.key, body, page.content_type)
            except S3Error:
                self._objects.blobs.drop(body.blob)
                continue  # its URL is not a valid key: skip this page only
            self._buckets.queue(job.subject, page.key)
            self._embed_file(job.subject, page.key)
            pages += 1
        return self.embed_bucket(job) if pages else self._failed

    def _embed_file(self, bucket: str, key: str) -> None:
        self._check()
        self._buckets.begin(bucket, key)
        found = self._objects.find(bucket, key)
        recipe = self._buckets.recipe(bucket)
        if found is None or recipe is None:
            return
        try:
            pieces = self._chunks(found, recipe)
        except UnreadableError as error:
            self._buckets.fail(found, recipe, str(error))
            return
        with EmbeddedChunks() as embedded:
            for at in range(0, len(pieces), _BATCH):
                embedded.add(pieces[at : at + _BATCH])
            self._buckets.succeed(found, recipe, embedded)

    def _chunks(self, found: StoredObject, recipe: Recipe) -> list[Chunk]:
        if found.size > MAX_FILE:
            raise UnreadableError("The file is larger than 100 MB.")
        if recipe.loader == "intercom":
            sections = intercom.sections(b"".join(self._objects.read(found)))
        else:
            sections = [(self._texts.read(found), {})]
        return [
            Chunk(piece, metadata)
            for reading, metadata in sections
            for piece in chunks.cut(reading, size=recipe.chunk_size, overlap=recipe.overlap)
        ]
