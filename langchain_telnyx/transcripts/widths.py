"""Width of text and line breaks, by East Asian width, graphemes and kinsoku rules.

Latin lines have 42 columns; Chinese, Japanese and Korean lines 16 full-width characters, as in
subtitling guidelines. A grapheme (UAX #29) is never split.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

from langchain_telnyx.transcripts.joining import gaps_before
from langchain_telnyx.transcripts.marks import DENSE, FULL_MARK, HANGUL, UNSPACED

LATIN_LINE = 42
FULL_WIDTH_LINE = 32

_WIDE_SCRIPT = regex.compile(rf"{DENSE.pattern}|{HANGUL.pattern}|{FULL_MARK.pattern}")
_ZERO = regex.compile(r"[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u1160-\u11ff]")
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|.\ufe0f|\p{Regional_Indicator}{2}", regex.DOTALL)
# Characters that no line starts with: closing marks, small kana and marks of repetition,
# Thai and Lao vowels that follow their consonant.
_NOT_FIRST = regex.compile(
    r"[\p{Pe}\p{Pf},;:.!?%\u2025\u2026\u22ef\u203c\u2047-\u2049\u060c\u061b\u061f\u06d4\u0589\u0964\u0965"
    r"\u104a\u104b\u1362-\u1368\u17d4-\u17d6"
    r"\u3001\u3002\uff01\uff05\uff0c\uff0e\uff1a\uff1b\uff1f\uff61\uff64\u30fb\u30fc\u301c\uff5e\u3005\u303b"
    r"\u309d\u309e\u30fd\u30fe\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096"
    r"\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\u31f0-\u31ff\uff67-\uff70"
    r"\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u0ec6]"
)
# Characters that no line ends with: opening marks, signs before a number, leading vowels.
_NOT_LAST = regex.compile(
    r"[\p{Ps}\u00bf\u00a1\uffe5\uff04\uff03\u0e40-\u0e44\u0ec0-\u0ec4]|(?<=^|\s|[\p{Han}\u3000-\u303f\uff00-\uffef])[\u2018\u201c\u00ab]"
)
# Chinese, Japanese and unspaced scripts break between graphemes, the rest between words.
_ATOM = regex.compile(
    rf"(?V1)\s*(?:(?={DENSE.pattern}|{FULL_MARK.pattern}|{UNSPACED.pattern})\X"
    rf"|(?:(?!{DENSE.pattern}|{FULL_MARK.pattern}|{UNSPACED.pattern})(?!\s)\X)+)"
)
_SPACED_MARK = regex.compile(r"\s*[!?;:\u00bb%]+")
_GRAPHEME = regex.compile(r"\X")
_AFTER_MARK = regex.compile(
    r"[,;:.!?\u061f\u060c\u0964\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f\u300d\u300f\uff09\u2026]$"
)


def display_width(text: str) -> int:
    """Return the width of a text in columns: two for full-width, none for combining characters.

    Signs of ambiguous width, such as the ellipsis, are wide beside Chinese, Japanese or Korean.
    """
    return _columns(text, full=bool(_WIDE_SCRIPT.search(text)))


def line_width(text: str) -> int:
    """Return the maximum number of columns of a line of this text."""
    return FULL_WIDTH_LINE if _WIDE_SCRIPT.search(text) else LATIN_LINE


def wrap(texts: Sequence[str], width: int | None = None, language: str | None = None) -> list[str]:
    """Break words into lines.

    Args:
        texts: The words, as for `join_words`; a text without spaces is broken where its script
            allows it.
        width: The columns of a line. Default: by the script of the words.
        language: Their language, as a code or a name.

    Returns:
        Lines of at most that width, unless a single grapheme is wider. Two are about equally long.
    """
    columns = width or line_width("".join(texts))
    units = _units(texts, language)
    lines = _filled(units, columns)
    return (_halves(units, columns) if len(lines) == 2 else None) or lines  # noqa: PLR2004


def fits(texts: Sequence[str], lines: int, language: str | None = None) -> bool:
    """Return whether words fit into a number of lines, as `wrap` breaks them."""
    columns = line_width("".join(texts))
    total = sum(map(display_width, texts))
    if total + len(texts) <= columns or total > columns * lines:
        return total <= columns
    return len(_filled(_units(texts, language), columns)) <= lines


def atoms(text: str) -> list[str]:
    """Split a text at possible line breaks; each part has the space before it."""
    found: list[str] = []
    for part in _ATOM.findall(text):
        if found and _sticks(found[-1], part):
            found[-1] += part
        else:
            found.append(part)
    return found


@lru_cache(maxsize=4096)
def _columns(text: str, *, full: bool) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    wide = {"W", "F", "A"} if full else {"W", "F"}
    total = 0
    for grapheme in _GRAPHEME.findall(text):
        if _EMOJI.match(grapheme):
            total += 2
            continue
        # The vowels beside a consonant, and consonants that are joined, take their own columns.
        signs = _ZERO.sub("", grapheme)
        total += sum(2 if unicodedata.east_asian_width(sign) in wide else 1 for sign in signs)
    return total


def _units(texts: Sequence[str], language: str | None) -> list[tuple[str, str]]:
    """Return the unbreakable units, each with the space before it, if any."""
    units: list[tuple[str, str]] = []
    for gap, text in zip(gaps_before(texts, language), texts, strict=True):
        for number, atom in enumerate(text.split()):
            before = gap if number == 0 else " "
            if units and _sticks(units[-1][1], before + atom):
                units[-1] = (units[-1][0], units[-1][1] + before + atom)
            elif atom:
                units.append((before, atom))
    return units


def _sticks(left: str, right: str) -> bool:
    """Return whether a line must not break between two parts."""
    first = right.lstrip()[:1]
    if right[:1].isspace():
        # French marks have a space before them, and stay on its line.
        return bool(_SPACED_MARK.fullmatch(right)) or left.endswith("\u00ab")
    return bool(_NOT_FIRST.match(first) or _NOT_LAST.search(left[-2:], max(0, len(left[-2:]) - 1)))


def _filled(units: Sequence[tuple[str, str]], width: int) -> list[str]:
    full = any(_WIDE_SCRIPT.search(unit) for _, unit in units)
    lines: list[str] = []
    line, taken = "", 0
    for gap, unit in units:
        wide = _columns(unit, full=full)
        if line and taken + len(gap) + wide <= width:
            line += gap + unit
            taken += len(gap) + wide
            continue
        if wide <= width:
            pieces = [line, unit] if line else [unit]
        elif line and gap:
            # A long word starts on the previous line only in scripts that break anywhere.
            pieces = [line, *_broken(unit, width)]
        else:
            pieces = _broken(line + unit, width)
        lines += pieces[:-1]
        line = pieces[-1] if pieces else ""
        taken = _columns(line, full=full)
    return [*lines, line] if line else lines


def _halves(units: Sequence[tuple[str, str]], width: int) -> list[str] | None:
    """Return two lines of about the same width, with the break after a mark if one is near."""
    best: tuple[int, list[str]] | None = None
    for place in range(1, len(units)):
        halves = [_line(units[:place]), _line(units[place:])]
        widths = [display_width(half) for half in halves]
        if max(widths) > width:
            continue
        after_mark = width // 4 if _AFTER_MARK.search(halves[0]) else 0
        cost = abs(widths[0] - widths[1]) - after_mark
        if best is None or cost < best[0]:
            best = cost, halves
    return best[1] if best else None


def _line(units: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{gap if number else ''}{unit}" for number, (gap, unit) in enumerate(units))


def _broken(text: str, width: int) -> list[str]:
    """Break a single unit where its script allows it, or else between graphemes."""
    lines: list[str] = []
    line = ""
    for atom in atoms(text):
        # Between graphemes if the part is wider than a line of its own.
        wide = display_width(atom.strip()) > width
        if wide and line:
            lines.append(line)
            line = ""
        for part in _GRAPHEME.findall(atom) if wide else [atom]:
            longer = line + part if line else part.lstrip()
            if line and display_width(longer) > width:
                lines.append(line)
                longer = part.lstrip()
            line = longer
    return [stripped for each in (*lines, line) if (stripped := each.strip())]
