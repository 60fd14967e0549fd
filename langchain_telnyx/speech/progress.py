"""The state of one run: the audio received, the sentences spoken, and what is left."""

from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.api.text_to_speech import media_type_of
from langchain_telnyx.client.errors import InvalidTextError, TelnyxError
from langchain_telnyx.client.speech_errors import PartialSpeechError
from langchain_telnyx.speech.joining import AudioJoiner
from langchain_telnyx.speech.results import TelnyxSpeech
from langchain_telnyx.speech.sentences import Sentences


class Progress:
    """The progress of one run.

    Args:
        parameters: The fields of its requests.
        sentences: Splits streamed text.

    Attributes:
        parameters: The fields of its requests.
        sentences: Splits streamed text.
        is_streamed: Whether the text arrives in chunks, and is spoken sentence by sentence.
    """

    def __init__(self, parameters: dict[str, Any], sentences: Sentences) -> None:
        self.parameters = parameters
        self.sentences = sentences
        self.is_streamed = False
        self._received = bytearray()
        self._done: list[str] = []
        self._text = ""
        self._joiner = AudioJoiner()
        self._headers: Mapping[str, str] = {}

    def begin(self, text: str) -> None:
        """Begin the request for a text."""
        self._text = text
        self._joiner.begin(is_only=not (self.is_streamed and self.sentences.rest.strip()))

    def opened(self, headers: Mapping[str, str]) -> None:
        """Store the headers of a response."""
        self._headers = headers

    def add(self, data: bytes) -> bytes:
        """Return what to yield of the bytes that arrived."""
        joined = self._joiner.feed(data)
        self._received += joined
        return joined

    def end(self) -> bytes:
        """End a request; return what is left to yield."""
        rest = self._joiner.end()
        self._received += rest
        self._done.append(self._text)
        return rest

    def fail(self, error: TelnyxError) -> None:
        """Add the bytes received so far to an error.

        Raises:
            PartialSpeechError: The text was streamed. It has the text that is not spoken.
        """
        partial = bytes(self._received) or None
        if not self.is_streamed:
            if hasattr(error, "partial"):
                setattr(error, "partial", partial)  # noqa: B010 - not of every error
            return
        failed = PartialSpeechError(
            f"The speech is not complete. This text failed: {self._text.strip()[:80]!r}. "
            f"Texts spoken before it: {len(self._done)}. ({error})",
            self._done,
            {self._text: error},
            self._text + self.sentences.rest,
        )
        failed.partial = partial
        raise failed from error

    def check_text(self) -> None:
        """Check that streamed text was not blank.

        Raises:
            InvalidTextError: It was.
        """
        if not self._done:
            raise InvalidTextError("The input has no text to speak.", [0])

    def result(self) -> TelnyxSpeech:
        """Return the whole audio."""
        content = bytes(self._received)
        sent = self._headers.get("content-type", "")
        kind = media_type_of(content, "" if "json" in sent else sent)
        return TelnyxSpeech(
            data=content, mimetype=kind, metadata={"voice": self.parameters["voice"]}
        )
