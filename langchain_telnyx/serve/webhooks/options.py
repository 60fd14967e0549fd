"""The options of text messages."""

from dataclasses import dataclass
from pathlib import Path

from langchain_telnyx.serve.settings import check_positive

DEFAULT_STATE = "langchain-telnyx-serve.sqlite3"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessages:
    """How the agent answers text messages.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/text-messages.md

    Attributes:
        state: The SQLite database of received events, replies and histories; `:memory:` for a
            state that ends with the process. One process at a time uses it.
        keep_days: Days after which finished events and idle threads are deleted. An event that is
            delivered again later is answered again.
        history_messages: The most messages of a thread that are stored for an agent without a
            checkpointer.
        concurrency: The most runs at a time; each thread has one.
        most_waiting: The most events that wait. Further ones get 503, and Telnyx sends them again.
        part_characters: The longest text message; longer answers are sent in parts.
        most_runs: How often the agent runs for a message whose run a crash interrupts.
        error_text: The reply when the agent fails (None: no reply).

    Raises:
        ValueError: An option is not more than 0.
    """

    state: str | Path = DEFAULT_STATE
    keep_days: float = 30.0
    history_messages: int = 40
    concurrency: int = 20
    most_waiting: int = 10_000
    part_characters: int = 1000
    most_runs: int = 3
    error_text: str | None = None

    def __post_init__(self) -> None:
        check_positive(
            self,
            "keep_days",
            "history_messages",
            "concurrency",
            "most_waiting",
            "part_characters",
            "most_runs",
        )
