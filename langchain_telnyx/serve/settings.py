"""The options of a served agent."""

from dataclasses import dataclass
from typing import Literal


def check_positive(options: object, *names: str) -> None:
    """Check that options are more than 0.

    Raises:
        ValueError: One is not; the message names it.
    """
    for name in names:
        if not getattr(options, name) > 0:
            raise ValueError(f"`{name}` must be more than 0, not {getattr(options, name)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that keep a server responsive whatever its callers do.

    Attributes:
        body_bytes: The largest request body.
        frame_bytes: The largest frame of Conversation Relay.
        calls: Concurrent calls over Conversation Relay. A further call gets a spoken apology.
        requests: Concurrent runs of the other two doors. A further request gets 429.
        call_seconds: The longest call.
        silence_seconds: Seconds in which neither side speaks, after which the call ends.
        turn_seconds: The longest run of the agent for one turn.
        setup_seconds: Seconds to wait for the first frame of a call.
        initialization_seconds: Seconds that the hooks of a call's beginning have when Telnyx waits
            for dynamic variables: it waits about a second.
        drain_seconds: Seconds that calls have to end after SIGTERM.

    Raises:
        ValueError: A limit is not more than 0.
    """

    body_bytes: int = 10_000_000
    frame_bytes: int = 1_000_000
    calls: int = 200
    requests: int = 200
    call_seconds: float = 3600.0
    silence_seconds: float = 60.0
    turn_seconds: float = 120.0
    setup_seconds: float = 10.0
    initialization_seconds: float = 0.8
    drain_seconds: float = 30.0

    def __post_init__(self) -> None:
        check_positive(self, *self.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How an agent sounds over Conversation Relay.

    Attributes:
        greeting: The first words of a call, spoken by Telnyx at once (None: the caller begins).
        voice: The voice, such as `Telnyx.Natural.abbie` (None: the default of Telnyx).
        language: The language of recognition and synthesis (None: the default of Telnyx).
        transcription_provider: The recogniser, such as `deepgram` (None: the default of Telnyx).
        interruptible: What interrupts the agent: `any`, `speech`, `dtmf` or `none`.
        flush: Send the agent's words by `token`, as they come, or by `sentence`.
        filler: Words to say when the first token of a turn is late (None: silence).
        filler_seconds: Seconds after which the first token is late.
        dtmf_seconds: Seconds without a further digit after which digits are sent to the agent.
        dtmf_end: A digit that ends the input at once.
        characters_per_second: How fast the voice speaks, to let it finish before the call ends.
        error_text: What the caller hears when the agent fails.
        busy_text: What the caller hears when `Limits.calls` is reached.

    Raises:
        ValueError: An option has a value that is not allowed.
    """

    greeting: str | None = None
    voice: str | None = None
    language: str | None = None
    transcription_provider: str | None = None
    interruptible: Literal["any", "speech", "dtmf", "none"] = "any"
    flush: Literal["token", "sentence"] = "token"
    filler: str | None = None
    filler_seconds: float = 1.5
    dtmf_seconds: float = 2.0
    dtmf_end: str = "#"
    characters_per_second: float = 15.0
    error_text: str = "Sorry, something went wrong. Please say that again."
    busy_text: str = "Sorry, all lines are busy. Please call again later."

    def __post_init__(self) -> None:
        choices = {
            "interruptible": ("any", "speech", "dtmf", "none"),
            "flush": ("token", "sentence"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                options = ", ".join(allowed)
                raise ValueError(f"`{name}` must be one of {options}, not {getattr(self, name)!r}.")
        check_positive(self, "filler_seconds", "dtmf_seconds", "characters_per_second")
