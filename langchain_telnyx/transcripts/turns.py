"""The parts of a transcript: turns, their words, and the tools that a turn calls."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from langchain_telnyx.transcripts.speakers import Speaker, read_speaker

_Speaker = Annotated[Speaker, BeforeValidator(read_speaker)]
_SpeakerOrNone = Annotated[Speaker | None, BeforeValidator(read_speaker)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class Word(_Part):
    """A word of a turn."""

    text: str
    """The word."""

    start: float | None = None
    """Its start in seconds."""

    end: float | None = None
    """Its end in seconds."""

    confidence: float | None = None
    """The model's confidence, 0 to 1."""

    estimated: bool = False
    """Whether the times are estimated, because the model returned no usable ones."""


class ToolUse(_Part):
    """A tool call of a turn."""

    name: str
    """The name of the tool."""

    arguments: str = ""
    """Its arguments, as JSON."""

    id: str | None = None
    """The id of the call, for its result."""


class Turn(_Part):
    """A turn: what one speaker says without a break."""

    text: str
    """The text."""

    start: float | None = None
    """Its start, in seconds from the start of the recording."""

    end: float | None = None
    """Its end in seconds."""

    speaker: _SpeakerOrNone = None
    """The speaker: a number from 0, or a name; `None` if unknown."""

    channel: int | None = None
    """The channel of the recording, from 0; speakers are counted per channel."""

    confidence: float | None = None
    """The model's mean confidence of the words, 0 to 1."""

    language: str | None = None
    """The language, if known."""

    words: list[Word] | None = None
    """The words, if known."""

    speakers: list[_Speaker] = Field(default_factory=list)
    """All speakers, if there are several and the model returns no words to separate them."""

    role: str | None = None
    """The role of a message: `user`, `assistant`, `system`, `tool`, or another."""

    sent_at: datetime | None = None
    """When a message was sent."""

    source: str | None = None
    """The recording or conversation, if a transcript has several."""

    tool_calls: list[ToolUse] = Field(default_factory=list)
    """The tool calls of the turn."""

    tool_call_id: str | None = None
    """For a tool's result: the id of its tool call."""
