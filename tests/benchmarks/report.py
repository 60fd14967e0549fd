"""Write the tables of a run: medians, ratios, and rows that miss their "must".

`report.py RESULTS.json docs/performance.md` rewrites the figures between the markers of a page.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

import goals
from contenders import CONTENDERS, FAST, OURS, RAW
from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rows import Metric
    from turns import Turn

_TITLES: dict[Metric, str] = {
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


class Results(TypedDict):
    """One run of the suite, as `run.py --output` stores it."""

    where: Where
    turns: list[Turn]


class Ratio(NamedTuple):
    """A contender's figure divided by the baseline's, over the rounds of a run.

    A round's ratio is the median of the ratios of neighbouring turns, which ran at the same speed.
    """

    typical: float
    lowest: float
    highest: float


def markdown(results: Results) -> str:
    """The tables of a run, one per baseline, with the machine and the versions below."""
    baselines = dict.fromkeys(ROWS[row].baseline for row, _ in _figures(results))
    tables = [line for baseline in baselines for line in [*_table(results, baseline), ""]]
    return "\n".join([*tables, *_footnotes(results)])


def missed(results: Results) -> list[str]:
    """Our figures above their "must", such as `stream (CPU)` or `stream (CPU) with fast`."""
    return [
        f"{row} ({_TITLES[metric]})" + (" with fast" if name == FAST else "")
        for name in (OURS, FAST)
        for row, metric in _figures(results)
        if _verdict(results, name, row, metric) == "missed"
    ]


def rewritten(page: str, figures: str, block: str = "figures") -> str:
    """Return a page with the block between its markers replaced."""
    first, last = f"<!-- {block}: begin -->", f"<!-- {block}: end -->"
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"The page has no block between {first!r} and {last!r}.")
    return f"{before}{first}\n\n{figures}\n\n{last}{after}"


def _table(results: Results, baseline: str) -> list[str]:
    figures = [each for each in _figures(results) if ROWS[each[0]].baseline == baseline]
    rows = {row for row, _ in figures}
    names = dict.fromkeys(turn["contender"] for turn in results["turns"] if turn["row"] in rows)
    others = [name for name in names if name != baseline]
    head = ["row", "figure", _title(baseline, baseline)]
    for name in others:
        head += [_title(name, baseline), "ratio", *(["must"] if name in (OURS, FAST) else [])]
    table = [head, ["---"] * len(head)]
    table += [_line(results, row, metric, others) for row, metric in figures]
    return ["| " + " | ".join(cells) + " |" for cells in table]


def _title(contender: str, baseline: str) -> str:
    known = CONTENDERS[contender]
    return known.store.title if baseline == RAW and known.store else known.title


def _line(results: Results, row: str, metric: Metric, others: list[str]) -> list[str]:
    per = "" if metric in ("rss", "modules") else f" per {ROWS[row].unit}"
    baseline = _typical(results, ROWS[row].baseline, row, metric)
    cells = [f"`{row}`", _TITLES[metric] + per, baseline]
    for name in others:
        ratio = _ratio(results, name, row, metric)
        cells.append(_typical(results, name, row, metric))
        cells.append(
            f"**{ratio.typical:.2f}** ({ratio.lowest:.2f}-{ratio.highest:.2f})" if ratio else "-"
        )
        if name in (OURS, FAST):
            cells.append(_required(results, name, row, metric))
    return cells


def _required(results: Results, contender: str, row: str, metric: Metric) -> str:
    """Return a cell such as `<= 0.20, met; goal 0.10`."""
    required = goals.must(contender, row, metric)
    if required is None:
        return "-"
    verdict = _verdict(results, contender, row, metric)
    cell = f"<= {required:.2f}" + (f", {verdict}" if verdict else "")
    goal = goals.goal(row, metric) if contender == FAST else None
    ratio = _ratio(results, contender, row, metric)
    if goal is None or ratio is None:
        return cell
    reached = ", reached" if round(ratio.typical, 2) <= goal else ""
    return f"{cell}; goal {goal:.2f}{reached}"


def _verdict(
    results: Results, contender: str, row: str, metric: Metric
) -> Literal["met", "missed", ""]:
    ratio = _ratio(results, contender, row, metric)
    required = goals.must(contender, row, metric)
    if ratio is None or required is None:
        return ""
    # Compare rounded values, as printed.
    return "met" if round(ratio.typical, 2) <= required else "missed"


def _ratio(results: Results, contender: str, row: str, metric: Metric) -> Ratio | None:
    figures = _by_round(results, contender, row, metric)
    baseline = _by_round(results, ROWS[row].baseline, row, metric)
    by_round = [
        median(mine / theirs for mine, theirs in zip(figures[number], pairs, strict=True))
        for number, pairs in baseline.items()
        if number in figures and all(pairs)  # memory is 0 on systems that do not report it
    ]
    return Ratio(median(by_round), min(by_round), max(by_round)) if by_round else None


def _typical(results: Results, contender: str, row: str, metric: Metric) -> str:
    rounds = _by_round(results, contender, row, metric).values()
    return _readable(median(median(figures) for figures in rounds), metric) if rounds else "-"


def _readable(value: float, metric: Metric) -> str:
    if metric == "modules":
        return f"{value:.0f}"
    if metric == "rss":
        return f"{value / 2**20:.0f} MiB"
    for unit, scale in (("s", 1), ("ms", 1e3)):
        if value * scale >= 1:
            return f"{value * scale:.3g} {unit}"
    return f"{value * 1e6:.3g} us"


def _by_round(results: Results, contender: str, row: str, metric: Metric) -> dict[int, list[float]]:
    rounds: dict[int, list[float]] = {}
    for turn in results["turns"]:
        if (turn["contender"], turn["row"]) == (contender, row):
            rounds.setdefault(turn["round"], []).append(turn[metric])
    return rounds


def _figures(results: Results) -> Iterator[tuple[str, Metric]]:
    for row in dict.fromkeys(turn["row"] for turn in results["turns"]):
        for metric in ROWS[row].must:
            yield row, metric


def _contenders(results: Results) -> list[str]:
    return list(dict.fromkeys(turn["contender"] for turn in results["turns"]))


def _footnotes(results: Results) -> Iterator[str]:
    where = results["where"]
    rounds = max((turn["round"] for turn in results["turns"]), default=0)
    yield (
        f"Rounds: {rounds}; a figure is the median of the rounds, and brackets have the lowest and "
        f"the highest ratio of a round. {where['python']}, {where['system']}, "
        f"{where['cores']} cores."
    )
    yield ""
    for name in _contenders(results):
        versions = next(turn["versions"] for turn in results["turns"] if turn["contender"] == name)
        listed = ", ".join(f"{package} {number}" for package, number in versions.items())
        yield f"- {CONTENDERS[name].title}: {listed}"


def main() -> None:
    """Write a run's figures into a page."""
    parser = argparse.ArgumentParser(description="Write a run's figures into a Markdown page.")
    parser.add_argument("results", type=Path, metavar="RESULTS.json")
    parser.add_argument("page", type=Path, metavar="PAGE.md")
    options = parser.parse_args()
    figures = markdown(json.loads(options.results.read_text()))
    options.page.write_text(rewritten(options.page.read_text(), figures))


if __name__ == "__main__":
    main()
