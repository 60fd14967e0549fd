"""From a reply to a value: the few shapes in which the API answers."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from langchain_telnyx.client.call import Body, Reply

T = TypeVar("T")


class Model(BaseModel):
    """A result of the API. Fields the vendor adds later are kept, as attributes too."""

    model_config = ConfigDict(extra="allow", protected_namespaces=(), frozen=True)


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
    return Body(body, reply.headers, reply.redactor)


def nothing(reply: Reply) -> None:
    """Return nothing: the status says it all."""
    del reply
