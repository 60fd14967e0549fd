"""Exports that are imported on first use; the stub beside a package is their only list."""

import importlib
import sys
from collections.abc import Callable
from typing import Any


class Exports:
    """The exports of a package.

    Args:
        package: The package's name.
        path: The path of its `__init__.py`; the stub is `__init__.pyi` beside it. All its imports
            have the form `from module import name as export`.
    """

    def __init__(self, package: str, path: str) -> None:
        self.package = package
        # By the loader, as the package may be in a zip file.
        loader: Any = sys.modules[package].__spec__.loader  # type: ignore[union-attr]
        self.sources = dict(_imports(loader.get_data(f"{path}i").decode("utf-8")))
        self.names = sorted(self.sources)

    def load(self, name: str) -> Any:
        """Import an export, and set it in the package.

        Raises:
            AttributeError: It is not in the stub.
        """
        if name not in self.sources:
            raise AttributeError(f"module {self.package!r} has no attribute {name!r}")
        module, original = self.sources[name]
        value = getattr(importlib.import_module(module), original)
        setattr(sys.modules[self.package], name, value)
        return value

    def list(self) -> list[str]:
        """Return the names of the exports."""
        return self.names


def attach(
    package: str, path: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package.

    Args:
        package: The package's name.
        path: The path of its `__init__.py`.
    """
    exports = Exports(package, path)
    return exports.load, exports.list, exports.names


def _imports(stub: str) -> list[tuple[str, tuple[str, str]]]:
    """Return the exports of a stub, each with its module and its name there."""
    # Not by `ast`, which takes longer to import than everything else here.
    found = []
    for statement in stub.partition("\n\n__all__")[0].split("\nfrom ")[1:]:
        module, _, names = statement.partition(" import ")
        original, _, export = names.lstrip("(\n ").split(None, 3)[:3]
        found.append((export.rstrip(",)"), (module, original)))
    return found
