"""Exports that are imported on first use; the stub beside a package is their only list."""

from __future__ import annotations

import importlib
import sys

# Not from `typing`, whose import takes most of the time of `import langchain_telnyx`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def attach(
    package: str, path: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: The package's name.
        path: The path of its `__init__.py`; the stub is `__init__.pyi` beside it. All its imports
            have the form `from module import name as export`.
    """
    # By the loader, as the package may be in a zip file.
    loader: Any = sys.modules[package].__spec__.loader  # type: ignore[union-attr]
    sources = dict(_imports(loader.get_data(f"{path}i").decode("utf-8")))
    names = sorted(sources)

    def load(name: str) -> Any:
        if name not in sources:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, original = sources[name]
        value = getattr(importlib.import_module(module), original)
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: names, names


def _imports(stub: str) -> list[tuple[str, tuple[str, str]]]:
    """Return the exports of a stub, each with its module and its name there."""
    # Not by `ast`, which takes longer to import than everything else here.
    found = []
    for statement in stub.partition("\n\n__all__")[0].split("\nfrom ")[1:]:
        module, _, names = statement.partition(" import ")
        original, _, export = names.lstrip("(\n ").split(None, 3)[:3]
        found.append((export.rstrip(",)"), (module, original)))
    return found
