"""`Transcript`: who says what and when, in one form for all that has turns."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import Conversation, ConversationMessage
from langchain_telnyx.transcripts import rendering
from langchain_telnyx.transcripts.speakers import names_of
from langchain_telnyx.transcripts.turns import Turn

Names = Mapping[Any, str]


class Transcript(BaseModel):
    """Who says what and when.

    It is made from a transcription, the documents of a loader, a conversation at Telnyx, messages,
    or text, and written as text, subtitles, messages and citations. It is a pydantic model:
    `model_dump_json` and `model_validate_json` keep all of it.

    In the text a turn begins a line, and its further lines are indented, so that no text and no
    name can make a turn of another speaker.

    Example:
        ```python
        from langchain_telnyx import Transcript

        call = Transcript.of([("user", "I want to cancel."), ("assistant", "Why?")])
        print(call.text())
        print(call.cite(0))
        ```
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    turns: list[Turn]
    """The turns, in the order in which they are said."""

    source: str | None = None
    """The recording or conversation, which citations begin with."""

    language: str | None = None
    """The language, where it is known."""

    duration: float | None = None
    """The length of the recording, in seconds."""

    speakers: Annotated[dict[str, str], BeforeValidator(names_of)] = Field(default_factory=dict)
    """Names of speakers: by number (`0`), channel (`"channel-1"`), speaker of a channel
    (`"channel-1-speaker-0"`, or the pair `(1, 0)`), or role (`"user"`)."""

    defects: list[str] = Field(default_factory=list)
    """What could not be read, or was placed by estimate, each by its position."""

    @classmethod
    def of(
        cls,
        given: Any,
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Return a transcript of anything that has one.

        Args:
            given: A transcript; a transcription, or its JSON object; documents of a loader;
                messages of LangChain's, of the API's, as dicts or as `(role, text)`; a prompt's
                value; the event of a call that has ended; text; or several of these in order. A
                `Conversation` has no messages: use `from_conversation`.
            source: What citations begin with. Default: what is given names.
            speakers: Names of speakers.

        Raises:
            ValueError: It is of another kind.
        """
        from langchain_telnyx.transcripts.sources import of  # noqa: PLC0415 - it needs this class

        return _with(of(given), source, speakers)

    @classmethod
    def from_transcription(
        cls,
        answer: Transcription | Mapping[str, Any],
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Return what a recording says.

        Turns are told apart by speaker or channel; without either, each segment is a turn. Words
        without usable times are placed between their neighbours, and `defects` says which.

        Args:
            answer: What `telnyx.audio.transcribe` returns, or its JSON object.
            source: The recording.
            speakers: Names of speakers.

        Raises:
            ValueError: It is not a transcription.
        """
        from langchain_telnyx.transcripts.recordings import of_transcription  # noqa: PLC0415

        return _with(of_transcription(answer), source, speakers)

    @classmethod
    def from_documents(
        cls,
        documents: Document | Iterable[Document],
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Return a transcript of documents that a loader made.

        Args:
            documents: Documents of `TelnyxTranscriptionLoader` in any mode but `srt` and `vtt`, or
                of `TelnyxConversationLoader`. Those of several recordings are cited by their own
                `source`.
            source: What citations begin with. Default: the documents' `source`.
            speakers: Names of speakers.
        """
        from langchain_telnyx.transcripts.documents import of_documents  # noqa: PLC0415

        listed = [documents] if isinstance(documents, Document) else list(documents)
        return _with(of_documents(listed), source, speakers)

    @classmethod
    def from_messages(
        cls,
        messages: Iterable[Any],
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Return a transcript of messages.

        Args:
            messages: LangChain's messages, the API's, dicts with `role` and `content`, or
                `(role, text)`. A role that is not known is taken as the speaker's name.
            source: The conversation.
            speakers: Names by role, such as `{"assistant": "Nyx"}`.

        Raises:
            ValueError: One is not a message.
        """
        from langchain_telnyx.transcripts.messages import of_messages  # noqa: PLC0415

        return _with(of_messages(list(messages)), source, speakers)

    @classmethod
    def from_conversation(
        cls,
        conversation: Conversation,
        messages: Iterable[ConversationMessage],
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Return a transcript of a conversation at Telnyx.

        Args:
            conversation: The conversation.
            messages: Its messages, as `telnyx.conversations.transcript` fetches them.
            source: What citations begin with. Default: the conversation's name, else its id.
            speakers: Names by role.
        """
        from langchain_telnyx.transcripts.messages import of_messages  # noqa: PLC0415

        named = source or conversation.name or conversation.id
        return _with(of_messages(list(messages)), named, speakers)

    @classmethod
    def from_text(
        cls, text: str, *, source: str | None = None, speakers: Names | None = None
    ) -> "Transcript":
        """Return a transcript of text.

        Args:
            text: Text of which every line begins with a speaker (`User: Hello.`), as `text` writes
                it, is read as turns; any other is one turn of an unknown speaker.
            source: What citations begin with.
            speakers: Names of speakers.
        """
        return _with(cls(turns=rendering.parsed(text)), source, speakers)

    def named(self, speakers: Names) -> "Transcript":
        """Return the transcript with speakers named.

        Args:
            speakers: Names, such as `{0: "Agent", "channel-1": "Caller"}`; see the field
                `speakers`.

        Raises:
            ValueError: A key is not a speaker, or a name is empty.
        """
        return self.model_copy(update={"speakers": {**self.speakers, **names_of(speakers)}})

    def label(self, turn: Turn | int) -> str | None:
        """Return what a turn's speaker is called; `None` where nobody knows who speaks.

        Args:
            turn: The turn, or its position.

        Raises:
            ValueError: It is not a turn of this transcript.
        """
        return rendering.label(self.turns[self._position(turn)], self.speakers)

    def text(self, *, times: bool = True) -> str:
        """Return the transcript as text: a turn a line, with its time and its speaker.

        Further lines of a turn are indented. Where there are several recordings, a line such as
        `# call 7` stands before the turns of each. A single turn without a speaker and a time is
        its text alone.

        Args:
            times: Whether lines begin with their times, such as `[03:12]`, where they are known.
        """
        return rendering.as_text(self.turns, self.speakers, self.source, times=times)

    def to_srt(self) -> str:
        """Return the transcript as SubRip subtitles.

        Raises:
            ValueError: No turn has a time.
        """
        return rendering.as_subtitles(self.turns, self.speakers, self.duration, "srt")

    def to_vtt(self) -> str:
        """Return the transcript as WebVTT subtitles, with speakers as voices.

        Raises:
            ValueError: No turn has a time.
        """
        return rendering.as_subtitles(self.turns, self.speakers, self.duration, "vtt")

    def to_messages(self, *, assistant: Any = None) -> list[BaseMessage]:
        """Return the transcript as LangChain messages, for agents and `training_jsonl`.

        Messages keep their roles. Of a recording the turns of `assistant` are AI messages, and all
        others are human ones, with the speaker's name as `name`.

        Args:
            assistant: The speaker who is the assistant, as the keys of `speakers` name them, or by
                the name they have. Default: those whose role is `assistant`.

        Raises:
            ValueError: Nobody is called so.
        """
        from langchain_telnyx.transcripts.messages import to_messages  # noqa: PLC0415

        return to_messages(self, assistant)

    def cite(self, turn: Turn | int) -> str:
        """Return where a turn is, such as `call 7, 03:12`.

        Without a time it is `call 7, turn 3`, counted from 1.

        Args:
            turn: The turn, or its position.

        Raises:
            ValueError: It is not a turn of this transcript.
        """
        position = self._position(turn)
        return rendering.citation(self.turns[position], self.source, position)

    def _position(self, turn: Turn | int) -> int:
        if isinstance(turn, Turn):
            # Two turns may be equal: this very one comes first.
            for position, each in enumerate(self.turns):
                if each is turn:
                    return position
            if turn not in self.turns:
                raise ValueError("It is not a turn of this transcript.")
            return self.turns.index(turn)
        if not -len(self.turns) <= turn < len(self.turns):
            raise ValueError(
                f"There is no turn {turn}: the transcript has {len(self.turns)}, counted from 0."
            )
        return turn % len(self.turns)

    def __str__(self) -> str:
        return self.text()


def _with(made: Transcript, source: str | None, speakers: Names | None) -> Transcript:
    if source is not None:
        made = made.model_copy(update={"source": source})
    return made.named(speakers) if speakers else made
