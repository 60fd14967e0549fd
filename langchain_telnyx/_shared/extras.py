"""Placeholders for public names whose extra is not installed: using one raises `ImportError`."""

from typing import Any, NoReturn


class _NotInstalled(type):
    """The metaclass of placeholders: calls, subclasses and attributes raise `ImportError`."""

    _error: ImportError

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> "_NotInstalled":
        for base in bases:
            if isinstance(base, _NotInstalled):
                base._refuse()  # noqa: SLF001 - its own class
        return super().__new__(cls, name, bases, body)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        cls._refuse()

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):  # Python itself looks for these
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        cls._refuse()

    def _refuse(cls) -> NoReturn:
        raise ImportError(str(cls._error)) from cls._error.__cause__


def stand_in(name: str, package: str, error: ImportError) -> type:
    """Return the placeholder of a name that cannot be imported.

    Args:
        name: The name.
        package: The package that exports it.
        error: The import error, with the extra to install.
    """
    placeholder = _placeholders.get(name)
    if placeholder is None:
        body = {"__doc__": str(error), "__module__": package, "_error": error}
        placeholder = _placeholders[name] = _NotInstalled(name, (), body)
    return placeholder


_placeholders: dict[str, type] = {}
