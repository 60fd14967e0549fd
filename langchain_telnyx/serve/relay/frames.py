"""The frames of Conversation Relay: what Telnyx sends, parsed; and what the application sends.

API page:
https://developers.telnyx.com/api-reference/websockets/conversationrelay-websocket-channel
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Setup:
    """The first frame of a session.

    Attributes:
        session_id: The session's id.
        call_control_id: The call's id.
        caller: The number that calls (None: withheld).
        number: The number that was called.
        direction: `inbound` or `outbound`.
        caller_name: The caller's name, as the network shows it.
        parameters: The custom parameters of the TeXML or of the start command.
        extra: All other fields.
    """

    session_id: str | None
    call_control_id: str | None
    caller: str | None
    number: str | None
    direction: str | None
    caller_name: str | None
    parameters: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words of the caller: partial until `is_last`."""

    text: str
    language: str | None
    is_last: bool
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Digit:
    """A key that the caller pressed."""

    digit: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller began to speak, and had heard `heard` of the current words (None: not sent)."""

    heard: str | None
    milliseconds: float | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayProblem:
    """Telnyx reports an error, such as an invalid frame."""

    description: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnknownFrame:
    """A frame of another type."""

    type: str
    extra: Mapping[str, Any]


Frame: TypeAlias = Setup | Prompt | Digit | Interruption | RelayProblem | UnknownFrame


class FrameError(ValueError):
    """Text that is not a frame: it names what is wrong, without the caller's words."""


def parse_frame(text: str) -> Frame:
    """Parse a frame that Telnyx sent.

    Fields that this package does not know are in `extra`; a frame of an unknown type is an
    `UnknownFrame`.

    Raises:
        FrameError: It is not a JSON object, has no `type`, or a field has a wrong type.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise FrameError("a frame is not JSON") from None
    if not isinstance(frame, dict):
        raise FrameError(f"a frame is {type(frame).__name__}, not an object")
    kind = frame.pop("type", None)
    if not isinstance(kind, str):
        raise FrameError("a frame has no `type`")
    parse = _PARSERS.get(kind)
    return UnknownFrame(kind, frame) if parse is None else parse(_Fields(kind, frame))


def _setup(fields: "_Fields") -> Setup:
    return Setup(
        fields.text("sessionId"),
        fields.text("callControlId"),
        fields.text("from"),
        fields.text("to"),
        fields.text("direction"),
        fields.text("callerName"),
        fields.mapping("customParameters"),
        fields.rest,
    )


def _prompt(fields: "_Fields") -> Prompt:
    words = fields.text("voicePrompt")
    if words is None:
        raise FrameError("a frame `prompt` has no `voicePrompt`")
    # Without `last` the words are complete: that costs a turn at most, never the words.
    is_last = fields.flag("last", default=True)
    return Prompt(words, fields.text("lang"), is_last, fields.rest)


def _digit(fields: "_Fields") -> Digit:
    digit = fields.text("digit")
    if not digit:
        raise FrameError("a frame `dtmf` has no `digit`")
    return Digit(digit, fields.rest)


def _interruption(fields: "_Fields") -> Interruption:
    heard = fields.text("utteranceUntilInterrupt")
    return Interruption(heard, fields.number("durationUntilInterruptMs"), fields.rest)


def _problem(fields: "_Fields") -> RelayProblem:
    return RelayProblem(fields.text("description") or "", fields.rest)


_PARSERS: Mapping[str, Callable[["_Fields"], Frame]] = {
    "setup": _setup,
    "prompt": _prompt,
    "dtmf": _digit,
    "interrupt": _interruption,
    "error": _problem,
}


class _Fields:
    """Takes typed fields out of a frame."""

    def __init__(self, kind: str, frame: dict[str, Any]) -> None:
        self._kind = kind
        self._frame = frame

    @property
    def rest(self) -> Mapping[str, Any]:
        """The fields that were not taken."""
        return self._frame

    def text(self, name: str) -> str | None:
        value = self._frame.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, value, "text")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._frame.pop(name, None)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise self._wrong(name, value, "true or false")

    def number(self, name: str) -> float | None:
        value = self._frame.pop(name, None)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        raise self._wrong(name, value, "a number")

    def mapping(self, name: str) -> Mapping[str, Any]:
        value = self._frame.pop(name, None)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        raise self._wrong(name, value, "an object")

    def _wrong(self, name: str, value: object, right: str) -> FrameError:
        kind = type(value).__name__
        return FrameError(f"a frame `{self._kind}` has {kind} in `{name}` instead of {right}")


def text_frame(token: str, *, last: bool) -> str:
    """Return words to speak. The last frame of a turn has `last`."""
    return json.dumps({"type": "text", "token": token, "last": last}, ensure_ascii=False)


def play_frame(source: str) -> str:
    """Return the request to play an audio file at a URL."""
    return json.dumps({"type": "play", "source": source}, ensure_ascii=False)


def digits_frame(digits: str) -> str:
    """Return the request to send digits of the keypad."""
    return json.dumps({"type": "sendDigits", "digits": digits})


def language_frame(speech: str, transcription: str) -> str:
    """Return the request to change the languages of synthesis and recognition."""
    frame = {"type": "language", "ttsLanguage": speech, "transcriptionLanguage": transcription}
    return json.dumps(frame)


END_FRAME = json.dumps({"type": "end"})
"""Ends the session."""
