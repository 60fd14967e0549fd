"""The client's methods and the emulator's routes, found by introspection.

A method of the client names its operation in its docstring, ``Operation: `id`.``, or its endpoint,
``Endpoint: `GET /ai/…`.``, where the schema has none. A variant, such as the streamed form of a
method, names its parameter: ``Operation: `id` with `stream`.``
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spec
from fastapi.routing import APIRoute

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call, Paging, StreamCall
from langchain_telnyx.client.endpoint import Resource
from langchain_telnyx.emulator.app import routers

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLAIM = re.compile(r"\b(?:Operation|Endpoint): `([^`]+)`( with `[^.]+)?\.")

OWN_SWITCHES = "/emulator/"
"""The path prefix of the emulator's own endpoints, which the service does not have."""

FOR_OTHER_CLIENTS = frozenset({"POST /ai/anthropic/v1/messages"})
"""Endpoints that the emulator serves to clients of other packages; ours has no method for them."""


@dataclass(frozen=True)
class Declaration:
    """A method of the client with its operation.

    Attributes:
        claim: The operation's id, or its endpoint (`GET /ai/…`) where the schema lacks it.
        variant: Whether it is a variant of another method.
        method: Its name below a client, such as `conversations.list`.
        file: The file it is in.
    """

    claim: str
    variant: bool
    method: str
    file: Path


@dataclass(frozen=True)
class Route:
    """A route of the emulator.

    Attributes:
        endpoint: Its method and path, see `spec.endpoint`.
        file: The file it is in.
    """

    endpoint: str
    file: Path


@functools.cache
def declarations() -> tuple[Declaration, ...]:
    """Return every method of the client whose docstring names an operation."""
    calls = Telnyx(api_key="KEY").calls
    return tuple(_of(calls, ""))


@functools.cache
def routes() -> tuple[Route, ...]:
    """Return every route of the emulated API, except S3."""
    return tuple(
        Route(spec.endpoint(method, route.path), _file(route.endpoint.__module__))
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(set(route.methods or ()) - {"HEAD"})
    )


def described(method: str, *positional: Any, **named: Any) -> Call[Any]:
    """Return the call that a method of the client describes, the first of several."""
    target: Any = Telnyx(api_key="KEY").calls
    for name in method.split("."):
        target = getattr(target, name)
    description = target(*positional, **named)
    if isinstance(description, Paging):
        first: Call[Any] = description.call(None)
        return first
    if isinstance(description, StreamCall):
        return description.call
    return description if isinstance(description, Call) else next(iter(description))


def endpoint_of(claim: str) -> str:
    """Return the endpoint of an operation id or of a method and path."""
    known = spec.operations().get(claim)
    return known.endpoint if known else spec.endpoint(*claim.split(" ", 1))


def _of(owner: object, prefix: str) -> Iterator[Declaration]:
    for name, resource in inspect.getmembers(owner, lambda member: isinstance(member, Resource)):
        for attribute, declared in inspect.getmembers(type(resource)):
            text = " ".join((getattr(declared, "__doc__", None) or "").split())
            if attribute.startswith("_") or not hasattr(declared, "describe"):
                continue
            for claim, variant in _CLAIM.findall(text):
                yield Declaration(
                    claim,
                    bool(variant),
                    f"{prefix}{name}.{attribute}",
                    _file(type(resource).__module__),
                )
        yield from _of(resource, f"{prefix}{name}.")


def _file(module: str) -> Path:
    return Path(str(importlib.import_module(module).__file__)).relative_to(spec.ROOT)
