"""Extract the text of an object in a bucket: a document or the transcript of a recording."""

from langchain_telnyx.emulator.areas.audio import recording
from langchain_telnyx.emulator.areas.audio.state import Transcripts
from langchain_telnyx.emulator.reading import files
from langchain_telnyx.emulator.reading.text import ExtractedText
from langchain_telnyx.emulator.storage.objects import Objects, StoredObject


class StoredTexts:
    """Reads objects of any format.

    Args:
        objects: The account's objects.
        transcripts: The transcripts of its recordings.
    """

    def __init__(self, objects: Objects, transcripts: Transcripts) -> None:
        self._objects = objects
        self._transcripts = transcripts

    def read(self, found: StoredObject) -> ExtractedText:
        """Return the text of an object.

        Raises:
            UnreadableError: It has no text, or a recording has no transcript.
        """
        if recording.is_recording(found.key, found.content_type):
            return ExtractedText(self._transcripts.of_object(found).text)
        data = b"".join(self._objects.read(found))
        return files.read(found.key, found.content_type, data)
