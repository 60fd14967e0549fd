"""Insight groups and their templates."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from langchain_telnyx.emulator.areas.insights.groups import Group
from langchain_telnyx.emulator.areas.insights.routes import InsightPage, template_shown
from langchain_telnyx.emulator.serving.current_account import CurrentAccount
from langchain_telnyx.emulator.serving.envelopes import resource_not_found
from langchain_telnyx.emulator.serving.paging import page_of
from langchain_telnyx.emulator.serving.request_body import RequestBody

router = APIRouter(prefix="/ai/conversations/insight-groups")


class CreateGroup(RequestBody):
    """The body of `POST /ai/conversations/insight-groups`."""

    name: str
    description: str = ""
    webhook: str = ""


class UpdateGroup(RequestBody):
    """The body of `PUT /ai/conversations/insight-groups/{id}`."""

    name: str = ""
    description: str = ""
    webhook: str = ""


@router.get("")
def list_groups(account: CurrentAccount, page: InsightPage) -> dict[str, Any]:
    """List the groups, oldest first."""
    total, found = account.conversations.groups.page(limit=page.size, offset=page.offset)
    return page_of(total, [_shown(group) for group in found], page)


@router.post("")
def create_group(body: CreateGroup, account: CurrentAccount) -> dict[str, Any]:
    """Create a group."""
    return {"data": _shown(account.conversations.groups.create(**body.model_dump()))}


@router.get("/{group_id}")
def get_group(group_id: UUID, account: CurrentAccount) -> dict[str, Any]:
    """Return a group with its templates."""
    return {"data": _found(account.conversations.groups.find(str(group_id)))}


@router.put("/{group_id}")
def update_group(group_id: UUID, body: UpdateGroup, account: CurrentAccount) -> dict[str, Any]:
    """Change fields of a group."""
    changes = body.model_dump(exclude_unset=True)
    return {"data": _found(account.conversations.groups.update(str(group_id), changes))}


@router.delete("/{group_id}")
def delete_group(group_id: UUID, account: CurrentAccount) -> Response:
    """Delete a group, not its templates."""
    if not account.conversations.groups.delete(str(group_id)):
        raise resource_not_found()
    return Response()


@router.post("/{group_id}/insights/{insight_id}/assign")
def assign(group_id: UUID, insight_id: UUID, account: CurrentAccount) -> Response:
    """Add a template to a group."""
    if not account.conversations.groups.assign(str(group_id), str(insight_id)):
        raise resource_not_found()
    return Response()


@router.delete("/{group_id}/insights/{insight_id}/unassign")
def unassign(group_id: UUID, insight_id: UUID, account: CurrentAccount) -> Response:
    """Remove a template from a group."""
    if not account.conversations.groups.unassign(str(group_id), str(insight_id)):
        raise resource_not_found()
    return Response()


def _found(group: Group | None) -> dict[str, Any]:
    if group is None:
        raise resource_not_found()
    return _shown(group)


def _shown(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "webhook": group.webhook,
        "created_at": group.created_at,
        "insights": [template_shown(template) for template in group.insights],
    }
