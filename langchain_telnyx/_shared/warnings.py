"""Whose line a warning is about: Python shows it where it was caused, not where it is raised."""

import inspect

_NOT_THE_CALLERS = {"langchain_core", "langchain_telnyx", "pydantic"}


def to_the_caller() -> int:
    """Return the `stacklevel` for a warning about the line outside of this package.

    Between that and the warning lie frames of pydantic's and langchain-core's, whose number is
    theirs to change.
    """
    frame = inspect.currentframe()
    level = 0
    while frame is not None:
        level += 1
        frame = frame.f_back
        if frame is None:
            break
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _NOT_THE_CALLERS:
            break
    return level
