"""What a probe is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from langchain_telnyx.doctor.live.outcomes import Outcome
from langchain_telnyx.doctor.live.session import Session


@dataclass(frozen=True, slots=True)
class Models:
    """The models that probes use.

    Attributes:
        thinking: A chat model that thinks.
        plain: A chat model that does not; empty where the catalogue has none.
        vision: A chat model that reads images; empty likewise.
        embedding: An embedding model.
    """

    thinking: str
    plain: str
    vision: str
    embedding: str


Run: TypeAlias = Callable[[Session, Models], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A few requests that verify assumptions.

    Attributes:
        name: Its name, such as `chat.tools`.
        assumptions: The names of the assumptions, each with a sentence that states it.
        requests: The requests, for `--dry-run`.
        usd: What they cost at most.
        run: Sends them and yields an outcome for each assumption.
    """

    name: str
    assumptions: dict[str, str]
    requests: str
    usd: float
    run: Run
