"""The emulator as one ASGI application: the API under `/v2`, S3 at the root."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from langchain_telnyx.emulator.backend import Backend
from langchain_telnyx.emulator.routes import (
    bucket_embeddings,
    chat,
    models,
    presigned,
    s3,
    text_embeddings,
)
from langchain_telnyx.emulator.serving import envelopes
from langchain_telnyx.emulator.serving.front import FrontDoor
from langchain_telnyx.emulator.serving.idempotency import Idempotency

AREAS = (bucket_embeddings, chat, models, presigned, text_embeddings)
"""The areas of the API; a new file in `routes/` is added here."""


def create_app(backend: Backend) -> ASGIApp:
    """Return the application that serves `backend`."""
    # No OpenAPI pages and no slash redirects: an unknown path is a 404, as on the real service.
    api = FastAPI(openapi_url=None, redirect_slashes=False)
    api.state.backend = backend
    envelopes.install(api)
    for area in AREAS:
        api.include_router(area.router, prefix="/v2")
    once = Idempotency(api, backend)
    return FrontDoor(backend, api=once, s3=s3.create(backend))
