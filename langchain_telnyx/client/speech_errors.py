"""The errors of synthesized speech."""

from collections.abc import Mapping, Sequence

from langchain_telnyx.client.errors import PartialError, TelnyxError


class PartialSpeechError(PartialError):
    """The synthesis of streamed text failed before its end.

    Attributes:
        done: The texts whose audio is complete, sentence by sentence.
        failed: The text that failed, and its error.
        partial: The bytes received so far, with those of the text that failed; `None` if there
            are none.
        unspoken: The text that was received and has no complete audio.
    """

    def __init__(
        self, message: str, done: Sequence[str], failed: Mapping[str, TelnyxError], unspoken: str
    ) -> None:
        super().__init__(message, done, failed)
        self.args = (message, done, failed, unspoken)
        self.unspoken = unspoken


class AudioFormatError(TelnyxError):
    """The audio of several requests cannot be joined: its formats differ, or it is damaged."""
