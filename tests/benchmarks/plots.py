"""Draw the plots of docs/performance.md, from the files that its tables are written from.

`plots.py FOLDER --peers peers.json --growth growth.json` runs in the environment `plots`
(`environments.py`), which has matplotlib. Equal files give equal plots, to the last byte.
"""

from __future__ import annotations

import argparse
import io
import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import svg
from contenders import BASELINE, FAST, OURS
from results import contenders, figures, ratio, title
from rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from growth_tables import Growth
    from results import Results

_COLORS = ("#2f81f7", "#d97706", "#1a9e6a", "#a371f7", "#e5534b", "#8a7d55", "#d2589f", "#3aa0a8")
_MARKERS = "os^vDP*X<>h"


class Plot(NamedTuple):
    """A picture with what it shows, in words."""

    name: str
    title: str
    description: str
    figure: Any


class Line(NamedTuple):
    """Figures by length or size."""

    label: str
    values: list[float]


def main() -> None:
    """Write the plots of the files of the command line."""
    parser = argparse.ArgumentParser(description="Draw the plots of the documentation.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", type=Path, metavar="FILE.json", help="from run.py --output")
    parser.add_argument("--growth", type=Path, metavar="FILE.json", help="from growth.py --output")
    options = parser.parse_args()
    import_module("matplotlib").rcParams.update(_STYLE)
    plots: list[Plot] = []
    if options.peers:
        plots.append(_peers(json.loads(options.peers.read_text())))
    if options.growth:
        growth: Growth = json.loads(options.growth.read_text())
        plots += [_chunks(growth), _documents(growth)]
    for plot in plots:
        path = options.folder / f"{plot.name}.svg"
        path.write_text(svg.readable(_drawn(plot.figure), plot.title, plot.description))
        print(path)


_STYLE = {
    "svg.hashsalt": "langchain-telnyx",
    "svg.fonttype": "none",  # text stays text
    "font.size": 10,
    "text.color": svg.INK,
    "axes.edgecolor": svg.GRID,
    "axes.facecolor": svg.PAPER,
    "axes.labelcolor": svg.INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "figure.facecolor": svg.PAPER,
    "figure.constrained_layout.use": True,
    "grid.color": svg.GRID,
    "legend.frameon": False,
    "xtick.color": svg.INK,
    "ytick.color": svg.INK,
}


def _drawn(figure: Any) -> str:
    target = io.StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _peers(results: Results) -> Plot:
    """Ratios to ChatOpenAI by row, one mark for each contender."""
    rows = [
        row for row, metric in figures(results) if (metric, ROWS[row].baseline) == ("cpu", BASELINE)
    ]
    names = [name for name in contenders(results, BASELINE) if name != BASELINE]
    # Last, and so on top.
    names.sort(key=lambda name: name in (OURS, FAST))
    figure, axes = _axes(height=1.6 + 0.42 * len(rows))
    sentences = []
    for number, name in enumerate(names):
        found = [(ratio(results, name, row, "cpu"), at) for at, row in enumerate(rows)]
        points = [(mine.typical, at) for mine, at in found if mine]
        label = title(name, BASELINE).replace("`", "")
        is_ours = name in (OURS, FAST)
        axes.plot(
            *zip(*points, strict=True),
            linestyle="none",
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=9 if is_ours else 6,
            color=_COLORS[0 if name == OURS else 1 if name == FAST else 2 + number % 6],
            alpha=1.0 if is_ours else 0.75,
            label=label,
        )
        sentences.append(
            f"{label}: " + ", ".join(f"{rows[at]} {value:.2f}" for value, at in points)
        )
    axes.axvline(1, color=svg.INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("CPU time, ChatOpenAI = 1 (logarithmic)")
    ticks = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    figure.legend(loc="outside lower center", ncols=4)
    return Plot(
        "performance-peers",
        "CPU time of each row, as a ratio to ChatOpenAI",
        "Ratios of CPU time to ChatOpenAI; less is better. " + ". ".join(sentences) + ".",
        figure,
    )


def _chunks(growth: Growth) -> Plot:
    """The cost of a chunk by the length of its stream."""
    lengths = [length["chunks"] for length in growth["chunks"]]
    lines = [
        Line("ChatTelnyx", [length["ours"] * 1e6 for length in growth["chunks"]]),
        Line("langchain-core alone", [length["floor"] * 1e6 for length in growth["chunks"]]),
    ]
    figure, axes = _lines(lengths, lines)
    axes.set_xlabel("chunks of the stream (logarithmic)")
    axes.set_ylabel("microseconds of CPU per chunk")
    axes.set_ylim(bottom=0)
    return Plot(
        "performance-chunks",
        "CPU time of a chunk by the length of its stream",
        _spoken(lines, lengths, "microseconds", "chunks"),
        figure,
    )


def _documents(growth: Growth) -> Plot:
    """The cost of the calls of a store by its size."""
    sizes = [size["documents"] for size in growth["documents"]]
    lines = [
        Line("add 100", [size["added"] * 1e3 for size in growth["documents"]]),
        Line("a search with a filter", [size["filtered"] * 1e3 for size in growth["documents"]]),
        Line("a search", [size["found"] * 1e3 for size in growth["documents"]]),
        Line("list all, each", [size["listed"] * 1e3 for size in growth["documents"]]),
    ]
    figure, axes = _lines(sizes, lines)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.set_xlabel("documents in the store (logarithmic)")
    axes.set_ylabel("milliseconds of CPU (logarithmic)")
    return Plot(
        "performance-store",
        "CPU time of calls of a store by its number of documents",
        _spoken(lines, sizes, "milliseconds", "documents"),
        figure,
    )


def _axes(*, height: float) -> tuple[Any, Any]:
    figure = import_module("matplotlib.figure").Figure(figsize=(8, height))
    return figure, figure.subplots()


def _lines(sizes: Sequence[int], lines: Sequence[Line]) -> tuple[Any, Any]:
    figure, axes = _axes(height=4)
    for number, line in enumerate(lines):
        axes.plot(
            sizes,
            line.values,
            marker=_MARKERS[number],
            color=_COLORS[number],
            label=line.label,
        )
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    figure.legend(loc="outside lower center", ncols=len(lines))
    return figure, axes


def _spoken(lines: Sequence[Line], sizes: Sequence[int], unit: str, of: str) -> str:
    """Return the lines of a plot as sentences."""
    return " ".join(
        f"{line.label}: "
        + ", ".join(
            f"{value:.3g} {unit} at {size:,} {of}"
            for value, size in zip(line.values, sizes, strict=True)
        )
        + "."
        for line in lines
    )


if __name__ == "__main__":
    main()
