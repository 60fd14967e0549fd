"""Insight templates, and the aggregates of their results."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from langchain_telnyx.emulator.account import Account
from langchain_telnyx.emulator.areas.conversations import postgrest
from langchain_telnyx.emulator.areas.conversations.postgrest import FilterError
from langchain_telnyx.emulator.areas.conversations.routes import invalid_filter
from langchain_telnyx.emulator.areas.insights import aggregates
from langchain_telnyx.emulator.areas.insights.templates import Template
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import ApiError, resource_not_found
from langchain_telnyx.emulator.serving.paging import PageParameters, page_of, paged
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/conversations")

InsightPage = Annotated[PageParameters, Depends(paged(first=1, size=20, smallest=0, largest=99))]
"""The page of templates or groups in a request."""

_FIELDS = ("group_by", "show")


class CreateInsight(RequestBody):
    """The body of `POST /ai/conversations/insights`."""

    name: str
    instructions: str
    json_schema: str | dict[str, Any] = ""
    webhook: str = ""


class UpdateInsight(RequestBody):
    """The body of `PUT /ai/conversations/insights/{id}`."""

    name: str = ""
    instructions: str = ""
    json_schema: str | dict[str, Any] = ""
    webhook: str = ""


@router.get("/insights")
def list_insights(account: CurrentAccount, page: InsightPage) -> dict[str, Any]:
    """List the templates, the vendor's first."""
    total, found = account.conversations.templates.page(limit=page.size, offset=page.offset)
    return page_of(total, [template_shown(template) for template in found], page)


@router.post("/insights")
def create_insight(body: CreateInsight, account: CurrentAccount) -> dict[str, Any]:
    """Create a template."""
    try:
        created = account.conversations.templates.create(**body.model_dump(exclude_unset=True))
    except Refusal as refusal:
        raise _refused(refusal) from refusal
    return {"data": template_shown(created)}


@router.get("/insights/{insight_id}")
def get_insight(insight_id: UUID, account: CurrentAccount) -> dict[str, Any]:
    """Return a template."""
    return {"data": template_shown(_need(insight_id, account))}


@router.put("/insights/{insight_id}")
def update_insight(
    insight_id: UUID, body: UpdateInsight, account: CurrentAccount
) -> dict[str, Any]:
    """Change fields of a template."""
    _own(insight_id, account)
    changes = body.model_dump(exclude_unset=True)
    try:
        changed = account.conversations.templates.update(str(insight_id), changes)
    except Refusal as refusal:
        raise _refused(refusal) from refusal
    if changed is None:
        raise resource_not_found()
    return {"data": template_shown(changed)}


@router.delete("/insights/{insight_id}")
def delete_insight(insight_id: UUID, account: CurrentAccount) -> Response:
    """Delete a template, not its results."""
    _own(insight_id, account)
    if not account.conversations.templates.delete(str(insight_id)):
        raise resource_not_found()
    return Response()


@router.get("/conversation-insights/aggregates")
def aggregate(
    request: Request,
    account: CurrentAccount,
    group_by: Annotated[list[str] | None, Query()] = None,
    show: Annotated[list[str] | None, Query()] = None,
    insight_id: UUID | None = None,
) -> dict[str, Any]:
    """Count results by their values; fields may repeat, and may be separated by commas."""
    fields = [
        field.strip() for text in [*(group_by or []), *(show or [])] for field in text.split(",")
    ]
    filters = [
        (_dotted(name), value)
        for name, value in request.query_params.multi_items()
        if name not in {*_FIELDS, "insight_id"}
    ]
    if insight_id is not None:
        filters.append(("insight_id", f"eq.{insight_id}"))
    try:
        rows = aggregates.count(
            account.store,
            list(dict.fromkeys(field for field in fields if field)),
            postgrest.conditions(filters),
        )
    except FilterError as error:
        raise invalid_filter(error) from error
    return {"data": rows}


def template_shown(template: Template) -> dict[str, Any]:
    """Return a template as the API shows it."""
    shown = {
        "id": template.id,
        "name": template.name,
        "instructions": template.instructions,
        "webhook": template.webhook,
        "insight_type": template.insight_type,
        "created_at": template.created_at,
    }
    # Left out when empty: it is not nullable in the schema.
    schema = template.json_schema
    return shown if schema is None else {**shown, "json_schema": schema}


def _dotted(name: str) -> str:
    """Return `metadata.x` for `metadata[x]`: the schema's form for that of the official SDK."""
    if name.startswith("metadata[") and name.endswith("]"):
        return f"metadata.{name[len('metadata[') : -1]}"
    return name


def _need(insight_id: UUID, account: Account) -> Template:
    found = account.conversations.templates.find(str(insight_id))
    if found is None:
        raise resource_not_found()
    return found


def _own(insight_id: UUID, account: Account) -> None:
    if _need(insight_id, account).managed:
        raise ApiError(403, "10010", None, "Telnyx manages this insight: it cannot be changed.")


def _refused(refusal: Refusal) -> ApiError:
    return ApiError(refusal.status, refusal.code, None, refusal.detail)
