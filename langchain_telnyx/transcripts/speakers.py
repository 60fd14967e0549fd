"""Names of speakers: by number, channel, role, or a configured name."""

import re
from collections.abc import Mapping
from typing import Any

from langchain_telnyx.transcripts.lines import safe_name

Speaker = int | str
"""A number from 0, or a name."""

ROLES: Mapping[str, str] = {
    "user": "User",
    "assistant": "Assistant",
    "system": "Instructions",
    "tool": "Tool",
}
"""The labels of roles."""

_SPEAKER = re.compile(r"(?:speaker[-_ ]?)?(\d{1,9})", re.IGNORECASE)
_CHANNEL = re.compile(r"channel[-_ ]?(\d{1,9})", re.IGNORECASE)
_BOTH = re.compile(r"channel[-_ ]?(\d{1,9})[-_ ]speaker[-_ ]?(\d{1,9})", re.IGNORECASE)
_PAIR = 2


def read_speaker(value: Any) -> Any:
    """Convert a speaker's number from text; return `None` for an empty name.

    Args:
        value: The speaker, from a model or a user.
    """
    if not isinstance(value, str):
        return value
    value = value.strip()
    return int(value) if value.isdecimal() else value or None


def speaker_key(key: Any) -> str:
    """Normalize a key of `speakers`.

    Args:
        key: A speaker (`0`, `"0"`, `"speaker-0"`, or a name), a channel (`"channel-1"`), a speaker
            of a channel (`(1, 0)`, `"channel-1-speaker-0"`), or a role (`"user"`).

    Raises:
        ValueError: The key is not supported.
    """
    if isinstance(key, tuple) and len(key) == _PAIR:
        channel, speaker = key
        return f"channel-{speaker_key(channel)}-speaker-{speaker_key(speaker)}"
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    if isinstance(key, str) and key.strip():
        return _normalize(key.strip())
    raise ValueError(
        f"{key!r} is not a speaker: use a number such as 0, a channel such as 'channel-1', a "
        f"speaker of a channel such as (1, 0), a role such as 'user', or a name."
    )


def _normalize(key: str) -> str:
    if both := _BOTH.fullmatch(key):
        return f"channel-{int(both[1])}-speaker-{int(both[2])}"
    if channels := _CHANNEL.fullmatch(key):
        return f"channel-{int(channels[1])}"
    number = _SPEAKER.fullmatch(key)
    return str(int(number[1])) if number else key


def names_of(speakers: Mapping[Any, str] | None) -> dict[str, str]:
    """Return the names of speakers with normalized keys.

    Args:
        speakers: Names by keys that `speaker_key` accepts.

    Raises:
        ValueError: A key or a name is not supported, or a name is empty.
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
    """Return the configured name of a voice, or else its own name; `None` without one.

    Args:
        channel: The channel, from 0.
        speaker: The speaker.
        names: Names from `names_of`.
    """
    keys: list[str] = []
    if channel is not None and speaker is not None:
        keys.append(f"channel-{channel}-speaker-{_normalize(str(speaker))}")
    if channel is not None:
        keys.append(f"channel-{channel}")
    if speaker is not None:
        keys += [str(speaker), _normalize(str(speaker))]
    found = next((names[key] for key in keys if key in names), None)
    return found or (speaker if isinstance(speaker, str) else None)


def voice_label(
    channel: int | None, speaker: Speaker | None, names: Mapping[str, str] | None = None
) -> str | None:
    """Return the label of a voice on one line; `None` if the speaker is unknown.

    Args:
        channel: The channel, from 0.
        speaker: The speaker.
        names: Names from `names_of`.
    """
    name = safe_name(given_name(channel, speaker, names or {}) or "")
    if name:
        return f"Speaker {int(name)}" if name.isdecimal() else name
    number = f"speaker {speaker}" if isinstance(speaker, int) else ""
    if channel is None:
        return number.capitalize() or None
    return f"Channel {channel} {number}".rstrip()
