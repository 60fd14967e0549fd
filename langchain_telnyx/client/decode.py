"""From a reply to a value: the few shapes in which the API answers."""

import re
from collections.abc import Callable
from functools import cache
from inspect import cleandoc
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from langchain_telnyx.client.call import Body, Reply

T = TypeVar("T")

_ATTRIBUTE = re.compile(r" {4}(\w+): *(.*)")


class Model(BaseModel):
    """A result of the API. Fields the vendor adds later are kept, as attributes too."""

    model_config = ConfigDict(extra="allow", protected_namespaces=(), frozen=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Describe the fields as the section "Attributes" of the class's docstring does."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, text in _attributes(cls.__doc__ or "").items():
            if (field := cls.model_fields.get(name)) is not None and field.description is None:
                field.description = text


def _attributes(docstring: str) -> dict[str, str]:
    """Return the attributes that a docstring of Google's style describes, each in one line."""
    section = cleandoc(docstring).partition("\nAttributes:\n")[2]
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break  # the next section
        if begun := _ATTRIBUTE.match(line):
            name = begun[1]
            found[name] = begun[2]
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def data(kind: type[T]) -> Callable[[Reply], T]:
    """Return a decoder of `{"data": …}`, or of the bare value where the API does not wrap it."""
    hashable: Any = kind  # which mypy does not know of a `type[T]`
    adapter: TypeAdapter[T] = _adapter(hashable)

    def decode(reply: Reply) -> T:
        body = reply.json()
        return adapter.validate_python(unwrapped(body))

    return decode


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Building one takes longer than reading most replies with it.
    return TypeAdapter(kind)


def unwrapped(body: Any, *names: str) -> Any:
    """Return what stands in a body's envelope, `data` or one of `names`, else the body."""
    if isinstance(body, dict):
        for name in ("data", *names):
            if name in body:
                return body[name]
    return body


def json_object(reply: Reply) -> Body:
    """Return a JSON object with the headers it came with.

    Raises:
        TypeError: The body is JSON, but no object.
    """
    body = reply.json()
    if not isinstance(body, dict):
        raise TypeError(f"a JSON object was expected, not {type(body).__name__}")
    return Body(body, reply.headers)


def nothing(reply: Reply) -> None:
    """Return nothing: the status says it all."""
    del reply
