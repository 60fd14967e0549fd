"""Text in URLs: percent-encoded, or refused by the name of the parameter."""

from urllib.parse import quote


def quoted(value: str, name: str, *, safe: str = "-_.~") -> str:
    """Return a value percent-encoded for a URL.

    Args:
        value: The value.
        name: What it is, for the message.
        safe: The characters that stay as they are, beside letters and digits.

    Raises:
        ValueError: It has half of a surrogate pair, as cut-off text has.
    """
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} {value!r} has half of a surrogate pair at character {error.start}: it is not "
            f"Unicode text, and cannot be sent."
        ) from None
