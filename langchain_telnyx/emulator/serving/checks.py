"""Checks of ids and query parameters, with errors in the Telnyx envelope."""

import re

from langchain_telnyx.emulator.serving.envelopes import ApiError

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[0-9]{1,18}")


def checked_id(value: str, *, status: int) -> str:
    """Validate an id, which must be a UUID."""
    if not _UUID.fullmatch(value):
        raise ApiError(status, "10006", None, f"{value!r} is not a UUID.")
    return value.lower()


def positive(value: str, name: str, *, status: int, most: int) -> int:
    """Parse a query parameter as a positive number; larger numbers become `most`."""
    if not _NUMBER.fullmatch(value) or not int(value):
        raise ApiError(status, "10033", None, f"`{name}` must be a positive whole number.")
    return min(int(value), most)
