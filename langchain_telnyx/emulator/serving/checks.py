"""What edge operations ask of a request; refused in the Telnyx envelope, never as a 422 list."""

import re

from langchain_telnyx.emulator.serving.envelopes import ApiError

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[0-9]{1,18}")


def checked_id(value: str, *, status: int) -> str:
    """Return an id, which must be a UUID."""
    if not _UUID.fullmatch(value):
        raise ApiError(status, "10006", None, f"{value!r} is no UUID.")
    return value.lower()


def positive(value: str, name: str, *, status: int, most: int) -> int:
    """Return a query parameter's positive number; `most` is as far as any goes."""
    if not _NUMBER.fullmatch(value) or not int(value):
        raise ApiError(status, "10033", None, f"`{name}` must be a positive whole number.")
    return min(int(value), most)
