"""What happened in an emulated call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(slots=True)
class CallTurn:
    """Words of the caller or of the agent, in order.

    Attributes:
        speaker: Who speaks.
        text: The words; of the agent, what it sent to be spoken.
        heard: Of the agent, what the caller heard, which an interruption shortens.
        digits: The keys that the caller pressed.
        first_token: Seconds from the caller's last word to the agent's first token.
        first_word: Seconds from the caller's last word to the agent's first whole word.
        barge_in: Seconds from the interruption to the last token of the interrupted answer (None:
            it was not interrupted).
    """

    speaker: Literal["caller", "agent"]
    text: str = ""
    heard: str = ""
    digits: str = ""
    first_token: float | None = None
    first_word: float | None = None
    barge_in: float | None = None


@dataclass(slots=True)
class CallResult:
    """An emulated call.

    Attributes:
        conversation_id: The conversation in the emulator's account.
        turns: What was said, in order.
        actions: What the agent did besides speaking, such as `{"type": "play", "source": …}` or
            the calls of the assistant's tools, in order.
        ended_by: `agent`, or `caller`.
        errors: What Telnyx would report about the application's frames or answers.
    """

    conversation_id: str = ""
    turns: list[CallTurn] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    ended_by: Literal["agent", "caller"] = "caller"
    errors: list[str] = field(default_factory=list)

    @property
    def agent_said(self) -> Sequence[str]:
        """What the agent sent to be spoken, by turn."""
        return [turn.text for turn in self.turns if turn.speaker == "agent"]

    @property
    def caller_heard(self) -> Sequence[str]:
        """What the caller heard of it, by turn."""
        return [turn.heard for turn in self.turns if turn.speaker == "agent"]

    @property
    def caller_said(self) -> Sequence[str]:
        """What the caller said or pressed, by turn."""
        return [turn.text or turn.digits for turn in self.turns if turn.speaker == "caller"]

    def transcript(self) -> str:
        """Return the call as text, one line a turn."""
        lines = []
        for turn in self.turns:
            words = turn.heard if turn.speaker == "agent" else turn.text or f"[{turn.digits}]"
            cut = " —" if turn.barge_in is not None else ""
            lines.append(f"{turn.speaker.capitalize()}: {words}{cut}")
        return "\n".join(lines)


class CallError(Exception):
    """An emulated call could not go on.

    Attributes:
        result: The call until then.
    """

    def __init__(self, message: str, result: CallResult) -> None:
        super().__init__(message)
        self.result = result
