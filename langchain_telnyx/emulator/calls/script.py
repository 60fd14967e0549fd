"""What the caller of an emulated call does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Say:
    """The caller speaks, and listens to the answer.

    Attributes:
        text: The words.
        language: The language that the recogniser reports (None: the call's).
    """

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The caller interrupts the agent, and speaks.

    Attributes:
        text: The words; empty if the caller only makes a sound.
        after_words: How many words of the agent the caller hears first. An agent that says fewer
            is interrupted at its end.
    """

    text: str = ""
    after_words: int = 3

    def __post_init__(self) -> None:
        if self.after_words < 0:
            raise ValueError(f"`after_words` must be at least 0, not {self.after_words}.")


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys, and listens to the answer.

    Attributes:
        digits: Of `0` to `9`, `*` and `#`.
    """

    digits: str

    def __post_init__(self) -> None:
        if not self.digits or set(self.digits) - set("0123456789*#"):
            raise ValueError(f"`digits` accepts 0-9, * and #, not {self.digits!r}.")


@dataclass(frozen=True, slots=True)
class Wait:
    """The caller is silent.

    Attributes:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller hangs up. At the end of a script, the caller does this anyway."""


Step: TypeAlias = Say | Interrupt | Press | Wait | HangUp


def steps_of(script: Sequence[str | Step]) -> list[Step]:
    """Return a script whose texts are `Say`.

    Raises:
        TypeError: A step has another type; the message names its position.
    """
    if isinstance(script, str):
        raise TypeError("`script` must be a list of steps, not text.")
    steps: list[Step] = []
    for place, step in enumerate(script):
        if isinstance(step, str):
            steps.append(Say(step))
        elif isinstance(step, Step):
            steps.append(step)
        else:
            raise TypeError(f"script[{place}] must be text or a step, not {type(step).__name__}.")
    return steps
