"""Colors of a terminal; none elsewhere, and none with NO_COLOR."""

import os
import sys
from typing import Literal, TextIO, TypeAlias

Color: TypeAlias = Literal["bold", "dim", "red", "green", "yellow", "cyan"]

_CODES: dict[Color, str] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
}
# Variables of terminals on Windows that understand the codes.
_WINDOWS_TERMINALS = ("WT_SESSION", "ANSICON", "TERM_PROGRAM", "TERM")


def paint(text: str, color: Color, stream: TextIO | None) -> str:
    """Return a text in a color, if the stream shows colors.

    Args:
        text: The text.
        color: The color.
        stream: Where the text will be written.
    """
    return f"\x1b[{_CODES[color]}m{text}\x1b[0m" if shows_colors(stream) else text


def shows_colors(stream: TextIO | None) -> bool:
    """Return whether to write colors to a stream.

    NO_COLOR (https://no-color.org) forbids them, FORCE_COLOR (https://force-color.org) requests
    them; otherwise a terminal has them.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    if stream is None or os.environ.get("TERM") == "dumb":
        return False
    if sys.platform == "win32" and not any(os.environ.get(name) for name in _WINDOWS_TERMINALS):
        return False
    try:
        return stream.isatty()
    except ValueError:  # the stream is closed
        return False
