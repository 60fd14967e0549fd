"""The key stays hidden, whatever a server quotes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from langchain_telnyx.client import Call, Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import APIResponseError, AuthenticationError

KEY = "KEY0123_secret"
Faces = Callable[[Telnyx], Any]
Serve = Callable[[Callable[..., tuple[int, dict[str, str], bytes]]], str]


def telnyx(base_url: str, **options: Any) -> Telnyx:
    return Telnyx(**{"api_key": KEY, "base_url": base_url, "timeout": 5, **options})


def everything(error: BaseException) -> str:
    """All that logs, tracebacks and a curious user would see of an error."""
    told = f"{error} {error!r} {vars(error)!r}"
    for below in (error.__cause__, None if error.__suppress_context__ else error.__context__):
        told += "" if below is None else everything(below)
    return told


def echo(
    _: str, path: str, headers: dict[str, str], *__: object
) -> tuple[int, dict[str, str], bytes]:
    """Answer with the key that came, as debugging servers do: 401 when so asked."""
    status = 401 if "/refused" in path else 200
    key = headers["authorization"]
    said = {"x-echo": key, "content-type": "application/json"}
    return status, said, json.dumps({"errors": [{"detail": key}]}).encode()


async def test_a_refusal_that_quotes_the_key_does_not_show_it(face: Faces, serve: Serve) -> None:
    api = face(telnyx(serve(echo)))
    with pytest.raises(AuthenticationError) as caught:
        await api.send(Call("GET", "/refused", Reply.json))
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)


async def test_an_odd_answer_that_quotes_the_key_does_not_show_it(
    face: Faces, serve: Serve
) -> None:
    api = face(telnyx(serve(echo)))
    with pytest.raises(APIResponseError) as caught:
        await api.models.list()
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)
    with pytest.raises(APIResponseError) as caught:
        await api.chat.stream([])
    assert "Bearer ***" in str(caught.value)
    assert KEY not in everything(caught.value)
