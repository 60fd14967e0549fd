"""The table of ratios of every contender, without the figures themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results import baselines, contenders, figures, footnotes, ratio, title, unit
from rows import ROWS

if TYPE_CHECKING:
    from results import Results


_WHAT = "a ratio is the median of the rounds"


def markdown(results: Results) -> str:
    """Return a table per baseline, then what is missing, the machine, and the versions."""
    tables = [line for baseline in baselines(results) for line in [*_table(results, baseline), ""]]
    return "\n".join([*tables, *footnotes(results, what=_WHAT)])


def _table(results: Results, baseline: str) -> list[str]:
    names = [name for name in contenders(results, baseline) if name != baseline]
    head = ["row", "figure", *(title(name, baseline) for name in names)]
    table = [head, ["---"] * len(head)]
    for row, metric in figures(results):
        if ROWS[row].baseline != baseline:
            continue
        ratios = [ratio(results, name, row, metric) for name in names]
        cells = [f"{mine.typical:.2f}" if mine else "-" for mine in ratios]
        table.append([f"`{row}`", unit(row, metric), *cells])
    return ["| " + " | ".join(cells) + " |" for cells in table]
