"""What speakers are called: by their number, their channel, their role, or the name given."""

import re
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.transcripts.lines import safe_name

Speaker = int | str
"""A number counted from 0, or a name."""

ROLES: Mapping[str, str] = {
    "user": "User",
    "assistant": "Assistant",
    "system": "Instructions",
    "tool": "Tool",
}
"""The roles of messages, and what they are called."""

_SPEAKER = re.compile(r"(?:speaker[-_ ]?)?(\d{1,9})", re.IGNORECASE)
_CHANNEL = re.compile(r"channel[-_ ]?(\d{1,9})", re.IGNORECASE)
_BOTH = re.compile(r"channel[-_ ]?(\d{1,9})[-_ ]speaker[-_ ]?(\d{1,9})", re.IGNORECASE)
_PAIR = 2


def read_speaker(value: Any) -> Any:
    """Return a speaker as its number where it is one that is written as text; no empty name.

    Args:
        value: The speaker, as a model or a user gives it.
    """
    if not isinstance(value, str):
        return value
    value = value.strip()
    return int(value) if value.isdecimal() else value or None


def speaker_key(key: Any) -> str:
    """Return the one form of a key of `speakers`.

    Args:
        key: A speaker (`0`, `"0"`, `"speaker-0"`, or a name), a channel (`"channel-1"`), a speaker
            of a channel (`(1, 0)`, `"channel-1-speaker-0"`), or a role (`"user"`).

    Raises:
        ValueError: The key is of another kind.
    """
    if isinstance(key, tuple) and len(key) == _PAIR:
        channel, speaker = key
        return f"channel-{speaker_key(channel)}-speaker-{speaker_key(speaker)}"
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    if isinstance(key, str) and key.strip():
        return _one_form(key.strip())
    raise ValueError(
        f"{key!r} is not a speaker: use a number such as 0, a channel such as 'channel-1', a "
        f"speaker of a channel such as (1, 0), a role such as 'user', or a name."
    )


def _one_form(key: str) -> str:
    if both := _BOTH.fullmatch(key):
        return f"channel-{int(both[1])}-speaker-{int(both[2])}"
    if channels := _CHANNEL.fullmatch(key):
        return f"channel-{int(channels[1])}"
    number = _SPEAKER.fullmatch(key)
    return str(int(number[1])) if number else key


def names_of(speakers: Mapping[Any, str] | None) -> dict[str, str]:
    """Return the names of speakers by the one form of their keys.

    Args:
        speakers: Names by keys as `speaker_key` takes them.

    Raises:
        ValueError: A key or a name is of another kind, or a name is empty.
    """
    names: dict[str, str] = {}
    for key, name in (speakers or {}).items():
        if not isinstance(name, str) or not safe_name(name):
            raise ValueError(f"The name of the speaker {key!r} is {name!r}: use some text.")
        names[speaker_key(key)] = name
    return names


def given_name(
    channel: int | None, speaker: Speaker | None, names: Mapping[str, str]
) -> str | None:
    """Return the name that was given to a voice, else the name that it has; `None` without one.

    Args:
        channel: The channel, counted from 0.
        speaker: The speaker.
        names: Names as `names_of` returns them.
    """
    keys: list[str] = []
    if channel is not None and speaker is not None:
        keys.append(f"channel-{channel}-speaker-{_one_form(str(speaker))}")
    if channel is not None:
        keys.append(f"channel-{channel}")
    if speaker is not None:
        keys += [str(speaker), _one_form(str(speaker))]
    found = next((names[key] for key in keys if key in names), None)
    return found or (speaker if isinstance(speaker, str) else None)


def voice_label(
    channel: int | None, speaker: Speaker | None, names: Mapping[str, str] | None = None
) -> str | None:
    """Return what a voice is called, on one line; `None` where nobody knows who speaks.

    Args:
        channel: The channel, counted from 0.
        speaker: The speaker.
        names: Names as `names_of` returns them.
    """
    name = safe_name(given_name(channel, speaker, names or {}) or "")
    if name:
        return f"Speaker {int(name)}" if name.isdecimal() else name
    number = f"speaker {speaker}" if isinstance(speaker, int) else ""
    if channel is None:
        return number.capitalize() or None
    return f"Channel {channel} {number}".rstrip()
