"""The quirks of the account: read and change."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, get_type_hints

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

from langchain_telnyx.emulator.control.errors import InvalidFieldError
from langchain_telnyx.emulator.quirks import Quirks
from langchain_telnyx.emulator.serving.current_account import CurrentAccount

router = APIRouter(tags=["quirks"])

_CONFIG = ConfigDict(
    extra="forbid",
    strict=True,
    json_schema_extra={"examples": [{"reasoning_field": "reasoning"}]},
)
_TYPES = get_type_hints(Quirks)


def _fields(defaults: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields of a model; without defaults each may be absent."""
    sources = Quirks.sources()
    return {
        field.name: (
            _TYPES[field.name],
            Field(
                ... if defaults is None else defaults[field.name],
                description=sources[field.name].evidence,
            ),
        )
        for field in fields(Quirks)
    }


QuirkValues: type[BaseModel] = create_model("QuirkValues", __doc__="All quirks.", **_fields(None))
QuirkChanges: type[BaseModel] = create_model(
    "QuirkChanges",
    __config__=_CONFIG,
    __doc__="The quirks to change.",
    **_fields(asdict(Quirks())),
)


@router.get(
    "/quirks", operation_id="get_quirks", summary="Return the quirks.", response_model=QuirkValues
)
async def get_quirks(account: CurrentAccount) -> Any:
    """Return all quirks."""
    return asdict(account.settings.quirks)


def change_quirks(account: CurrentAccount, body: BaseModel) -> Any:
    """Change the named quirks from now on; what is stored does not change."""
    changes = body.model_dump(exclude_unset=True)
    try:
        account.change_quirks(**changes)
    except ValueError as error:
        raise InvalidFieldError.of(error, changes) from error
    return asdict(account.settings.quirks)


change_quirks.__annotations__["body"] = QuirkChanges
router.add_api_route(
    "/quirks",
    change_quirks,
    methods=["PATCH"],
    operation_id="change_quirks",
    summary="Change quirks.",
    response_model=QuirkValues,
)
