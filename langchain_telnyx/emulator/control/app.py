"""The control plane as an application."""

from functools import cache
from importlib import import_module

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from langchain_telnyx._version import __version__
from langchain_telnyx.emulator.control import PREFIX, errors
from langchain_telnyx.emulator.control.guard import Guard

_PACKAGE = "langchain_telnyx.emulator.control"

ROUTES = ("state", "requests", "commands", "observations", "quirks", "document")
"""The modules whose `router` is served under `/_emulator`."""


@cache
def shared_app() -> ASGIApp:
    """Return the control plane of the account in a request's scope; all accounts share it."""
    return Guard(create_api())


@cache
def create_api() -> FastAPI:
    """Return the routes, without the checks of who may use them."""
    api = FastAPI(
        title="Control plane of the Telnyx emulator",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    errors.install(api)
    for router in routers():
        api.include_router(router, prefix=PREFIX, responses=errors.RESPONSES)
    return api


def routers() -> list[APIRouter]:
    """Return the routers of all modules, in the order in which their paths are matched."""
    return [import_module(f"{_PACKAGE}.{name}").router for name in ROUTES]
