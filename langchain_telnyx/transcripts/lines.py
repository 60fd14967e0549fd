"""Lines that cannot be forged: texts whose further lines are indented, and names on one line."""

import re
import unicodedata

INDENT = "  "
UNKNOWN = "Unknown speaker"
"""The label of a turn without a speaker, where a label is needed."""

LONGEST_NAME = 80

# The line breaks of `str.splitlines`.
_BREAKS = "\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]"
_BREAK = re.compile(_BREAKS)
# Symbols that look like line breaks: they stay in the text, and end the line.
_PICTURES = "[\u240a-\u240d\u2424\u21b5\u23ce\u2ba0]"
_AFTER_PICTURE = re.compile(f"({_PICTURES})(?:{_BREAKS})?")
_PICTURE = re.compile(_PICTURES)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f\x80-\x84\x86-\x9f]")
# Characters without a width, and those that change the direction of text.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_COLON = "[:\u02d0\u02f8\u05c3\u0589\u2236\u2982\ua789\ufe13\ufe30\ufe55\uff1a]"
_COLONS = re.compile(_COLON)
_LEADING = re.compile(r"^[\s\[\]#>\uff3b\uff03\ufe5f]+")
_LABELLED = re.compile(
    rf"[^\n]{{0,{LONGEST_NAME}}}?{_COLON}|[\s\[#\uff3b\uff03\ufe5f]|.*\bcalls\s+[^\s(]+\("
)
_CALL = re.compile(r"\bcalls(?=\s)")


def lines_of(text: str) -> list[str]:
    """Split a text into lines, at everything that is or looks like a line break.

    Args:
        text: The text. Control characters and empty lines at its ends are removed.
    """
    pieces = _BREAK.split(_AFTER_PICTURE.sub(r"\1\n", _without_surrogates(text)))
    cleaned = [_CONTROL.sub("", piece).rstrip() for piece in pieces]
    while cleaned and not cleaned[0].strip():
        del cleaned[0]
    while cleaned and not cleaned[-1]:
        del cleaned[-1]
    if cleaned:
        cleaned[0] = cleaned[0].strip()
    return cleaned


def indented(head: str, text: str) -> str:
    """Return a prefix and a text, with all lines but the first indented.

    Args:
        head: The prefix of the first line, such as `User: `.
        text: The text.
    """
    first, *others = lines_of(text) or [""]
    rest = [f"{INDENT}{line}" if line else "" for line in others]
    return "\n".join([f"{head}{first}".rstrip(), *rest])


def one_line(text: str) -> str:
    """Return a text on one line, without control characters.

    Args:
        text: The text.
    """
    # Line breaks become spaces; other control characters are removed.
    spaced = _BREAK.sub(" ", _without_surrogates(text))
    return " ".join(_CONTROL.sub("", spaced).split())


def safe_name(name: str) -> str:
    """Return a speaker's name as a label: one line, without colons; may be empty.

    Args:
        name: The name.
    """
    spaced = _INVISIBLE.sub("", _PICTURE.sub(" ", _BREAK.sub(" ", _without_surrogates(name))))
    # Without control, surrogate, private and unassigned characters.
    label = "".join(sign for sign in spaced if unicodedata.category(sign)[0] != "C" or _joins(sign))
    label = _LEADING.sub("", " ".join(_COLONS.sub("-", label).split()))
    label = _CALL.sub("calls,", label)
    return label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1].rstrip()}\u2026"


def _joins(sign: str) -> bool:
    return sign in "\t\u200c\u200d"  # needed in Persian, in Hindi and in emoji


def looks_labelled(line: str) -> bool:
    """Return whether a line looks as if it started with a label, a time or a source.

    Args:
        line: The line.
    """
    return not line or _LABELLED.match(line) is not None


def _without_surrogates(text: str) -> str:
    """Return a text without unpaired surrogates, which cannot be encoded."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
