"""The results of a run, and what the tables and plots calculate from them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from contenders import CONTENDERS, RAW
from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rows import Metric
    from turns import Turn

TITLES: dict[Metric, str] = {
    "cpu": "CPU",
    "wall": "wall time",
    "rss": "peak memory",
    "modules": "modules",
}


class Where(TypedDict):
    """The machine of a run."""

    python: str
    system: str
    cores: int


class Absence(TypedDict):
    """Why a contender has no figures in a row.

    `failed` is whether it was measured: the others cannot be compared.
    """

    contender: str
    row: str
    reason: str
    failed: bool


class Results(TypedDict):
    """One run of the suite, as `run.py --output` stores it."""

    where: Where
    turns: list[Turn]
    absent: list[Absence]


class Ratio(NamedTuple):
    """A contender's figure divided by the baseline's, over the rounds of a run.

    A round's ratio is the median of the ratios of neighbouring turns, which ran at the same speed.
    """

    typical: float
    lowest: float
    highest: float


def ratio(results: Results, contender: str, row: str, metric: Metric) -> Ratio | None:
    """Return a contender's ratio to the baseline; `None` if it has none."""
    figures = _by_round(results, contender, row, metric)
    baseline = _by_round(results, ROWS[row].baseline, row, metric)
    by_round = [
        median(mine / theirs for mine, theirs in zip(figures[number], pairs, strict=True))
        for number, pairs in baseline.items()
        if number in figures and all(pairs)  # memory is 0 on systems that do not report it
    ]
    return Ratio(median(by_round), min(by_round), max(by_round)) if by_round else None


def typical(results: Results, contender: str, row: str, metric: Metric) -> str:
    """Return a contender's median figure with its unit; `-` if it has none."""
    rounds = _by_round(results, contender, row, metric).values()
    return readable(median(median(figures) for figures in rounds), metric) if rounds else "-"


def readable(value: float, metric: Metric) -> str:
    """Return a figure with its unit."""
    if metric == "modules":
        return f"{value:.0f}"
    if metric == "rss":
        return f"{value / 2**20:.0f} MiB"
    for unit, scale in (("s", 1), ("ms", 1e3)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e6:.3g} us"


def figures(results: Results) -> Iterator[tuple[str, Metric]]:
    """Yield the rows of a run with each metric that they measure."""
    for row in dict.fromkeys(turn["row"] for turn in results["turns"]):
        for metric in ROWS[row].must:
            yield row, metric


def unit(row: str, metric: Metric) -> str:
    """Return the name of a figure, such as `CPU per call`."""
    per = "" if metric in ("rss", "modules") else f" per {ROWS[row].unit}"
    return TITLES[metric] + per


def title(contender: str, baseline: str) -> str:
    """Return the name of a contender in the table of a baseline."""
    known = CONTENDERS[contender]
    return known.store.title if baseline == RAW and known.store else known.title


def contenders(results: Results, baseline: str) -> list[str]:
    """Return the contenders with figures in rows of a baseline, which is the first."""
    names = [
        turn["contender"] for turn in results["turns"] if ROWS[turn["row"]].baseline == baseline
    ]
    return list(dict.fromkeys([baseline, *names]))


def baselines(results: Results) -> list[str]:
    """Return the baselines of the rows of a run."""
    return list(dict.fromkeys(ROWS[row].baseline for row, _ in figures(results)))


def footnotes(results: Results, *, what: str) -> Iterator[str]:
    """Yield lines about what is not measured, the machine, and the versions.

    Args:
        results: The run.
        what: What the numbers of the table are.
    """
    notes = [*_missing(results)]
    if notes:
        yield from ["Without a figure:", "", *notes, ""]
    where = results["where"]
    rounds = max((turn["round"] for turn in results["turns"]), default=0)
    yield (
        f"Rounds: {rounds}; {what}. {where['python']}, {where['system']}, {where['cores']} cores."
    )
    yield ""
    for name in dict.fromkeys(turn["contender"] for turn in results["turns"]):
        versions = next(turn["versions"] for turn in results["turns"] if turn["contender"] == name)
        listed = ", ".join(f"{package} {number}" for package, number in versions.items())
        yield f"- {CONTENDERS[name].title}: {listed}"


def _missing(results: Results) -> Iterator[str]:
    """Yield a line per reason: who has no figures in which rows."""
    shown = {baseline: contenders(results, baseline) for baseline in baselines(results)}
    rows: dict[tuple[str, str], list[str]] = {}
    for absence in results.get("absent", []):
        name, row = absence["contender"], absence["row"]
        # Who has no column in a table needs no reason there, unless it failed.
        if absence["failed"] or name in shown.get(ROWS[row].baseline, []):
            reason = ("fails: " if absence["failed"] else "") + absence["reason"]
            rows.setdefault((name, reason), []).append(f"`{row}`")
    names: dict[tuple[str, str], list[str]] = {}
    for (name, reason), listed in rows.items():
        names.setdefault((reason, ", ".join(listed)), []).append(CONTENDERS[name].title)
    for (reason, in_rows), who in names.items():
        yield f"- {', '.join(who)}: {reason} ({in_rows})"


def _by_round(results: Results, contender: str, row: str, metric: Metric) -> dict[int, list[float]]:
    rounds: dict[int, list[float]] = {}
    store = CONTENDERS[contender].store
    if ROWS[row].of == "store" and store and metric not in store.metrics:
        return rounds
    for turn in results["turns"]:
        if (turn["contender"], turn["row"]) == (contender, row):
            rounds.setdefault(turn["round"], []).append(turn[metric])
    return rounds
