"""The `stacklevel` of warnings, so that Python shows the caller's line."""

import inspect

_LIBRARIES = {"langchain_core", "langchain_telnyx", "pydantic"}


def to_the_caller() -> int:
    """Return the `stacklevel` of the first frame outside of this package and its libraries.

    The number of frames of pydantic and langchain-core in between varies by version.
    """
    frame = inspect.currentframe()
    level = 0
    while frame is not None:
        level += 1
        frame = frame.f_back
        if frame is None:
            break
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _LIBRARIES:
            break
    return level
