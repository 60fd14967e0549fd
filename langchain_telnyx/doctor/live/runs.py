"""A run of all probes: plan, cap on the price, clean-up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from langchain_telnyx._shared.connect import connect
from langchain_telnyx.client.errors import TelnyxError
from langchain_telnyx.doctor.live import buckets, chat
from langchain_telnyx.doctor.live.journal import Journal, Resource
from langchain_telnyx.doctor.live.outcomes import Outcome
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.recording import Recorder
from langchain_telnyx.doctor.live.session import PREFIX, Session
from langchain_telnyx.types import TelnyxOptions

PROBES: Sequence[Probe] = (*chat.PROBES, *buckets.PROBES)
JOURNAL = Path("~/.cache/langchain-telnyx/doctor.jsonl")
_EMBEDDING = "thenlper/gte-large"
# Hosted families that do not think.
_PLAIN = ("google/gemma", "meta-llama/")
_THINKING = ("moonshotai/Kimi", "zai-org/GLM", "MiniMaxAI/MiniMax", "Qwen/Qwen3", "deepseek-ai/")


@dataclass(frozen=True, slots=True)
class Plan:
    """The probes of a run and their price.

    Attributes:
        probes: The probes.
        usd: What they cost at most.
    """

    probes: Sequence[Probe]
    usd: float


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
    return Plan(probes, round(sum(probe.usd for probe in probes), 4))


def run(
    planned: Plan,
    *,
    journal: Path | None = None,
    cassette: Path | None = None,
    wait_timeout: float = 300.0,
    poll_interval: float = 1.0,
    **options: Unpack[TelnyxOptions],
) -> Iterator[Outcome]:
    """Run probes, and yield an outcome for each of their assumptions.

    Whatever a probe creates is removed when it ends, also by an error or an interrupt.

    Args:
        planned: The probes.
        journal: The file that lists what is created. Default: `JOURNAL`.
        cassette: A file to append the exchanges to.
        wait_timeout: Seconds to wait for embeddings at most.
        poll_interval: Seconds between two polls.
        **options: The options of `Telnyx`.
    """
    telnyx = connect(**options)
    notes = Journal((journal or JOURNAL).expanduser())
    times = {"wait_timeout": wait_timeout, "poll_interval": poll_interval}
    recorder = Recorder(cassette, telnyx.config.base_url)
    session = Session(telnyx, notes, recorder, **times)
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

    That is what the journal lists, and every bucket of the account with a name of this tool's.

    Args:
        journal: The file. Default: `JOURNAL`.
        **options: The options of `Telnyx`.
    """
    telnyx = connect(**options)
    notes = Journal((journal or JOURNAL).expanduser())
    session = Session(telnyx, notes, Recorder())
    try:
        names = [bucket.name for bucket in telnyx.storage.list_buckets()]
        by_name = [Resource("bucket", name) for name in names if name.startswith(PREFIX)]
        found = dict.fromkeys([*notes.leftovers(), *by_name])
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
            yield outcome
    except TelnyxError as error:
        failure = f"{type(error).__name__}: {str(error)[:120]}"
    except (ValueError, LookupError, TypeError) as error:
        failure = f"The response has another form: {type(error).__name__}: {error}"
    finally:
        created = [one for one in journal.leftovers() if one not in before]
        errors = {resource.name: session.remove(resource) for resource in created}
    for assumption in missing:
        yield Outcome(assumption, "unknown", failure)
    for name, problem in errors.items():
        if problem is not None:
            evidence = f"{name} is left behind, run `doctor --clean`: {str(problem)[:120]}"
            yield Outcome(f"{probe.name}.removed", "unknown", evidence)


def _models(session: Session) -> Models:
    rows = session.telnyx.models.list()
    chats = [row for row in rows if "text" in (row.task or "text") and row.pricing]
    cheapest = sorted(chats, key=lambda row: _price(row.pricing))
    thinking = [row.id for row in cheapest if row.id.startswith(_THINKING)]
    plain = [row.id for row in rows if row.id.startswith(_PLAIN)]
    vision = [row.id for row in cheapest if row.is_vision_supported]
    return Models(
        thinking[0] if thinking else "moonshotai/Kimi-K2.6",
        plain[0] if plain else "",
        vision[0] if vision else "",
        _EMBEDDING,
    )


def _price(pricing: Any) -> float:
    try:
        price = float(pricing.get("completion") or pricing.get("output") or 0)
    except (AttributeError, TypeError, ValueError):
        return 1e9
    return price or 1e9  # rows without a price are placeholders
