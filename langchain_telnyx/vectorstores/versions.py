"""Versions: every write of a document gets a unique key, and the greater version is newer.

A version is the time in microseconds and four random characters, in base 32 with the digits `0` to
`9` and `a` to `v`, so that text order is time order. A writer whose clock is slow still gets the
greater version: the newest existing version plus one.
"""

import secrets
import time
from collections.abc import Iterable

CONTENT = "0"
"""The version of a document whose id is derived from its content: writes store equal bytes."""

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_BITS = 5
_TIME_LENGTH = 11
_RANDOM_LENGTH = 4
# A version with a time far in the future would leave no room for newer ones.
_LAST_TIME = 32**_TIME_LENGTH - 1


def next_version(existing: Iterable[str]) -> str:
    """Return a unique version that is newer than the existing ones."""
    now = time.time_ns() // 1000
    newest = max(map(_time_of, existing), default=0)
    moment = min(_LAST_TIME, max(now, newest + 1))
    tail = secrets.randbits(_BITS * _RANDOM_LENGTH)
    return _text(moment, _TIME_LENGTH) + _text(tail, _RANDOM_LENGTH)


def time_of(version: str) -> float:
    """Return the time of a version in seconds since 1970; 0 for one without a time."""
    return _time_of(version) / 1_000_000


def _time_of(version: str) -> int:
    if len(version) != _TIME_LENGTH + _RANDOM_LENGTH:
        return 0
    return int(version[:_TIME_LENGTH], 32)


def _text(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        digits.append(_DIGITS[number % 32])
        number //= 32
    return "".join(reversed(digits))
