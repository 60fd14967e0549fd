"""Percent-encodes text for URLs; errors name the parameter."""

from urllib.parse import quote


def quoted(value: str, name: str, *, safe: str = "-_.~") -> str:
    """Return a value percent-encoded for a URL.

    Args:
        value: The value.
        name: Its name, for the message.
        safe: Characters that are not encoded, beside letters and digits.

    Raises:
        ValueError: It has half of a surrogate pair, like cut-off text.
    """
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} {value!r} has half of a surrogate pair at character {error.start}: it is not "
            f"Unicode text, and cannot be sent."
        ) from None
