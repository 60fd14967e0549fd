"""LangChain tools as the webhook tools of an assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.tools import ToolException, tool
from pydantic import BaseModel

from langchain_telnyx.serve import Hooks, Limits, TextMessages, create_app
from tests.serve.support import TOKEN
from tests.serve.webhooks.support import Echo

if TYPE_CHECKING:
    from starlette.applications import Starlette


class Order(BaseModel):
    """An order."""

    id: int
    status: str


@tool
def find_order(id: int, verbose: bool = False) -> Order:  # noqa: A002, ARG001, FBT001, FBT002 - arguments of a model
    """Find an order."""
    if id == 0:
        raise ToolException("There is no order 0.")
    if id < 0:
        raise ValueError("password=secret")
    return Order(id=id, status="sent")


async def opening_hours(day: str) -> str:
    """Return the opening hours of a day."""
    return f"{day}: 9 to 5"


def app_with(tools: Any = (find_order, opening_hours), **options: Any) -> Starlette:
    texts = TextMessages(state=":memory:")
    return create_app(
        Echo().agent(), token=TOKEN, texts=texts, hooks=Hooks(), webhook_tools=tools, **options
    )


async def post(app: Starlette, path: str, content: bytes, token: str = TOKEN) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent.example") as client:
        headers = {"Authorization": f"Bearer {token}"}
        return await client.post(path, content=content, headers=headers)


async def test_a_tool_returns_json_or_text() -> None:
    response = await post(app_with(), "/tools/find_order", b'{"id": 7}')
    assert (response.status_code, response.json()) == (200, {"id": 7, "status": "sent"})
    response = await post(app_with(), "/tools/opening_hours", b'{"day": "Monday"}')
    assert (response.status_code, response.text) == (200, "Monday: 9 to 5")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"{}", "Invalid arguments: id: Field required"),
        (b"", "Invalid arguments: id: Field required"),
        (
            b'{"id": "seven"}',
            (
                "Invalid arguments: id: Input should be a valid integer, "
                "unable to parse string as an integer"
            ),
        ),
        (b'{"id": 0}', "There is no order 0."),
    ],
)
async def test_the_model_reads_what_it_can_correct(content: bytes, error: str) -> None:
    response = await post(app_with(), "/tools/find_order", content)
    assert (response.status_code, response.json()) == (200, {"error": error})


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/tools/find_order", b"{", 400),
        ("/tools/find_order", b"[]", 400),
        ("/tools/delete_order", b"{}", 404),
        ("/tools/find_order", b'{"id": ' + b"1" * 2000 + b"}", 413),
    ],
)
async def test_other_requests_are_refused(path: str, content: bytes, status: int) -> None:
    response = await post(app_with(limits=Limits(body_bytes=1000)), path, content)
    assert response.status_code == status
    assert response.json()["error"]


async def test_a_failure_is_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    response = await post(app_with(), "/tools/find_order", b'{"id": -1}')
    assert (response.status_code, response.json()) == (500, {"error": "The tool failed."})
    assert "password=secret" in caplog.text


async def test_the_tools_need_the_token() -> None:
    response = await post(app_with(), "/tools/find_order", b'{"id": 7}', token="wrong")
    assert response.status_code == 401


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="find_order"):
        app_with([find_order, find_order])
