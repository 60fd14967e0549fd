"""Range checks with a 400, as the published schemas have no bounds."""

from langchain_telnyx.emulator.serving.envelopes import ApiError


def at_least(least: int, **numbers: int) -> None:
    """Refuse numbers below a minimum.

    Args:
        least: The minimum.
        numbers: The numbers by name.

    Raises:
        ApiError: 400 for the first number below the minimum.
    """
    for name, number in numbers.items():
        if number < least:
            raise ApiError(400, "10033", None, f"`{name}` must be at least {least}, not {number}.")
