"""A run of all probes: plan, cap on the price, clean-up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client.call import JSON, Call
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.doctor.live import (
    buckets,
    chat,
    chat_fields,
    conversations,
    embedding,
    limits,
    media,
    removal,
)
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.doctor.live.outcomes import LEFTOVER, Outcome
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.recording import Recorder
from langchain_telnyx.doctor.live.scrubbing import scrub_text
from langchain_telnyx.doctor.live.session import Session
from langchain_telnyx.types import TelnyxOptions

PROBES: Sequence[Probe] = (
    *chat.PROBES,
    *chat_fields.PROBES,
    *buckets.PROBES,
    *embedding.PROBES,
    *media.PROBES,
    *conversations.PROBES,
    *limits.PROBES,
)
JOURNAL = Path("~/.cache/langchain-telnyx/doctor.jsonl")
_DEFAULT = "moonshotai/Kimi-K2.6"
_EMBEDDINGS = ("thenlper/gte-large", "intfloat/multilingual-e5-large")
# Hosted families without and with reasoning.
_PLAIN = ("google/gemma", "meta-llama/")
_REASONING = ("moonshotai/Kimi", "zai-org/GLM", "MiniMaxAI/MiniMax", "Qwen/Qwen3", "deepseek-ai/")
_USD_PER_SEARCH = 0.003


@dataclass(frozen=True, slots=True)
class Plan:
    """The probes of a run and their price.

    Attributes:
        probes: The probes.
        usd: What they cost at most, without searches.
        searches: How many similarity searches there are at most.
    """

    probes: Sequence[Probe]
    usd: float
    searches: int

    @property
    def search_usd(self) -> float:
        """What the searches cost, after the 10,000 free ones of a month."""
        return round(self.searches * _USD_PER_SEARCH, 4)


def plan(only: str | None = None) -> Plan:
    """Return the probes whose name begins with a prefix; all without one.

    Args:
        only: The prefix, such as `chat` or `buckets.keys`.

    Raises:
        ValueError: There is no such probe.
    """
    probes = [probe for probe in PROBES if only is None or probe.name.startswith(only)]
    if not probes:
        names = ", ".join(probe.name for probe in PROBES)
        raise ValueError(f"There is no probe {only!r}: there are {names}.")
    usd = round(sum(probe.usd for probe in probes), 4)
    return Plan(probes, usd, sum(probe.searches for probe in probes))


def run(
    planned: Plan,
    *,
    journal: Path | None = None,
    cassette: Path | None = None,
    wait_timeout: float = 300.0,
    poll_interval: float = 1.0,
    patience: float = 120.0,
    soon: float = 5.0,
    **options: Unpack[TelnyxOptions],
) -> Iterator[Outcome]:
    """Run probes, and yield an outcome for each of their assumptions.

    Whatever a probe creates is removed when it ends, also by an error or an interrupt.

    Args:
        planned: The probes.
        journal: The file that lists what is created. Default: `JOURNAL`.
        cassette: A file to append the exchanges to.
        wait_timeout: Seconds to wait at most for what must come, such as the end of a task.
        poll_interval: Seconds between two polls, and before the first retry.
        patience: Seconds to wait for what may never come, such as an embedding without a POST.
        soon: Seconds up to which a delay does not count.
        **options: The options of `Telnyx`.

    Raises:
        TelnyxError: The catalogue of models cannot be read.
    """
    telnyx = connect(**options)
    notes = Journal((journal or JOURNAL).expanduser())
    recorder = Recorder(cassette, telnyx.config.base_url)
    session = Session(
        telnyx,
        notes,
        None if cassette is None else recorder,
        wait_timeout=wait_timeout,
        poll_interval=poll_interval,
        patience=patience,
        soon=soon,
    )
    try:
        models = _models(session)
        for probe in planned.probes:
            recorder.assumptions = tuple(probe.assumptions)
            yield from _run(probe, session, models, notes)
    finally:
        telnyx.close()


def sweep(
    journal: Path | None = None, **options: Unpack[TelnyxOptions]
) -> dict[Resource, TelnyxError | None]:
    """Remove what earlier runs left behind, and return each resource with the error, if any.

    That is what the journal lists, and every bucket, conversation and insight template of the
    account with a name of this tool's.

    Args:
        journal: The file. Default: `JOURNAL`.
        **options: The options of `Telnyx`.
    """
    telnyx = connect(**options)
    notes = Journal((journal or JOURNAL).expanduser())
    session = Session(telnyx, notes, None)
    try:
        found = dict.fromkeys([*notes.leftovers(), *removal.find(telnyx)])
        return {resource: session.remove(resource) for resource in found}
    finally:
        telnyx.close()


def _run(probe: Probe, session: Session, models: Models, journal: Journal) -> Iterator[Outcome]:
    missing = dict(probe.assumptions)
    before = set(journal.leftovers())
    failure = "The probe ended before it."
    try:
        for outcome in probe.run(session, models):
            missing.pop(outcome.assumption, None)
            yield replace(outcome, evidence=scrub_text(outcome.evidence))
    except TelnyxError as error:
        failure = scrub_text(f"{type(error).__name__}: {str(error)[:120]}")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        failure = scrub_text(f"The response has another form: {type(error).__name__}: {error}")
    finally:
        created = [one for one in journal.leftovers() if one not in before]
        errors = {resource.name: session.remove(resource) for resource in created}
    for assumption in missing:
        yield Outcome(assumption, "unknown", failure)
    for name, problem in errors.items():
        if problem is not None:
            evidence = f"{name} is left behind, run `doctor --clean`: {str(problem)[:120]}"
            yield Outcome(f"{probe.name}{LEFTOVER}", "unknown", evidence)


def _models(session: Session) -> Models:
    reply = session.telnyx.send(Call("GET", "/ai/openai/models", lambda reply: reply))
    try:
        listed = [row for row in reply.json()["data"] if isinstance(row, dict)]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise TelnyxError(f"The list of models has another form: {error}") from error
    rows = [row for row in listed if isinstance(row.get("id"), str)]
    hosted = [row for row in rows if row["id"].startswith((*_REASONING, *_PLAIN))]
    by_price = sorted(hosted, key=_price)
    plain = [row["id"] for row in by_price if row["id"].startswith(_PLAIN)]
    vision = [row["id"] for row in by_price if row.get("is_vision_supported")]
    is_listed = any(row["id"] == _DEFAULT for row in rows)
    chat_models = [_DEFAULT] if is_listed or not by_price else []
    if by_price and by_price[0]["id"] not in chat_models:
        chat_models.append(by_price[0]["id"])
    return Models(chat_models, plain[0] if plain else "", vision[0] if vision else "", *_EMBEDDINGS)


def _price(row: JSON) -> float:
    pricing = row.get("pricing")
    try:
        price = float(pricing.get("completion") or pricing.get("output") or 0)  # type: ignore[union-attr]
    except (AttributeError, TypeError, ValueError):
        return 1e9
    return price or 1e9  # rows without a price are placeholders
