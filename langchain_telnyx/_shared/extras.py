"""A public name whose extra is not installed: it can be looked up, and says so when it is used."""

from typing import Any, NoReturn


class _NotInstalled(type):
    """The class of such classes: calling them, subclassing them and their attributes raise."""

    _error: ImportError

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> "_NotInstalled":
        for base in bases:
            if isinstance(base, _NotInstalled):
                base._refuse()  # noqa: SLF001 - its own class
        return super().__new__(cls, name, bases, body)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        cls._refuse()

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):  # of Python's own, which probes for them
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        cls._refuse()

    def _refuse(cls) -> NoReturn:
        raise ImportError(str(cls._error)) from cls._error.__cause__


def stand_in(name: str, package: str, error: ImportError) -> type:
    """Return what stands for a name that cannot be imported.

    Args:
        name: The name.
        package: Where it is looked up.
        error: Why it cannot be imported, and what to install.
    """
    found = _stand_ins.get(name)
    if found is None:
        body = {"__doc__": str(error), "__module__": package, "_error": error}
        found = _stand_ins[name] = _NotInstalled(name, (), body)
    return found


_stand_ins: dict[str, type] = {}
