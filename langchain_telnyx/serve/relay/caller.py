"""What the caller says and presses, as messages for the next turn."""

from uuid import uuid4

from langchain_core.messages import HumanMessage

from langchain_telnyx.serve.relay.frames import Prompt
from langchain_telnyx.serve.settings import Speech


class CallerInput:
    """Collects the caller's words and digits.

    Args:
        speech: When digits are complete.

    Attributes:
        digits_until: When the digits so far are complete, on the loop's clock (None: no digits).
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._messages: list[HumanMessage] = []
        self._digits = ""
        self.digits_until: float | None = None

    def __bool__(self) -> bool:
        """Whether there is a message for the next turn."""
        return bool(self._messages)

    def take(self) -> list[HumanMessage]:
        """Return the messages, and begin anew."""
        messages, self._messages = self._messages, []
        return messages

    def add_words(self, prompt: Prompt) -> None:
        """Add complete words; silence adds nothing."""
        if not prompt.text.strip():
            return
        extra = {} if prompt.language is None else {"language": prompt.language}
        self._add(prompt.text, extra)

    def add_digit(self, digit: str, now: float) -> None:
        """Add a digit; the digit that ends an input completes it."""
        self._digits += digit
        self.digits_until = now + self._speech.dtmf_seconds
        if digit == self._speech.dtmf_end:
            self.complete_digits()

    def complete_digits(self) -> None:
        """Make a message of the digits so far."""
        digits, self._digits, self.digits_until = self._digits, "", None
        self._add(f"The caller pressed: {digits}", {"dtmf": digits})

    def _add(self, text: str, extra: dict[str, str]) -> None:
        self._messages.append(HumanMessage(text, additional_kwargs=extra, id=str(uuid4())))
