"""TeXML applications: listed, created, changed and deleted."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from langchain_telnyx.emulator.areas.texml_applications.state import Application
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/texml_applications")

_Page = Annotated[PageParameters, Depends(paged())]
_Method = Literal["get", "post"]
_Text = Annotated[str, Field(min_length=1)]


class ApplicationBody(RequestBody):
    """The body of a creation or a change."""

    friendly_name: _Text
    voice_url: _Text
    voice_method: _Method | None = None


@router.get("")
def list_applications(account: CurrentAccount, page: _Page) -> dict[str, Any]:
    """List the applications, oldest first."""
    total, found = account.texml_applications.page(page.size, page.offset)
    return page_of(total, [_shown(each) for each in found], page)


@router.post("", status_code=201)
def create_application(body: ApplicationBody, account: CurrentAccount) -> dict[str, Any]:
    """Create an application."""
    made = account.texml_applications.create(
        body.friendly_name, body.voice_url, body.voice_method or "post"
    )
    return {"data": _shown(made)}


@router.get("/{id}")
def get_application(id: str, account: CurrentAccount) -> dict[str, Any]:  # noqa: A002 - the API's name
    """Return an application."""
    return _found(account.texml_applications.get(id))


@router.patch("/{id}")
def update_application(id: str, body: ApplicationBody, account: CurrentAccount) -> dict[str, Any]:  # noqa: A002 - the API's name
    """Change an application."""
    return _found(account.texml_applications.update(id, **body.model_dump(exclude_none=True)))


@router.delete("/{id}")
def delete_application(id: str, account: CurrentAccount) -> dict[str, Any]:  # noqa: A002 - the API's name
    """Delete an application."""
    return _found(account.texml_applications.delete(id))


def _found(application: Application | None) -> dict[str, Any]:
    if application is None:
        raise resource_not_found()
    return {"data": _shown(application)}


def _shown(application: Application) -> dict[str, Any]:
    return {"record_type": "texml_application", "active": True, **vars(application)}
