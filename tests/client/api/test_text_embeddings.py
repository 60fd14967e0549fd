"""The list of embedding models with an invalid row."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import APIResponseError
from tests.client.conftest import AwaitableClient

GTE = {"id": "thenlper/gte-large", "created": 1, "owned_by": "thenlper"}
E5 = {"id": "intfloat/multilingual-e5-large"}


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def listing(request: pytest.FixtureRequest) -> Any:
    """Return a function that lists the models of a given response."""

    async def models(body: Any) -> list[str]:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
        telnyx = Telnyx(
            api_key="KEY0123",
            http_client=httpx.Client(transport=transport),
            http_async_client=httpx.AsyncClient(transport=transport),
        )
        api: Any = AwaitableClient(telnyx.aio if request.param else telnyx, awaited=request.param)
        return [model.id for model in await api.text_embeddings.models()]

    return models


async def test_a_list_of_models_is_read_with_and_without_its_envelope(listing: Any) -> None:
    assert await listing({"object": "list", "data": [GTE, E5]}) == [GTE["id"], E5["id"]]
    assert await listing([GTE, E5]) == [GTE["id"], E5["id"]]
    assert await listing({"data": []}) == []


@pytest.mark.parametrize("row", [None, "text", 7, [], {}, {"id": None}], ids=str)
async def test_an_invalid_row_affects_only_itself(listing: Any, row: Any) -> None:
    assert await listing({"data": [GTE, row, E5]}) == [GTE["id"], E5["id"]]


async def test_an_invalid_time_affects_only_itself(listing: Any) -> None:
    odd = {"id": "m", "created": "yesterday"}
    assert await listing({"data": [GTE, odd, E5]}) == [GTE["id"], "m", E5["id"]]


@pytest.mark.parametrize("body", [{"data": None}, {"error": "none"}], ids=str)
async def test_a_list_without_any_model_is_an_error(listing: Any, body: Any) -> None:
    with pytest.raises(APIResponseError):
        await listing(body)
