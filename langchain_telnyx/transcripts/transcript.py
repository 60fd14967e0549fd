"""`Transcript`: turns with speakers and times, from recordings, conversations and messages."""

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
    """The turns of a recording or a conversation, with speakers and times.

    It can be created from a transcription, the documents of a loader, a conversation at Telnyx,
    messages, or text, and converted to text, subtitles, messages and citations. It is a pydantic
    model: `model_dump_json` and `model_validate_json` preserve it completely.

    In the text, each turn starts a line, and its further lines are indented, so that no text and no
    name can look like another speaker's turn.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/transcription.md#the-transcript

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
    """The turns in order."""

    source: str | None = None
    """The recording or conversation, for citations."""

    language: str | None = None
    """The language, if known."""

    duration: float | None = None
    """The length of the recording, in seconds."""

    speakers: Annotated[dict[str, str], BeforeValidator(names_of)] = Field(default_factory=dict)
    """Names of speakers: by number (`0`), channel (`"channel-1"`), speaker of a channel
    (`"channel-1-speaker-0"`, or the pair `(1, 0)`), or role (`"user"`)."""

    defects: list[str] = Field(default_factory=list)
    """Parts that could not be parsed, or have estimated times, with their positions."""

    @classmethod
    def of(
        cls,
        given: Any,
        *,
        source: str | None = None,
        speakers: Names | None = None,
    ) -> "Transcript":
        """Create a transcript from any supported input.

        Args:
            given: A transcript; a transcription, or its JSON object; documents of a loader;
                messages of LangChain or the API, as dicts or as `(role, text)`; a prompt value; the
                event of an ended call; text; or a list of these. A `Conversation` has no messages:
                use `from_conversation`.
            source: The source in citations. Default: that of the input.
            speakers: Names of speakers.

        Raises:
            ValueError: The input is not supported.
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
        """Create a transcript from a transcription.

        A turn ends where the speaker or the channel changes; without either, each segment is a
        turn. Words without usable times get estimated times, and are listed in `defects`.

        Args:
            answer: The result of `telnyx.audio.transcribe`, or its JSON object.
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
        """Create a transcript from a loader's documents.

        Args:
            documents: Documents of `TelnyxTranscriptionLoader` in any mode but `srt` and `vtt`, or
                of `TelnyxConversationLoader`. With several recordings, citations have their
                `source`.
            source: The source in citations. Default: the documents' `source`.
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
        """Create a transcript from messages.

        Args:
            messages: LangChain's messages, the API's, dicts with `role` and `content`, or
                `(role, text)`. An unknown role is the speaker's name.
            source: The conversation.
            speakers: Names by role, such as `{"assistant": "Nyx"}`.

        Raises:
            ValueError: An item is not a message.
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
        """Create a transcript from a conversation at Telnyx.

        Args:
            conversation: The conversation.
            messages: Its messages, from `telnyx.conversations.transcript`.
            source: The source in citations. Default: the conversation's name, or else its id.
            speakers: Names by role.
        """
        from langchain_telnyx.transcripts.messages import of_messages  # noqa: PLC0415

        named = source or conversation.name or conversation.id
        return _with(of_messages(list(messages)), named, speakers)

    @classmethod
    def from_text(
        cls, text: str, *, source: str | None = None, speakers: Names | None = None
    ) -> "Transcript":
        """Create a transcript from text.

        Args:
            text: Text in the form of the method `text`, where every line starts with a speaker
                (`User: Hello.`), is parsed to turns; any other text is one turn of an unknown
                speaker.
            source: The source in citations.
            speakers: Names of speakers.
        """
        return _with(cls(turns=rendering.parsed(text)), source, speakers)

    def named(self, speakers: Names) -> "Transcript":
        """Return a copy of the transcript with names of speakers.

        Args:
            speakers: Names, such as `{0: "Agent", "channel-1": "Caller"}`; see the field
                `speakers`.

        Raises:
            ValueError: A key is not a speaker, or a name is empty.
        """
        return self.model_copy(update={"speakers": {**self.speakers, **names_of(speakers)}})

    def label(self, turn: Turn | int) -> str | None:
        """Return the name of a turn's speaker; `None` if the speaker is unknown.

        Args:
            turn: The turn, or its position.

        Raises:
            ValueError: It is not a turn of this transcript.
        """
        return rendering.label(self.turns[self._position(turn)], self.speakers)

    def text(self, *, times: bool = True) -> str:
        """Return the transcript as text: one line per turn, with time and speaker.

        Further lines of a turn are indented. With several recordings, a line such as `# call 7`
        precedes the turns of each. A single turn without a speaker and a time is only its text.

        Args:
            times: Whether lines start with their times, such as `[03:12]`, if known.
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

        Roles of messages are preserved. In a recording, the turns of `assistant` become AI
        messages, and all others human messages, with the speaker's name as `name`.

        Args:
            assistant: The assistant: a key of `speakers`, or a name. Default: turns with the role
                `assistant`.

        Raises:
            ValueError: The transcript has no such speaker.
        """
        from langchain_telnyx.transcripts.messages import to_messages  # noqa: PLC0415

        return to_messages(self, assistant)

    def cite(self, turn: Turn | int) -> str:
        """Return the citation of a turn, such as `call 7, 03:12`.

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
            # Turns may be equal: prefer the identical object.
            for position, each in enumerate(self.turns):
                if each is turn:
                    return position
            if turn not in self.turns:
                raise ValueError("The turn is not in this transcript.")
            return self.turns.index(turn)
        if not -len(self.turns) <= turn < len(self.turns):
            raise ValueError(
                f"There is no turn {turn}: the transcript has {len(self.turns)} turns, from 0."
            )
        return turn % len(self.turns)

    def __str__(self) -> str:
        return self.text()


def _with(made: Transcript, source: str | None, speakers: Names | None) -> Transcript:
    if source is not None:
        made = made.model_copy(update={"source": source})
    return made.named(speakers) if speakers else made
