"""The training data of a job: the objects that `training_file` names, and their examples."""

from collections.abc import Sequence

from langchain_telnyx.emulator.areas.fine_tuning import examples
from langchain_telnyx.emulator.areas.fine_tuning.examples import Example, TrainingDataError
from langchain_telnyx.emulator.reading.stored import StoredTexts
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject

_PAGE = 1000


class Source:
    """Finds and reads training data.

    Args:
        objects: The account's objects.
        texts: Extracts the text of documents and recordings.
    """

    def __init__(self, objects: Objects, texts: StoredTexts) -> None:
        self._objects = objects
        self._texts = texts

    def named(self, training_file: str) -> list[StoredObject]:
        """Return the objects for a name: of a bucket, by `bucket/key`, or by a key.

        Raises:
            TrainingDataError: Objects of several buckets have this key.
        """
        if self._objects.has_bucket(training_file):
            return self._all(training_file)
        bucket, _, key = training_file.partition("/")
        if found := self._objects.find(bucket, key):
            return [found]
        buckets = [bucket.name for bucket in self._objects.buckets()]
        same_key = [found for name in buckets if (found := self._objects.find(name, training_file))]
        if len(same_key) > 1:
            raise TrainingDataError(
                f"{training_file!r} is in {len(same_key)} buckets: write it as `bucket/key`."
            )
        return same_key

    def check(self, objects: Sequence[StoredObject]) -> None:
        """Validate the `.jsonl` objects, so that the request fails and not the job.

        Raises:
            TrainingDataError: A `.jsonl` object has a line that is not a chat.
        """
        for found in objects:
            if _has_chats(found):
                self._chats(found)

    def examples(self, objects: Sequence[StoredObject]) -> list[Example]:
        """Return the examples in some objects; objects without readable text are skipped.

        Raises:
            TrainingDataError: A line of a `.jsonl` object is not a chat, or there are no examples.
        """
        found: list[Example] = []
        for training in objects:
            if _has_chats(training):
                found += self._chats(training)
                continue
            try:
                reading = self._texts.read(training)
            except UnreadableError:
                continue
            found += examples.from_document(training.key, reading)
        if not found:
            raise TrainingDataError("There is no text to train on.")
        return found

    def _chats(self, found: StoredObject) -> list[Example]:
        return examples.from_jsonl(found.key, b"".join(self._objects.read(found)))

    def _all(self, bucket: str) -> list[StoredObject]:
        found: list[StoredObject] = []
        after: str | None = ""
        while after is not None:
            page = self._objects.list(bucket, after=after, limit=_PAGE)
            found += page.objects
            after = page.next_after
        return found


def _has_chats(found: StoredObject) -> bool:
    return found.key.lower().endswith(".jsonl")
