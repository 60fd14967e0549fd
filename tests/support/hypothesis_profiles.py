"""Profiles of hypothesis: how many examples a property test draws, and which.

`make test` draws new examples each time, `make ci` fewer ones, which are the same each time.
"""

from hypothesis import HealthCheck, settings

_USUAL = 100

# A busy machine may be slow at any example: that is no failure.
settings.register_profile(
    "unhurried",
    max_examples=_USUAL,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "repeatable",
    settings.get_profile("unhurried"),
    derandomize=True,
    database=None,
    max_examples=12,
)
settings.load_profile("unhurried")


def examples(count: int) -> int:
    """Return the number of examples of a test, in proportion to the profile's.

    Args:
        count: The number in `make test`.
    """
    return max(2, count * settings().max_examples // _USUAL)
