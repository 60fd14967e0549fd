"""Conversion of a transcript to text, subtitles and citations, and of text to turns.

A turn starts a line without indentation: `[03:12] Agent: Hello.` A tool call is
`Agent calls look({"a": 1})`, and a source `# call 7`. All other lines are indented.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from langchain_telnyx.transcripts.lines import (
    INDENT,
    LONGEST_NAME,
    UNKNOWN,
    indented,
    lines_of,
    looks_labelled,
    one_line,
    safe_name,
)
from langchain_telnyx.transcripts.speakers import ROLES, given_name, voice_label
from langchain_telnyx.transcripts.turns import ToolUse, Turn

_TIME = re.compile(r"\[(?:(\d+):)?(\d{2}):(\d{2})\](?: |$)")
_CALLS = re.compile(rf"([^:\n]{{1,{LONGEST_NAME}}}?) calls ([^\s(]+)\((.*)\)", re.DOTALL)
_LABELED = re.compile(rf"([^\s:\[#][^:\n]{{0,{LONGEST_NAME - 1}}}):(?:[ \n](.*)|$)", re.DOTALL)
_NUMBERED = re.compile(
    r"Speaker (?P<other>\d{1,9})|Channel (?P<channel>\d{1,9})(?: speaker (?P<speaker>\d{1,9}))?"
)
_ROLE_OF = {shown.casefold(): role for role, shown in ROLES.items()}


def clock(seconds: float) -> str:
    """Return a time of a recording as `03:12`, or `1:03:12` from one hour.

    Args:
        seconds: The time in seconds from the start.
    """
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def label(turn: Turn, names: Mapping[str, str]) -> str | None:
    """Return the name of a turn's speaker on one line; `None` if unknown.

    Args:
        turn: The turn.
        names: Names from `names_of`.
    """
    if len(turn.speakers) > 1:
        voices = [voice_label(turn.channel, speaker, names) or UNKNOWN for speaker in turn.speakers]
        return " and ".join(voices)
    role = None
    if turn.role is not None:
        role = safe_name(names.get(turn.role) or ROLES.get(turn.role, turn.role)) or None
    voice = voice_label(turn.channel, turn.speaker, names)
    if voice is None or role is None:
        return voice or role
    if given_name(turn.channel, turn.speaker, names) == turn.speaker:
        # A speaker whose name equals another role is shown with the own role.
        taken = {_plain(shown) for shown in (*ROLES.values(), *ROLES, *names.values())}
        if _plain(voice) in taken - {_plain(role)}:
            return f"{voice} ({role})"
    return voice


def as_text(
    turns: Sequence[Turn], names: Mapping[str, str], source: str | None, *, times: bool = True
) -> str:
    """Return turns as text.

    Args:
        turns: The turns.
        names: Names from `names_of`.
        source: The source of turns without one.
        times: Whether lines start with their times.
    """
    shown = [turn for turn in turns if turn.text.strip() or turn.tool_calls]
    several = len({turn.source or source for turn in shown}) > 1
    labels = [label(turn, names) for turn in shown]
    if len(shown) == 1 and labels[0] is None and not (times and shown[0].start is not None):
        text = "\n".join(lines_of(shown[0].text))
        if not shown[0].tool_calls and _is_one_turn(text):
            return text
    known = any(labels)
    found: list[str] = []
    before: str | None = None
    for turn, who in zip(shown, labels, strict=True):
        where = turn.source or source
        if several and where != before:
            found.append(f"# {one_line(where or '') or UNKNOWN}")
            before = where
        found += _lines(turn, who, times=times, always=known)
    return "\n".join(found)


def citation(turn: Turn, source: str | None, position: int) -> str:
    """Return the citation of a turn: its source and its time, or its number.

    Args:
        turn: The turn.
        source: The source, if the turn has none.
        position: The turn's position, from 0.
    """
    where = one_line(turn.source or source or "")
    when = clock(turn.start) if turn.start is not None else f"turn {position + 1}"
    return f"{where}, {when}" if where else when


def as_subtitles(
    turns: Sequence[Turn],
    names: Mapping[str, str],
    duration: float | None,
    kind: Literal["srt", "vtt"],
) -> str:
    """Return turns as a file of subtitles.

    Args:
        turns: The turns.
        names: Names from `names_of`.
        duration: The length of the recording, in seconds.
        kind: The format.

    Raises:
        ValueError: No turn has a time.
    """
    # Imported here, as captions need parts of this package.
    from langchain_telnyx.transcription import captions  # noqa: PLC0415
    from langchain_telnyx.transcripts._pieces import pieces_of  # noqa: PLC0415

    pieces = pieces_of(turns, names, duration)
    write = captions.srt if kind == "srt" else captions.vtt
    language = next((turn.language for turn in turns if turn.language), None)
    return write(pieces, language, name=lambda voice: voice_label(*voice, names) or "")


def parsed(text: str) -> list[Turn]:
    """Return the turns of a text that `as_text` wrote, or that is written like it.

    Args:
        text: The text. Where a line that is not indented has no speaker, all of it is one turn.
    """
    blocks = list(_blocks(lines_of(text)))
    turns: list[Turn] = []
    source: str | None = None
    for block in blocks:
        if block.startswith("# ") and "\n" not in block:
            source = block.removeprefix("# ")
            continue
        turn = _read(block, source)
        if turn is None:
            turns = []
            break
        if turn.tool_calls and turns and not turn.text and _same(turns[-1], turn):
            calls = [*turns[-1].tool_calls, *turn.tool_calls]
            turns[-1] = turns[-1].model_copy(update={"tool_calls": calls})
        else:
            turns.append(turn)
    return turns or ([Turn(text=text.strip())] if text.strip() else [])


def _is_one_turn(text: str) -> bool:
    found = parsed(text)
    return len(found) == 1 and found[0] == Turn(text=text.strip())


def _lines(turn: Turn, who: str | None, *, times: bool, always: bool) -> Iterator[str]:
    timed = times and turn.start is not None
    head = f"[{clock(turn.start or 0.0)}] " if timed else ""
    first = next(iter(lines_of(turn.text)), "")
    name = who or (UNKNOWN if always or not timed or looks_labelled(first) else None)
    if first:
        yield indented(f"{head}{name}: " if name else head, turn.text)
    for call in turn.tool_calls:
        tool = re.sub(r"[\s(:]+", "_", one_line(call.name)) or "_"
        yield indented(f"{head}{name or UNKNOWN} calls {tool}(", f"{call.arguments.strip()})")


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Put each line that is not indented together with those that go on with it."""
    block: list[str] = []
    for line in lines:
        goes_on = not line or line.startswith(INDENT)
        if block and not goes_on:
            yield "\n".join(block).rstrip()
            block = []
        block.append(line.removeprefix(INDENT) if block else line)
    if block:
        yield "\n".join(block).rstrip()


def _read(block: str, source: str | None) -> Turn | None:
    """Parse a block to a turn; return `None` if it has neither a time nor a speaker."""
    start: float | None = None
    if time := _TIME.match(block):
        hours, minutes, seconds = (int(part or 0) for part in time.groups())
        start = 3600.0 * hours + 60.0 * minutes + seconds
        block = block[time.end() :]
    if call := _CALLS.fullmatch(block):
        who, name, arguments = call.groups()
        used = [ToolUse(name=name, arguments=arguments)]
        return Turn(text="", start=start, source=source, tool_calls=used, **_voice(who))
    if labeled := _LABELED.fullmatch(block):
        text = (labeled[2] or "").strip()
        return Turn(text=text, start=start, source=source, **_voice(labeled[1]))
    return None if start is None else Turn(text=block, start=start, source=source)


def _voice(who: str) -> dict[str, Any]:
    who = who.strip()
    if who == UNKNOWN:
        return {}
    if voice := _NUMBERED.fullmatch(who):
        numbers = {name: int(number) for name, number in voice.groupdict().items() if number}
        if "other" in numbers:
            numbers["speaker"] = numbers.pop("other")
        return numbers
    role = _ROLE_OF.get(who.casefold())
    return {"role": role} if role else {"speaker": who}


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def _same(one: Turn, other: Turn) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("speaker", "role", "start", "source")
    )
