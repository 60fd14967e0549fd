"""The emulator as one ASGI application: the API under `/v2`, S3 at the root."""

from functools import cache

from fastapi import FastAPI
from starlette.types import ASGIApp

from langchain_telnyx.emulator.backend import Backend
from langchain_telnyx.emulator.routes import (
    audio,
    bucket_embeddings,
    bucket_usage,
    chat,
    cloudfs,
    clusters,
    collection_documents,
    collections,
    conversation_histories,
    conversations,
    fine_tuning,
    insight_groups,
    insights,
    kvs,
    memory,
    memory_namespaces,
    migrations,
    models,
    presigned,
    responses,
    s3,
    ssl_certificates,
    summaries,
    text_embeddings,
)
from langchain_telnyx.emulator.serving import envelopes
from langchain_telnyx.emulator.serving.front import FrontDoor
from langchain_telnyx.emulator.serving.idempotency import Idempotency

AREAS = (
    audio,
    bucket_embeddings,
    chat,
    clusters,
    fine_tuning,
    conversation_histories,
    # Above `conversations`, whose `{conversation_id}` would match their names, too.
    insight_groups,
    insights,
    conversations,
    models,
    presigned,
    responses,
    summaries,
    bucket_usage,
    cloudfs,
    collection_documents,
    collections,
    kvs,
    memory,
    memory_namespaces,
    migrations,
    ssl_certificates,
    text_embeddings,
)
"""The areas of the API; a new file in `routes/` is added here."""


@cache
def the_api() -> FastAPI:
    """Return the API's routes, which serve whichever account a request's scope names.

    All accounts of a process share them: building them takes longer than most tests of a user's.
    """
    # No OpenAPI pages and no slash redirects: an unknown path is a 404, as on the real service.
    api = FastAPI(openapi_url=None, redirect_slashes=False)
    envelopes.install(api)
    for area in AREAS:
        api.include_router(area.router, prefix="/v2")
    return api


def create_app(backend: Backend) -> ASGIApp:
    """Return the application that serves `backend`."""
    return FrontDoor(backend, api=Idempotency(the_api(), backend), s3=s3.create(backend))
