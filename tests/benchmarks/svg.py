"""Make an SVG of matplotlib readable in light and dark mode, and to those who cannot see it."""

from __future__ import annotations

import re
from html import escape

INK, PAPER, GRID = "#1f2328", "#ffffff", "#d1d9e0"
_DARK = {INK: "#e6edf3", PAPER: "#0d1117", GRID: "#3d444d"}


def readable(drawn: str, title: str, description: str) -> str:
    """Return an SVG with a title, a description, and colors that follow the reader's mode.

    Its background is its own, so a page in the other mode does not make it unreadable.

    Args:
        drawn: The SVG, in the colors `INK`, `PAPER` and `GRID` and others for both modes.
        title: What it is.
        description: What it shows, in words.

    Raises:
        ValueError: There is no `<svg>` element.
    """
    opening = re.search(r"<svg\b[^>]*>", drawn)
    if opening is None:
        raise ValueError("This is not an SVG.")
    # Attributes, so that programs that know no media queries show the light colors.
    rules = "".join(
        f'[style*="{name}: {light}"] {{ {name}: {dark} !important }}'
        for light, dark in _DARK.items()
        for name in ("fill", "stroke")
    )
    # Text without a color is black.
    rules += f"text:not([style*='fill:']) {{ fill: {_DARK[INK]} }}"
    added = (
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="description">{escape(description)}</desc>'
        f"<style>@media (prefers-color-scheme: dark) {{ {rules} }}</style>"
    )
    tag = opening[0].removesuffix(">") + ' role="img" aria-labelledby="title description">'
    lines = (drawn[: opening.start()] + tag + added + drawn[opening.end() :]).splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"
