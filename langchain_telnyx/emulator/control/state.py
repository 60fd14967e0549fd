"""The state of the account: health, reset, clock, and the pace of jobs."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from langchain_telnyx._version import __version__
from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.control.bodies import Moment
from langchain_telnyx.emulator.control.errors import InvalidFieldError
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.reset_areas import AREAS
from langchain_telnyx.emulator.runtime.clock import FakeClock, stamp
from langchain_telnyx.emulator.runtime.pace import Pace
from langchain_telnyx.emulator.serving.current_account import CurrentAccount

router = APIRouter(tags=["state"])


class Health(BaseModel):
    """The emulator is running."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="the version of langchain-telnyx", examples=[__version__])
    areas: list[str] = Field(description="the areas of the API that it has")
    port: int | None = Field(description="null without a socket")
    data: Literal["memory", "disk"] = Field(description="where its data is stored")
    upstream: bool = Field(description="whether another server answers chat requests")
    uptime_seconds: float
    quirks: dict[str, Any] = Field(description="the quirks that differ from their defaults")
    requests: int = Field(description="how many requests are recorded")
    unused: int = Field(description="how many scripted answers and faults were not used")


class Reset(BaseModel):
    """What to reset."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"areas": ["script", "requests"]}]}
    )

    areas: list[Annotated[str, Field(json_schema_extra={"enum": list(AREAS)})]] | None = Field(
        None, min_length=1, description="names of areas; default: all"
    )


class ResetDone(BaseModel):
    """What was reset."""

    reset: list[str] = Field(description="the areas")


class Clock(BaseModel):
    """The account's time."""

    now: str = Field(examples=["2026-01-01T00:00:00.000Z"])
    kind: Literal["real", "fake"] = Field(
        description="`real` runs with the machine's clock; `fake` moves 1 ms with each use"
    )


class ClockChange(BaseModel):
    """A change of the time: exactly one of the fields."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"advance": 3600}]})

    advance: float | None = Field(
        None, strict=True, allow_inf_nan=False, description="seconds to advance"
    )
    set: Moment | None = Field(None, description="the new time, with a time zone")


class JobPace(BaseModel):
    """When a background job leaves each of its states; zero for both: as soon as possible."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"polls": 1}]}
    )

    polls: int = Field(0, ge=0, description="how often the API must have returned the state")
    seconds: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="how long the state must have lasted"
    )


@router.get("/health", operation_id="health", summary="Return the state of the emulator.")
async def health(account: CurrentAccount, request: Request) -> Health:
    """Return the state of the emulator."""
    from langchain_telnyx.emulator.app import ROUTES  # noqa: PLC0415 - it imports this package

    server = request.scope.get("server")
    has_socket = not request.scope.get("state", {}).get("in_process")
    return Health(
        version=__version__,
        areas=sorted({"s3", *(name.partition(".")[0] for name in ROUTES)}),
        port=server[1] if server and has_socket else None,
        data="memory" if account.settings.data is None else "disk",
        upstream=account.settings.upstream is not None,
        uptime_seconds=round(account.uptime, 3),
        quirks=changed_quirks(account.settings.quirks),
        requests=len(account.requests),
        unused=len(account.script.unused()),
    )


@router.post("/reset", operation_id="reset", summary="Delete all state, or that of some areas.")
def reset(account: CurrentAccount, body: Reset | None = None) -> ResetDone:
    """Delete state; without a body all of it, as at the start."""
    try:
        done = account.reset(*(body.areas or ()) if body else ())
    except ValueError as error:
        raise InvalidFieldError(str(error), ["body", "areas"]) from error
    return ResetDone(reset=done)


@router.get("/clock", operation_id="get_clock", summary="Return the account's time.")
async def get_clock(account: CurrentAccount) -> Clock:
    """Return the time, without an effect on it."""
    return _clock(account)


@router.post("/clock", operation_id="change_clock", summary="Advance or set the account's time.")
async def change_clock(account: CurrentAccount, body: ClockChange) -> Clock:
    """Change the time."""
    if (body.advance is None) == (body.set is None):
        raise InvalidFieldError("One of `advance` and `set` is needed.", ["body"])
    try:
        if body.advance is not None:
            account.clock.advance(body.advance)
        elif body.set is not None:
            account.clock.set(body.set)
    except (ValueError, OverflowError) as error:
        name = "set" if body.advance is None else "advance"
        raise InvalidFieldError(str(error), ["body", name]) from error
    return _clock(account)


@router.get("/pace", operation_id="get_pace", summary="Return the pace of background jobs.")
async def get_pace(account: CurrentAccount) -> JobPace:
    """Return the pace of jobs."""
    pace = account.jobs.pace
    return JobPace(polls=pace.polls, seconds=pace.seconds)


@router.post("/pace", operation_id="change_pace", summary="Set the pace of background jobs.")
def change_pace(account: CurrentAccount, body: JobPace) -> JobPace:
    """Set the pace of jobs, so that polls observe each of their states."""
    account.jobs.pace = Pace(polls=body.polls, seconds=body.seconds)
    return body


def _clock(account: Account) -> Clock:
    kind: Literal["real", "fake"] = "fake" if isinstance(account.clock, FakeClock) else "real"
    return Clock(now=stamp(account.clock.read()), kind=kind)


def changed_quirks(quirks: Quirks) -> dict[str, Any]:
    """Return the quirks that differ from their defaults."""
    defaults = asdict(Quirks())
    return {name: value for name, value in asdict(quirks).items() if value != defaults[name]}
