"""What a probe is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from langchain_telnyx.doctor.live.outcomes import Outcome, combined
from langchain_telnyx.doctor.live.session import Session


@dataclass(frozen=True, slots=True)
class Models:
    """The models that probes use.

    Attributes:
        chat: The chat models: the default and the cheapest.
        plain: A chat model without reasoning; empty if the catalogue has none.
        vision: A chat model that reads images; empty likewise.
        embedding: An embedding model.
        other_embedding: Another one.
    """

    chat: Sequence[str]
    plain: str
    vision: str
    embedding: str
    other_embedding: str


Run: TypeAlias = Callable[[Session, Models], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A few requests that verify assumptions.

    Attributes:
        name: Its name, such as `chat.tools`.
        assumptions: The names of the assumptions, each with a sentence that states it.
        requests: The requests, for `--dry-run`.
        usd: What they cost at most, without searches.
        run: Sends them and yields an outcome for each assumption.
        searches: How many similarity searches there are at most; 10,000 a month are free.
    """

    name: str
    assumptions: dict[str, str]
    requests: str
    usd: float
    run: Run
    searches: int = 0


def on_each_chat_model(verify: Callable[[Session, str], Iterator[Outcome]]) -> Run:
    """Return a probe's function that runs on every chat model and combines the outcomes.

    Args:
        verify: Verifies the assumptions on one model.
    """

    def run(session: Session, models: Models) -> Iterator[Outcome]:
        found: dict[str, dict[str, Outcome]] = {}
        for model in models.chat:
            for outcome in verify(session, model):
                found.setdefault(outcome.assumption, {})[model] = outcome
        yield from map(combined, found.values())

    return run
