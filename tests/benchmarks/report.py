"""Write the tables of a run: medians, ratios, and rows that miss their "must".

`report.py RESULTS.json docs/performance.md` rewrites the figures between the markers of a page, and
with `--peers` the table of ratios of all contenders.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import goals
import peers_table
from contenders import FAST, OURS
from results import TITLES, baselines, contenders, figures, footnotes, ratio, title, typical, unit
from rows import ROWS

if TYPE_CHECKING:
    from results import Results
    from rows import Metric


_WHAT = (
    "a figure is the median of the rounds, and brackets have the lowest and the highest ratio "
    "of a round"
)


def markdown(results: Results) -> str:
    """The tables of a run, one per baseline, with the machine and the versions below."""
    tables = [line for baseline in baselines(results) for line in [*_table(results, baseline), ""]]
    return "\n".join([*tables, *footnotes(results, what=_WHAT)])


def missed(results: Results) -> list[str]:
    """Our figures above their "must", such as `stream (CPU)` or `stream (CPU) with fast`."""
    return [
        f"{row} ({TITLES[metric]})" + (" with fast" if name == FAST else "")
        for name in (OURS, FAST)
        for row, metric in figures(results)
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
    others = [name for name in contenders(results, baseline) if name != baseline]
    head = ["row", "figure", title(baseline, baseline)]
    for name in others:
        head += [title(name, baseline), "ratio", *(["must"] if name in (OURS, FAST) else [])]
    table = [head, ["---"] * len(head)]
    table += [
        _line(results, row, metric, others)
        for row, metric in figures(results)
        if ROWS[row].baseline == baseline
    ]
    return ["| " + " | ".join(cells) + " |" for cells in table]


def _line(results: Results, row: str, metric: Metric, others: list[str]) -> list[str]:
    baseline = typical(results, ROWS[row].baseline, row, metric)
    cells = [f"`{row}`", unit(row, metric), baseline]
    for name in others:
        mine = ratio(results, name, row, metric)
        cells.append(typical(results, name, row, metric))
        cells.append(
            f"**{mine.typical:.2f}** ({mine.lowest:.2f}-{mine.highest:.2f})" if mine else "-"
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
    mine = ratio(results, contender, row, metric)
    if goal is None or mine is None:
        return cell
    reached = ", reached" if round(mine.typical, 2) <= goal else ""
    return f"{cell}; goal {goal:.2f}{reached}"


def _verdict(
    results: Results, contender: str, row: str, metric: Metric
) -> Literal["met", "missed", ""]:
    mine = ratio(results, contender, row, metric)
    required = goals.must(contender, row, metric)
    if mine is None or required is None:
        return ""
    # Compare rounded values, as printed.
    return "met" if round(mine.typical, 2) <= required else "missed"


def main() -> None:
    """Write a run's figures into a page."""
    parser = argparse.ArgumentParser(description="Write a run's figures into a Markdown page.")
    parser.add_argument("results", type=Path, metavar="RESULTS.json")
    parser.add_argument("page", type=Path, metavar="PAGE.md")
    parser.add_argument("--peers", action="store_true", help="write the ratios of all contenders")
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    made, block = (
        (peers_table.markdown(results), "peers")
        if options.peers
        else (markdown(results), "figures")
    )
    options.page.write_text(rewritten(options.page.read_text(), made, block))


if __name__ == "__main__":
    main()
