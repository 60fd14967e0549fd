"""Descriptors that turn one description of an endpoint into a sync and an async method.

A resource's method describes a request and sends nothing. `@endpoint`, `@streaming` and `@paged`
pass the description to the resource's runner, `SyncRunner` or `AsyncRunner`, with its types, so
that a misspelt argument is an error for both.
"""

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import replace
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from langchain_telnyx.client.call import Call, Flow, Paging, Steps, StreamCall
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.http.async_runner import AsyncRunner
from langchain_telnyx.client.http.streams import AsyncStream, Stream
from langchain_telnyx.client.http.sync_runner import SyncRunner
from langchain_telnyx.client.storage_state import StorageState


class DeferredCalls:
    """The runner that sends nothing: methods return their descriptions, to be used in flows.

    Args:
        config: How to reach the API.
        state: The state of the storage, shared by the runners of a client.
    """

    def __init__(self, config: Config, state: StorageState | None = None) -> None:
        self.config = config
        self.state = state or StorageState()

    def run(self, steps: Any) -> Any:
        """Return a call or flow unchanged."""
        return steps

    stream = run

    def pages(self, paging: Paging[Any]) -> Paging[Any]:
        """Return a listing unchanged, with the client's deadline for all its pages."""
        return replace(paging, deadline=self.config.deadline)


M = TypeVar("M", SyncRunner, AsyncRunner, DeferredCalls)
P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")


class Resource(Generic[M]):
    """One area of the API.

    Args:
        runner: Runs its requests.
    """

    def __init__(self, runner: M) -> None:
        self._runner: M = runner

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._runner.config.base_url}>"


def config_of(area: Resource[M]) -> Config:
    """Return the configuration of the client that an area belongs to."""
    return area._runner.config  # noqa: SLF001 - this module's own class


class _Endpoint(Generic[P, D]):
    """A method that describes a request; subclasses name the runner's method that runs it."""

    _runner_method = ""

    def __init__(self, describe: Callable[Concatenate[Any, P], D]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__
        method = self._runner_method

        @functools.wraps(describe)
        def call(resource: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
            runner = resource._runner  # noqa: SLF001 - the descriptor is part of Resource
            return getattr(runner, method)(describe(resource, *args, **kwargs))

        self._call = call

    def _bound(self, resource: Any) -> Any:
        # A method, not a closure stored on the resource: that would be a reference cycle, and the
        # connections would stay open until the next garbage collection.
        return MethodType(self._call, resource)


class endpoint(_Endpoint[P, Call[T] | Flow[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `Call`, or a `Flow` of several."""

    _runner_method = "run"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[SyncRunner], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, resource: Resource[AsyncRunner], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, resource: Resource[DeferredCalls], owner: type) -> Callable[P, Steps[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)


class streaming(_Endpoint[P, StreamCall[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `StreamCall`."""

    _runner_method = "stream"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: Resource[SyncRunner], owner: type) -> Callable[P, Stream[T]]: ...
    @overload
    def __get__(
        self, resource: Resource[AsyncRunner], owner: type
    ) -> Callable[P, Coroutine[Any, Any, AsyncStream[T]]]: ...
    @overload
    def __get__(
        self, resource: Resource[DeferredCalls], owner: type
    ) -> Callable[P, StreamCall[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)


class paged(_Endpoint[P, Paging[T]], Generic[P, T]):  # noqa: N801 - used as a decorator
    """A method that returns a `Paging`: an iterator over every item of every page."""

    _runner_method = "pages"

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(
        self, resource: Resource[SyncRunner], owner: type
    ) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(
        self, resource: Resource[AsyncRunner], owner: type
    ) -> Callable[P, AsyncGenerator[T, None]]: ...
    @overload
    def __get__(self, resource: Resource[DeferredCalls], owner: type) -> Callable[P, Paging[T]]: ...
    def __get__(self, resource: Any, owner: type) -> Any:
        return self if resource is None else self._bound(resource)
