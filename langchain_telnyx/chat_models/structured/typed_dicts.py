"""Conversion of `TypedDict` classes for pydantic, with LangChain's annotations.

Before Python 3.12, pydantic does not support `TypedDict` of `typing`, nor does it support
LangChain's convention `Annotated[type, default, "description"]`. So a class is converted to one of
`typing_extensions`, with pydantic's fields.
"""

import inspect
import re
import types
from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import Field
from typing_extensions import ReadOnly, TypedDict, is_typeddict

_MODIFIERS = (NotRequired, ReadOnly, Required)
_SECTION = re.compile(r"\s*(Args|Arguments|Attributes|Parameters|Keys):\s*")
_OTHER_SECTION = re.compile(r"\s*(Examples?|Note|Notes|Raises|Returns?|Yields?):\s*")
_ENTRY = re.compile(r"(\s*)\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)")


def with_pydantic_typed_dicts(kind: Any) -> Any:
    """Return a type in which pydantic supports every `TypedDict` class.

    Raises:
        NameError: An annotation cannot be resolved.
    """
    return _rewritten(kind, {}, {})


def docstring(kind: Any) -> tuple[str, dict[str, str]]:
    """Return the description of a class and of each field, from a docstring in Google style."""
    text = inspect.cleandoc(kind.__doc__ or "")
    about: list[str] = []
    fields: dict[str, str] = {}
    inside, indent, last = False, 0, ""
    for line in text.splitlines():
        if _SECTION.fullmatch(line):
            inside, last = True, ""
        elif _OTHER_SECTION.fullmatch(line):
            inside = False
            about.append(line)
        elif not inside:
            about.append(line)
        elif (entry := _ENTRY.fullmatch(line)) and (not last or len(entry[1]) <= indent):
            indent, last = len(entry[1]), entry[2]
            fields[last] = entry[3]
        elif last and line.strip():
            fields[last] = f"{fields[last]} {line.strip()}".strip()
    return "\n".join(about).strip(), fields


def _rewritten(kind: Any, made: dict[Any, Any], variables: Mapping[Any, Any]) -> Any:
    if isinstance(kind, TypeVar):
        return variables.get(kind, kind)
    origin = get_origin(kind)
    if is_typeddict(kind) or is_typeddict(origin):
        return _class(kind, made, variables)
    if origin is None or origin is Literal:
        return kind
    arguments = get_args(kind)
    if origin is Annotated:
        return Annotated[(_rewritten(arguments[0], made, variables), *arguments[1:])]
    new = tuple(_argument(each, made, variables) for each in arguments)
    return kind if new == arguments else _with_arguments(kind, origin, new)


def _with_arguments(kind: Any, origin: Any, new: tuple[Any, ...]) -> Any:
    if origin in {Union, types.UnionType}:
        return Union[new]  # noqa: UP007 - of a tuple
    if hasattr(kind, "copy_with"):
        return kind.copy_with(new)
    return origin[new[0] if len(new) == 1 else new]


def _argument(kind: Any, made: dict[Any, Any], variables: Mapping[Any, Any]) -> Any:
    # The arguments of `Callable` contain a list.
    if isinstance(kind, list):
        return [_rewritten(each, made, variables) for each in kind]
    return _rewritten(kind, made, variables)


def _class(kind: Any, made: dict[Any, Any], variables: Mapping[Any, Any]) -> Any:
    origin = get_origin(kind) or kind
    arguments = tuple(_rewritten(each, made, variables) for each in get_args(kind))
    key = (origin, arguments)
    if key in made:
        return made[key]
    name = "_".join([origin.__name__, *(getattr(each, "__name__", "") for each in arguments)])
    new: Any = TypedDict(name.rstrip("_"), {})  # type: ignore[misc]  # fields follow
    made[key] = new
    parameters = getattr(origin, "__parameters__", ())
    inner = dict(zip(parameters, arguments, strict=False))
    about, fields = docstring(origin)
    hints = get_type_hints(origin, localns={origin.__name__: origin}, include_extras=True)
    required: set[str] = set()
    for field, hint in hints.items():
        annotation, needed = _field(hint, made, inner, fields.get(field))
        if needed is None:
            needed = field in origin.__required_keys__
        new.__annotations__[field] = annotation
        if needed:
            required.add(field)
    new.__required_keys__ = frozenset(required)
    new.__optional_keys__ = frozenset(hints.keys() - required)
    new.__doc__ = about or None
    ending = name.removeprefix(origin.__name__)
    new.__module__, new.__qualname__ = origin.__module__, f"{origin.__qualname__}{ending}"
    if (config := getattr(origin, "__pydantic_config__", None)) is not None:
        setattr(new, "__pydantic_config__", config)  # noqa: B010 - not a declared attribute
    return new


def _field(
    hint: Any, made: dict[Any, Any], variables: Mapping[Any, Any], described: str | None
) -> tuple[Any, bool | None]:
    """Return a field's annotation, and whether it is required, if the annotation specifies it."""
    needed: bool | None = None
    metadata: list[Any] = []
    while True:
        origin = get_origin(hint)
        if origin in _MODIFIERS:
            if origin is not ReadOnly:
                needed = origin is Required
            (hint,) = get_args(hint)
        elif origin is Annotated:
            hint, *inside = get_args(hint)
            metadata = [*inside, *metadata]
        else:
            break
    kind = _rewritten(hint, made, variables)
    default, description, others = _convention(metadata)
    if default is not ... and needed is None:
        needed = False
    options: dict[str, Any] = {}
    if description or described:
        options["description"] = description or described
    if default is not ... and default is not None:
        options["json_schema_extra"] = {"default": default}
    if options:
        others = [*others, Field(**options)]
    return (Annotated[(kind, *others)] if others else kind), needed


def _convention(metadata: list[Any]) -> tuple[Any, str | None, list[Any]]:
    """Return the default (`...` for none), the description, and the other metadata."""
    match metadata:
        case [str() as description]:
            return ..., description, []
        case [default, str() as description, *others] if _is_default(default):
            return default, description, others
        case [only] if only is ...:
            return ..., None, []
        case _:
            return ..., None, metadata


def _is_default(value: Any) -> bool:
    return value is ... or value is None or isinstance(value, str | int | float | list | dict)
