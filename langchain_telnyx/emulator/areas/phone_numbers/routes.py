"""Phone numbers: listed by their digits, and connected."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.phone_numbers.state import Number
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/phone_numbers")

_Page = Annotated[PageParameters, Depends(paged())]


class NumberChanges(RequestBody):
    """The body of `PATCH /phone_numbers/{phone_number_id}`."""

    connection_id: str | None = None


@router.get("")
def list_numbers(
    account: CurrentAccount,
    page: _Page,
    digits: Annotated[str, Query(alias="filter[phone_number]")] = "",
) -> dict[str, Any]:
    """List the numbers that contain the digits, newest first."""
    number = digits.removeprefix("+")
    found = account.phone_numbers.containing(number)
    if digits and not (number.isdigit() and len(number) > 2):  # noqa: PLR2004 - documented
        found = []
    part = found[page.offset : page.offset + page.size]
    return page_of(len(found), [_shown(each, account) for each in part], page)


@router.get("/{id}")
def get_number(id: str, account: CurrentAccount) -> dict[str, Any]:  # noqa: A002 - the API's name
    """Return a number."""
    found = account.phone_numbers.get(id)
    if found is None:
        raise resource_not_found()
    return {"data": _shown(found, account)}


@router.patch("/{phone_number_id}")
def update_number(
    phone_number_id: str, body: NumberChanges, account: CurrentAccount
) -> dict[str, Any]:
    """Change the connection of a number."""
    if body.connection_id is not None:
        account.phone_numbers.connect(phone_number_id, body.connection_id)
    return get_number(phone_number_id, account)


def _shown(number: Number, account: Account) -> dict[str, Any]:
    application = account.texml_applications.get(number.connection_id)
    return {
        "record_type": "phone_number",
        "status": "active",
        "country_iso_alpha2": "US",
        "phone_number_type": "local",
        "deletion_lock_enabled": False,
        "purchased_at": number.created_at,
        "tags": [],
        **vars(number),
        "connection_name": application.friendly_name if application else "",
    }
