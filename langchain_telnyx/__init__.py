"""Telnyx AI for LangChain: chat, retrieval over Telnyx buckets, and an emulator of the API.

`__init__.pyi` lists the public names. They are imported on first use: importing this package loads
nothing else. A name whose extra is not installed exists all the same, and raises an `ImportError`
with the extra to install when it is called or subclassed.
"""

from __future__ import annotations

import importlib

from langchain_telnyx._shared.lazy_exports import TYPE_CHECKING, attach

if TYPE_CHECKING:
    from typing import Any

_load, __dir__, __all__ = attach(__name__, __file__)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) or error.__cause__ is None:
            raise  # a fault; an extra that is missing has a message with its name
        # Not stored: the extra may be installed while the program runs, as in a notebook.
        extras = importlib.import_module("langchain_telnyx._shared.extras")
        return extras.stand_in(name, __name__, error)
