"""The emulator as one ASGI application: the API under `/v2`, S3 and the console at the root."""

from functools import cache
from importlib import import_module

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.s3 import routes as s3
from langchain_telnyx.emulator.console import WithConsole
from langchain_telnyx.emulator.serving import envelopes
from langchain_telnyx.emulator.serving.idempotency import IdempotencyMiddleware
from langchain_telnyx.emulator.serving.middleware import EmulatorMiddleware

_AREAS = "langchain_telnyx.emulator.areas"

ROUTES = (
    "anthropic.routes",
    "assistants.routes",
    "audio.routes",
    "bucket_embeddings.routes",
    "chat.routes",
    "clusters.routes",
    "fine_tuning.routes",
    "conversation_histories.routes",
    # Before `conversations`, whose `{conversation_id}` would also match their names.
    "insights.group_routes",
    "insights.routes",
    "conversations.routes",
    "models.routes",
    "presigned.routes",
    "responses.routes",
    "summaries.routes",
    "bucket_usage.routes",
    "cloudfs.routes",
    "collections.document_routes",
    "collections.routes",
    "integration_secrets.routes",
    "kvs.routes",
    "memory.routes",
    "memory.namespace_routes",
    "messages.routes",
    "migrations.routes",
    "phone_numbers.routes",
    "recording_transcriptions.routes",
    "ssl_certificates.routes",
    "texml_applications.routes",
    "text_embeddings.routes",
    "text_to_speech.routes",
    "web_search.routes",
)
"""The modules in `areas/` whose `router` is served; a new area adds its line here."""


@cache
def shared_api() -> FastAPI:
    """Return the API's routes, which serve the account in a request's scope.

    All accounts of a process share them, as building them takes longer than most tests.
    """
    # No OpenAPI pages and no slash redirects: an unknown path is a 404, as on the real service.
    api = FastAPI(openapi_url=None, redirect_slashes=False)
    envelopes.install(api)
    for router in routers():
        api.include_router(router, prefix="/v2")
    return api


def routers() -> list[APIRouter]:
    """Return the routers of all areas, in the order in which their paths are matched."""
    return [import_module(f"{_AREAS}.{name}").router for name in ROUTES]


def create_app(account: Account) -> ASGIApp:
    """Return the application that serves `account`."""
    api = IdempotencyMiddleware(shared_api(), account)
    return WithConsole(account, EmulatorMiddleware(account, api=api, s3=s3.create(account)))
