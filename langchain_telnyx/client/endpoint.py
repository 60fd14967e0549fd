"""Declared once, served twice: descriptors that give an endpoint its blocking and awaited face.

A resource's method describes a request and sends nothing. `@endpoint`, `@streaming` and `@paged`
hand the description to the resource's face, `Sync` or `Async`, and give it that face's type, so
that a misspelt argument is an error on both.
"""

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from langchain_telnyx.client.call import Call, Flow, Paging, StreamCall
from langchain_telnyx.client.http.faces import Async, Sync
from langchain_telnyx.client.http.streams import AsyncStream, Stream

M = TypeVar("M", Sync, Async)
P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")


class Resource(Generic[M]):
    """One area of the API.

    Args:
        face: What runs its requests.
    """

    def __init__(self, face: M) -> None:
        self._face: M = face

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._face.config.base_url}>"


class _Declared(Generic[P, D]):
    """A method that describes; subclasses say how the face runs the description."""

    _runner = ""

    def __init__(self, declare: Callable[Concatenate[Any, P], D]) -> None:
        self.declare = declare
        self.__doc__ = declare.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def _bound(self, resource: Any) -> Any:
        declare = self.declare
        face = resource._face  # noqa: SLF001 - the descriptor is part of Resource
        run = getattr(face, self._runner)

        @functools.wraps(declare)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return run(declare(resource, *args, **kwargs))

        # A non-data descriptor steps back behind the instance's own attribute: bound once.
        resource.__dict__[self._name] = call
        return call


class endpoint(_Declared[P, Call[T] | Flow[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `Call`, or a `Flow` of several."""

    _runner = "run"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[Sync], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)


class streaming(_Declared[P, StreamCall[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `StreamCall`."""

    _runner = "stream"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[Sync], owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: type
    ) -> Callable[P, Coroutine[Any, Any, AsyncStream[T]]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)


class paged(_Declared[P, Paging[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `Paging`: an iterator over every item of every page."""

    _runner = "pages"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(
        self, resource: Resource[Sync], owner: type
    ) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(
        self, resource: Resource[Async], owner: type
    ) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)
