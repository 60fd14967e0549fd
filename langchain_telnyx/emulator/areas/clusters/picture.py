"""Clusters as a picture: a scatter plot of the passages, coloured by cluster, and a legend.

Pillow draws it: a tenth of a plotting library's size, and it includes a font.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from langchain_telnyx.emulator.areas.clusters.state import Cluster, Passage

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

_SIZE = (1200, 720)
_PLOT = (40, 80, 800, 680)
_LEGEND = 830
_LINE = 34
_RADIUS = 6
_FINER = 2
"""The factor by which the picture is drawn larger, then scaled down, to smooth edges."""
_LONGEST_LABEL = 38
_PAPER = "#ffffff"
_INK = "#1f2933"
_ALONE = "#d5dae0"
"""The colour of passages outside the shown clusters."""
# Tableau's palette, which most people can distinguish; it repeats from the thirteenth cluster on.
_COLOURS = (
    "#4e79a7",
    "#f28e2b",
    "#59a14f",
    "#e15759",
    "#b07aa1",
    "#76b7b2",
    "#edc948",
    "#ff9da7",
    "#9c755f",
    "#86bcb6",
    "#d37295",
    "#8cd17d",
)


class NoPillowError(Exception):
    """Pillow is not installed."""


def draw(title: str, passages: Sequence[Passage], clusters: Sequence[Cluster]) -> bytes:
    """Draw passages at their positions, and return a PNG.

    Args:
        title: The title.
        passages: All passages, by number.
        clusters: The clusters to colour.

    Raises:
        NoPillowError: Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - an optional requirement
    except ImportError as error:
        raise NoPillowError from error
    image = Image.new("RGB", (_SIZE[0] * _FINER, _SIZE[1] * _FINER), _PAPER)
    pen = ImageDraw.Draw(image)
    _scatter(pen, passages, clusters)
    _legend(
        pen,
        ImageFont.load_default(26 * _FINER),
        [(_PAPER, title)],
        top=28,
        left=_PLOT[0] - 2 * _RADIUS - 10,
    )
    _legend(
        pen,
        ImageFont.load_default(18 * _FINER),
        [(_colour(cluster), f"{cluster.header} ({len(cluster.members)})") for cluster in clusters],
        top=_PLOT[1],
        left=_LEGEND,
    )
    written = io.BytesIO()
    image.reduce(_FINER).save(written, "PNG", optimize=True)
    return written.getvalue()


def _scatter(
    pen: "ImageDraw.ImageDraw", passages: Sequence[Passage], clusters: Sequence[Cluster]
) -> None:
    colours = dict.fromkeys(range(len(passages)), _ALONE)
    for cluster in clusters:
        colours.update(dict.fromkeys(cluster.members, _colour(cluster)))
    left, top, right, bottom = _PLOT
    across = _scale((passage.x for passage in passages), left, right)
    down = _scale((passage.y for passage in passages), bottom, top)
    # Passages outside clusters first, so that they do not cover the others.
    for number in sorted(colours, key=lambda number: colours[number] != _ALONE):
        _dot(pen, across[number], down[number], colours[number])


def _scale(values: Iterable[float], start: float, end: float) -> list[float]:
    items = list(values)
    low, high = min(items, default=0.0), max(items, default=0.0)
    span = high - low
    if span == 0:
        return [(start + end) / 2] * len(items)
    return [start + (value - low) / span * (end - start) for value in items]


def _dot(pen: "ImageDraw.ImageDraw", x: float, y: float, colour: str) -> None:
    x, y, radius = x * _FINER, y * _FINER, _RADIUS * _FINER
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=_PAPER)


def _legend(
    pen: "ImageDraw.ImageDraw",
    font: "ImageFont.FreeTypeFont | ImageFont.ImageFont",
    entries: Iterable[tuple[str, str]],
    *,
    top: float,
    left: float,
) -> None:
    for line, (colour, label) in enumerate(entries):
        y = top + line * _LINE
        if y > _PLOT[3]:
            return
        _dot(pen, left + _RADIUS, y + _RADIUS + 3, colour)
        place = ((left + 2 * _RADIUS + 10) * _FINER, (y - 2) * _FINER)
        pen.text(place, _short(label), fill=_INK, font=font)


def _colour(cluster: Cluster) -> str:
    return _COLOURS[cluster.number % len(_COLOURS)]


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
