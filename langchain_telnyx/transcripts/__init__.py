"""Transcripts: who says what and when, of recordings, conversations, messages and text.

Names are imported when they are first used, as parts of this package are needed below it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_telnyx.transcripts.transcript import Transcript as Transcript
    from langchain_telnyx.transcripts.turns import ToolUse as ToolUse
    from langchain_telnyx.transcripts.turns import Turn as Turn
    from langchain_telnyx.transcripts.turns import Word as Word

__all__ = ["ToolUse", "Transcript", "Turn", "Word"]

_HOMES = {"ToolUse": "turns", "Transcript": "transcript", "Turn": "turns", "Word": "turns"}

if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
