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
    """The word, as it is written."""

    start: float | None = None
    """Where it begins, in seconds."""

    end: float | None = None
    """Where it ends, in seconds."""

    confidence: float | None = None
    """How sure the model is, 0 to 1."""

    estimated: bool = False
    """Whether the model gave no usable times, so that the word was placed between others."""


class ToolUse(_Part):
    """A tool that a turn calls."""

    name: str
    """The tool."""

    arguments: str = ""
    """Its arguments, as JSON."""

    id: str | None = None
    """The id of the call, by which a result names it."""


class Turn(_Part):
    """What somebody says in one go."""

    text: str
    """What is said."""

    start: float | None = None
    """Where it begins, in seconds from the beginning of the recording."""

    end: float | None = None
    """Where it ends, in seconds."""

    speaker: _SpeakerOrNone = None
    """Who says it: a number counted from 0, or a name; `None` where that is not known."""

    channel: int | None = None
    """The channel of the recording, counted from 0; speakers are counted for each channel."""

    confidence: float | None = None
    """How sure the model is, 0 to 1: the mean of the words."""

    language: str | None = None
    """The language, where it is known."""

    words: list[Word] | None = None
    """The words, where they are known."""

    speakers: list[_Speaker] = Field(default_factory=list)
    """All who speak, where they are several and the model gives no words to part them by."""

    role: str | None = None
    """The role of a message: `user`, `assistant`, `system`, `tool`, or another."""

    sent_at: datetime | None = None
    """When a message was sent."""

    source: str | None = None
    """The recording or conversation, where a transcript has several."""

    tool_calls: list[ToolUse] = Field(default_factory=list)
    """The tools that the turn calls."""

    tool_call_id: str | None = None
    """Of a tool's result: the call that it answers."""
