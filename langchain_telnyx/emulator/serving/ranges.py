"""Numbers out of range: refused by 400, since the schemas have their types and not their bounds."""

from langchain_telnyx.emulator.serving.envelopes import ApiError


def at_least(least: int, **numbers: int) -> None:
    """Refuse numbers that are too small.

    Args:
        least: The least that is taken.
        numbers: The numbers by their names.

    Raises:
        ApiError: 400 for the first that is smaller.
    """
    for name, number in numbers.items():
        if number < least:
            raise ApiError(400, "10033", None, f"`{name}` must be at least {least}, not {number}.")
