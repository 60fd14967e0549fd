"""The rate limits of quirks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx.emulator import Quirks

if TYPE_CHECKING:
    import httpx

    from tests.emulator.conftest import Api


def storage(api: Api, path: str, method: str = "HEAD") -> httpx.Response:
    signed = (
        f"AWS4-HMAC-SHA256 Credential={api.emulator.api_key}/20260101/us-central-1/s3/"
        "aws4_request, SignedHeaders=host, Signature=0"
    )
    return api.emulator.http_client.request(
        method, f"{api.emulator.storage_url}{path}", headers={"authorization": signed}
    )


def with_quirks(*quirks: Quirks) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("emulator", quirks, indirect=True)


def test_rates_are_unlimited_by_default(api: Api) -> None:
    api.put("bucket", "a", "x")
    assert {storage(api, "/bucket").status_code for _ in range(300)} == {200}


@with_quirks(Quirks(bucket_rate=2))
def test_a_bucket_has_a_rate_limit(api: Api) -> None:
    for name in ("one", "two"):
        api.emulator.account.objects.create_bucket(name)
    statuses = [storage(api, "/one/a", "GET").status_code for _ in range(3)]
    assert statuses == [404, 404, 503]
    refused = storage(api, "/one", "GET")
    assert refused.headers["content-type"] == "application/xml"
    assert "<Code>SlowDown</Code>" in refused.text
    assert "<Message>Please reduce your request rate.</Message>" in refused.text
    assert storage(api, "/two").status_code == 200
    assert storage(api, "/", "GET").status_code == 200
    assert api.send("GET", "/ai/embeddings").status_code == 200
    api.eventually(lambda: storage(api, "/one").status_code == 200)
    api.emulator.reset()
    assert storage(api, "/one").status_code == 404


@with_quirks(Quirks(account_rate=1))
def test_an_account_has_a_rate_limit(api: Api) -> None:
    api.emulator.account.objects.create_bucket("one")
    assert storage(api, "/one").status_code == 200
    for send in (api.send, api.asend):
        refused = send("GET", "/ai/embeddings")
        assert (refused.status_code, refused.json()) == (
            429,
            {
                "errors": [
                    {
                        "code": "10011",
                        "title": "Too many requests",
                        "detail": "You have exceeded the maximum number of allowed requests.",
                    }
                ]
            },
        )
    assert storage(api, "/one").status_code == 503
    # A request without the key does not count for the account.
    url = f"{api.emulator.base_url}/ai/embeddings"
    assert api.emulator.http_client.get(url).status_code == 401


@with_quirks(Quirks(bucket_rate=50))
def test_the_rate_holds_over_time(api: Api) -> None:
    api.emulator.account.objects.create_bucket("one")
    began = time.monotonic()
    served = 0
    while time.monotonic() - began < 1.5:
        served += storage(api, "/one").status_code == 200
    lasted = time.monotonic() - began
    assert 50 <= served <= 50 + 50 * lasted
