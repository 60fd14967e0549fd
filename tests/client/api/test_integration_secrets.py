"""Integration secrets, sync and async: their values are in no repr, log or error."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, UnprocessableEntityError
from langchain_telnyx.emulator.server import TelnyxEmulator

VALUE = 'sk-"of"-another-service'
TOKEN = "sk-of-another-service"


async def test_a_secret_is_created_listed_and_deleted(api: Any) -> None:
    token = await api.integration_secrets.create("my-llm", token=SecretStr(VALUE))
    basic = await api.integration_secrets.create("my-tool", username="ada", password=VALUE)
    assert (token.identifier, token.record_type) == ("my-llm", "integration_secret")
    assert await api.integration_secrets.list(page_size=1) == [token, basic]
    assert await api.integration_secrets.list(type="basic") == [basic]
    await api.integration_secrets.delete(token.id)
    assert await api.integration_secrets.list() == [basic]
    with pytest.raises(NotFoundError):
        await api.integration_secrets.delete(token.id)


async def test_an_identifier_is_unique(api: Any) -> None:
    await api.integration_secrets.create("my-llm", token=VALUE)
    with pytest.raises(UnprocessableEntityError, match="already exists"):
        await api.integration_secrets.create("my-llm", token=VALUE)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"username": "ada"},
        {"password": VALUE},
        {"token": VALUE, "username": "ada"},
        {"token": VALUE, "username": "ada", "password": VALUE},
    ],
)
async def test_a_secret_is_a_token_or_a_username_with_a_password(
    api: Any, emulator: TelnyxEmulator, values: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="either `token`, or `username` and `password`") as caught:
        await api.integration_secrets.create("my-llm", **values)
    assert VALUE not in str(caught.value)
    assert not emulator.requests


@pytest.mark.parametrize("status", [200, 422, 500])
async def test_a_quoted_value_is_redacted(
    as_async: Callable[[Telnyx], Any],
    serve: Callable[..., str],
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    url = serve(lambda *request: (status, {"content-type": "text/plain"}, b"no: " + request[3]))
    api = as_async(Telnyx(api_key="KEY-of-tests", base_url=url, max_retries=0))
    with pytest.raises(Exception, match=r"\*\*\*") as caught:
        await api.integration_secrets.create("my-llm", token=TOKEN)
    shown = f"{caught.value!r}{vars(caught.value)}{caplog.text}"
    shown += "".join(traceback.format_exception(caught.value))
    body = getattr(caught.value, "response", None)
    assert "of-another" not in f"{shown}{body and body.content}"


def test_a_deferred_call_shows_no_value(emulator: TelnyxEmulator) -> None:
    steps = Telnyx(**emulator.options()).calls.integration_secrets.create("my-llm", token=VALUE)
    [call] = [next(iter(steps))]
    assert "another" not in f"{steps!r}{call!r}{call}"
    assert call.json["token"] == VALUE
