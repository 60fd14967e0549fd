"""Loads an agent by the name of its module and variable, such as `my_app:agent`."""

import importlib
import sys
from pathlib import Path
from typing import Any


class LoadError(ValueError):
    """An agent cannot be loaded; the message says what is missing."""


def load_agent(name: str) -> Any:
    """Return the object that a name such as `my_app:agent` or `package.module:make.agent` means.

    The current folder is searched first.

    Raises:
        LoadError: The name is malformed, or the module or its variable does not exist.
        Exception: What the module raises.
    """
    module_name, colon, path = name.partition(":")
    if not colon or not module_name or not path:
        raise LoadError(f"{name!r} is not of the form MODULE:VARIABLE, such as my_app:agent.")
    if module_name.endswith(".py"):
        raise LoadError(f"Name the module {module_name[:-3].replace('/', '.')!r}, not its file.")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # a module that the user's module imports
        raise LoadError(f"There is no module {module_name!r} in {folder} or installed.") from None
    for attribute in path.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise LoadError(f"{module_name!r} has no {path!r}.") from None
    return found
