"""Lines that cannot be forged: texts whose further lines are indented, and names on one line."""

import re
import unicodedata

INDENT = "  "
UNKNOWN = "Unknown speaker"
"""What a turn without a speaker is labelled where a label is needed."""

LONGEST_NAME = 80

# Where `str.splitlines` breaks.
_BREAKS = "\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]"
_BREAK = re.compile(_BREAKS)
# Pictures of line breaks, which a reader may take for them; they stay, and the line ends there.
_PICTURES = "[\u240a-\u240d\u2424\u21b5\u23ce\u2ba0]"
_AFTER_PICTURE = re.compile(f"({_PICTURES})(?:{_BREAKS})?")
_PICTURE = re.compile(_PICTURES)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f\x80-\x84\x86-\x9f]")
# Signs without a width, and those that change the direction of what stands around them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_COLON = "[:\u02d0\u02f8\u05c3\u0589\u2236\u2982\ua789\ufe13\ufe30\ufe55\uff1a]"
_COLONS = re.compile(_COLON)
_LEADING = re.compile(r"^[\s\[\]#>\uff3b\uff03\ufe5f]+")
_LABELLED = re.compile(
    rf"[^\n]{{0,{LONGEST_NAME}}}?{_COLON}|[\s\[#\uff3b\uff03\ufe5f]|.*\bcalls\s+[^\s(]+\("
)
_CALL = re.compile(r"\bcalls(?=\s)")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, cut at all that is, or looks like, a line break.

    Args:
        text: The text. Control characters are left out, and empty lines at its ends.
    """
    pieces = _BREAK.split(_AFTER_PICTURE.sub(r"\1\n", _whole(text)))
    cleaned = [_CONTROL.sub("", piece).rstrip() for piece in pieces]
    while cleaned and not cleaned[0].strip():
        del cleaned[0]
    while cleaned and not cleaned[-1]:
        del cleaned[-1]
    if cleaned:
        cleaned[0] = cleaned[0].strip()
    return cleaned


def indented(head: str, text: str) -> str:
    """Return a text after its head, with all further lines indented.

    Args:
        head: What stands before the first line, such as `User: `.
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
    # A word divides what a line break divides; other controls are left out.
    spaced = _BREAK.sub(" ", _whole(text))
    return " ".join(_CONTROL.sub("", spaced).split())


def safe_name(name: str) -> str:
    """Return a speaker's name as a label: one line, without colons, nothing for an empty one.

    Args:
        name: The name.
    """
    spaced = _INVISIBLE.sub("", _PICTURE.sub(" ", _BREAK.sub(" ", _whole(name))))
    # Without controls, halves of characters, and those of private use or none at all.
    kept = "".join(sign for sign in spaced if unicodedata.category(sign)[0] != "C" or _joins(sign))
    kept = _LEADING.sub("", " ".join(_COLONS.sub("-", kept).split()))
    kept = _CALL.sub("calls,", kept)
    return kept if len(kept) <= LONGEST_NAME else f"{kept[: LONGEST_NAME - 1].rstrip()}\u2026"


def _joins(sign: str) -> bool:
    return sign in "\t\u200c\u200d"  # of which names in Persian, in Hindi and of emoji have need


def looks_labelled(line: str) -> bool:
    """Tell whether a line may be taken for one that begins with a label, a time or a source.

    Args:
        line: The line.
    """
    return not line or _LABELLED.match(line) is not None


def _whole(text: str) -> str:
    """Return a text without halves of characters, which no file and no request can hold."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
