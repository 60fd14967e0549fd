"""Error texts for the model contain no addresses and no paths of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx import Telnyx, TelnyxError, TelnyxToolkit
from langchain_telnyx.tools.failures import error_text

if TYPE_CHECKING:
    from langchain_core.messages import ToolMessage

    from tests.support.fixtures import Mode

SECRET = "inner-gateway.example.net"
ARGUMENTS: dict[str, dict[str, Any]] = {
    "list_buckets": {},
    "list_files": {"bucket": "minutes"},
    "search": {"query": "Moons", "buckets": ["minutes"]},
    "summarize_file": {"bucket": "minutes", "filename": "may.txt"},
    "transcribe_file": {"bucket": "minutes", "filename": "call.wav"},
    "bucket_clusters": {"bucket": "minutes"},
    "list_conversations": {},
    "read_conversation": {"conversation_id": "c1"},
    "conversation_insights": {"conversation_id": "c1"},
    "list_insights": {},
    "count_insights": {},
    "create_insight": {"name": "a", "instructions": "b"},
    "create_insight_group": {"name": "a"},
    "assign_insight": {"insight": "a", "group": "b"},
}
PAGE = {"page_number": 1, "total_pages": 9}


def error_response(status: int, text: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"code": "1", "title": "x", "detail": text}]})


RESPONSES: dict[str, Any] = {
    "an error": lambda _: error_response(
        400, f"Upstream https://{SECRET}:8080/v2/x?sig=1 refused POST /v2/ai/secret"
    ),
    "not found": lambda request: error_response(
        404, f"no route http://10.0.0.7:9000{request.url.path}"
    ),
    "a server error": lambda _: error_response(500, f"connect to {SECRET}:8443/v2/ai failed"),
    "an HTML page": lambda _: httpx.Response(200, html=f"<html>https://{SECRET}/login</html>"),
    "invalid JSON": lambda _: httpx.Response(200, content=b"\x00"),
    "a list whose pages repeat": lambda _: httpx.Response(
        200, json={"data": [{"id": "1"}], "meta": PAGE}
    ),
}


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"All attempts to {request.url} failed")


RESPONSES["no connection"] = unreachable


@pytest.mark.parametrize("response", RESPONSES.values(), ids=list(RESPONSES))
def test_errors_of_tools_contain_no_address_and_no_path(mode: Mode, response: Any) -> None:
    transport = httpx.MockTransport(response)
    telnyx = Telnyx(
        api_key="KEY",
        base_url=f"https://{SECRET}/v2",
        storage_url=f"https://{SECRET}",
        max_retries=0,
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )
    toolkit = TelnyxToolkit(include=list(ARGUMENTS), client=telnyx)
    failed = 0
    for tool in toolkit.get_tools():
        arguments = ARGUMENTS[tool.name.removeprefix("telnyx_")]
        call = {"type": "tool_call", "id": "1", "name": tool.name, "args": arguments}
        text: ToolMessage = mode.invoke(tool, call)
        failed += text.status == "error"
        for secret in (SECRET, "://", "/v2", "/ai/", "10.0.0.7", "GET ", "POST /", "sig="):
            assert secret not in text.text, (tool.name, text.text)
    assert failed


@given(
    scheme=st.sampled_from(["http", "https", "s3", "wss", "HTTPS"]),
    host=st.sampled_from(["127.0.0.1:8080", "inner", "a.b.example:1", "[::1]:80", "u:p@h"]),
    path=st.from_regex(r"\A(/[a-z0-9%._~-]{1,5}){0,3}(\?[a-z=&]{1,5})?\Z"),
    before=st.sampled_from(["", "see ", "(", "'", '"', "at="]),
)
def test_addresses_are_removed_from_any_error(
    scheme: str, host: str, path: str, before: str
) -> None:
    text = error_text(TelnyxError(f"It failed {before}{scheme}://{host}{path} twice"), not_found="")
    assert text.startswith("It failed ")
    assert text.endswith(" twice")
    assert host not in text
    assert "://" not in text


def test_other_text_stays_unchanged() -> None:
    text = "The file a/b.txt of 3:4 has 1,000 bytes: pass `name`, or 12:30, or example.com."
    assert error_text(TelnyxError(text), not_found="") == text
