"""Profiles of agent memory: write, recall, summarise, and list memories and sources."""

import json
import re
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Depends
from pydantic import Field

from langchain_telnyx.emulator.areas.memory.namespace_routes import (
    Instructions,
    Paged,
    need_namespace,
)
from langchain_telnyx.emulator.areas.memory.state import Memory, Profile, Source
from langchain_telnyx.emulator.runtime.jobs import Job
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.json_body import JsonValue
from langchain_telnyx.emulator.serving.paging import page_of
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/memory/namespaces/{namespace}/profiles/{profile_id}")

_DEFAULT_TOP_K = 10
_NO_SESSION = re.compile(r"[\s\x00-\x1f\x7f/\\#?%]")


class Fact(RequestBody):
    """The body of `POST .../remember`."""

    text: str = Field(min_length=1)


class Question(RequestBody):
    """The body of `POST .../recall`."""

    nullable = ("top_k",)

    query: str = Field(min_length=1, max_length=4096)
    top_k: int | None = Field(default=None, ge=1, le=100)


def _profile(namespace: str, profile_id: str, account: CurrentAccount) -> Profile:
    return Profile(need_namespace(namespace, account).id, profile_id)


RequestProfile: TypeAlias = Annotated[Profile, Depends(_profile)]


@router.delete("")
def delete_profile(profile: RequestProfile, account: CurrentAccount) -> dict[str, Any]:
    """Delete a profile with its memories."""
    had = account.memory.forget(profile)
    return {"data": {"profile_id": profile.name, "memories_deleted": had}}


@router.post("/remember", status_code=202)
def remember(profile: RequestProfile, body: Fact, account: CurrentAccount) -> dict[str, Any]:
    """Start to store a fact verbatim."""
    _checked(body.text)
    job, source = account.memory.remember(profile, body.text)
    return {"data": _written(job, profile, source)}


@router.post("/ingest", status_code=202)
def ingest(
    profile: RequestProfile,
    content: JsonValue,
    account: CurrentAccount,
    session_id: str | None = None,
) -> dict[str, Any]:
    """Start to store a session."""
    if content is None or content == {}:
        raise ApiError(422, "10027", None, "The body is empty.")
    if session_id is not None and (not session_id or _NO_SESSION.search(session_id)):
        detail = (
            "`session_id` must not contain whitespace, control characters, or any of `/ \\ # ? %`."
        )
        raise ApiError(422, "10027", None, detail)
    _checked(content)
    job, source, session = account.memory.ingest(profile, content, session_id)
    return {"data": {**_written(job, profile, source), "session_id": session}}


@router.post("/recall")
def recall(profile: RequestProfile, body: Question, account: CurrentAccount) -> dict[str, Any]:
    """Return the memories nearest to a query, best first."""
    _checked(body.query)
    found = account.memory.recall(profile, body.query, body.top_k or _DEFAULT_TOP_K)
    return {
        "data": [
            {
                "id": memory.id,
                "text": memory.text,
                "score": score,
                "recorded_at": memory.recorded_at,
            }
            for memory, score in found
        ]
    }


@router.get("/summary")
def get_summary(profile: RequestProfile, account: CurrentAccount) -> dict[str, Any]:
    """Return the summary of a profile."""
    account.memory.show_summary(profile)
    found = account.memory.profiles.summary(profile)
    data = {
        "profile_id": profile.name,
        "text": found.text if found else None,
        "is_stale": account.memory.is_stale(profile),
        "generated_at": found.generated_at if found else None,
    }
    return {"data": data}


@router.post("/summary/preview")
def preview_summary(
    profile: RequestProfile, body: Instructions, account: CurrentAccount
) -> dict[str, Any]:
    """Return the summary of a profile for other instructions."""
    instructions = body.instructions
    _checked(instructions)
    text = account.memory.card(profile, instructions)
    return {"data": {"profile_id": profile.name, "text": text}}


@router.get("/memories")
def list_memories(
    profile: RequestProfile,
    page: Paged,
    account: CurrentAccount,
    source_id: str | None = None,
    session_id: str | None = None,
) -> dict[str, Any]:
    """List the memories of a profile, newest first."""
    if source_id is not None and session_id is not None:
        raise ApiError(422, "10027", None, "Give `source_id` or `session_id`, not both.")
    if session_id is not None:
        sources = account.memory.profiles.sources(profile, session_id)
        source_id = sources[0].id if sources else ""
    total = account.memory.profiles.count(profile, source_id)
    rows = account.memory.profiles.memories(profile, source_id, offset=page.offset, size=page.size)
    return page_of(total, [_memory(row) for row in rows], page)


@router.get("/memories/{memory_id}")
def get_memory(profile: RequestProfile, memory_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a memory."""
    found = account.memory.profiles.memory(profile, memory_id)
    if found is None:
        raise resource_not_found()
    # The emulator only extracts memories; it derives none from others.
    return {"data": {**_memory(found), "derived_from": None}}


@router.get("/sources")
def list_sources(
    profile: RequestProfile, page: Paged, account: CurrentAccount, session_id: str | None = None
) -> dict[str, Any]:
    """List the sources of a profile's memories, without their content."""
    rows = account.memory.profiles.sources(profile, session_id)
    shown = [_source(row) for row in rows[page.offset : page.offset + page.size]]
    return page_of(len(rows), shown, page)


@router.get("/sources/{source_id}")
def get_source(profile: RequestProfile, source_id: str, account: CurrentAccount) -> dict[str, Any]:
    """Return a source with its content, as it was sent."""
    found = account.memory.profiles.source(profile, source_id)
    if found is None:
        raise resource_not_found()
    return {"data": {**_source(found), "content": found.content}}


@router.delete("/sources/{source_id}")
def delete_source(
    profile: RequestProfile, source_id: str, account: CurrentAccount
) -> dict[str, Any]:
    """Delete a source and its memories."""
    had = account.memory.forget_source(profile, source_id)
    if had is None:
        raise resource_not_found()
    data = {"profile_id": profile.name, "source_id": source_id, "memories_deleted": had}
    return {"data": data}


def _checked(content: Any) -> None:
    """Refuse content that can be parsed, but neither stored nor returned."""
    try:
        # With the nesting that the response and the database add.
        json.dumps([[[[content]]]], ensure_ascii=False).encode()
    except RecursionError:
        raise ApiError(400, "10023", None, "The body is nested too deeply.") from None


def _written(job: Job, profile: Profile, source: str) -> dict[str, Any]:
    return {"operation_id": job.id, "profile_id": profile.name, "source_id": source}


def _memory(memory: Memory) -> dict[str, Any]:
    return {
        "id": memory.id,
        "text": memory.text,
        "source_id": memory.source,
        "recorded_at": memory.recorded_at,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "session_id": source.session,
        "memory_count": source.memories,
        "created_at": source.created_at,
        "updated_at": source.updated_at,
    }
