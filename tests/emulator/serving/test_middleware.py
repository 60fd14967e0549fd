"""Authentication, error responses, the request log, and scripted faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.emulator.conftest import Api

NO_KEY = {
    "errors": [
        {
            "code": "10009",
            "title": "Authentication failed",
            "detail": "Could not find any usable credentials in the request.",
        }
    ]
}


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"x-api-key": "k"}])
def test_without_the_key_the_response_is_the_observed_401(
    emulator: TelnyxEmulator, headers: dict[str, str]
) -> None:
    answer = emulator.http_client.get(f"{emulator.base_url}/ai/embeddings", headers=headers)
    assert (answer.status_code, answer.json()) == (401, NO_KEY)
    assert answer.headers["www-authenticate"] == (
        'Bearer resource_metadata="https://api.telnyx.com/.well-known/oauth-protected-resource"'
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/no/such/path"),
        ("GET", "/ai/embeddings/url/nothing"),
        ("PUT", "/ai/embeddings"),
        ("GET", "/openapi.json"),
        ("GET", "/ai/embeddings/"),
    ],
)
def test_unknown_paths_and_methods_are_404_with_code_10005(
    api: Api, method: str, path: str
) -> None:
    answer = api.send(method, path)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "10005"


def test_a_missing_field_is_a_422_with_just_three_keys(api: Api) -> None:
    answer = api.send("POST", "/ai/embeddings", json={"bucket": "x"})
    assert answer.status_code == 422
    assert answer.json() == {
        "detail": [{"loc": ["body", "bucket_name"], "msg": "Field required", "type": "missing"}]
    }


def test_every_response_has_its_own_request_id(emulator: TelnyxEmulator, api: Api) -> None:
    answers = [
        api.send("GET", "/ai/embeddings"),
        api.send("GET", "/nowhere"),
        emulator.http_client.get(f"{emulator.base_url}/ai/embeddings"),
        emulator.http_client.get(f"{emulator.storage_url}/bucket"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 401, 403]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4


def test_requests_are_recorded_without_the_key(emulator: TelnyxEmulator, api: Api) -> None:
    api.send("POST", "/ai/embeddings", params={"a": "b c"}, content=b'{"bucket_name": "x"}')
    [record] = emulator.requests
    assert (record.method, record.path, record.query) == ("POST", "/v2/ai/embeddings", "a=b+c")
    assert record.body == b'{"bucket_name": "x"}'
    assert record.headers["authorization"] == "Bearer ***"
    assert emulator.api_key not in repr(emulator.requests)


def test_a_recorded_body_is_truncated_at_64_kib(emulator: TelnyxEmulator, api: Api) -> None:
    api.put("bucket", "key", b"x" * 200_000)
    assert len(emulator.requests[-1].body) == 65_536


def test_a_scripted_failure_applies_the_given_number_of_times(
    emulator: TelnyxEmulator, api: Api
) -> None:
    emulator.fail(429, times=2, retry_after=1.5)
    answers = [api.send("POST", "/ai/embeddings", json={"n": n}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 422]
    assert answers[0].headers["retry-after"] == "1.5"
    assert answers[0].json()["errors"][0]["code"] == "10011"
    assert [record.body for record in emulator.requests] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']


def test_a_scripted_failure_on_s3_is_xml(emulator: TelnyxEmulator, api: Api) -> None:
    api.put("bucket", "key", b"x")
    emulator.fail(503)
    with pytest.raises(AssertionError, match="<Code>ServiceUnavailable</Code>"):
        api.put("bucket", "key", b"y")


def test_a_fault_waits_for_a_request_with_the_key(emulator: TelnyxEmulator, api: Api) -> None:
    emulator.fail(500)
    assert emulator.http_client.get(f"{emulator.base_url}/ai/embeddings").status_code == 401
    assert api.send("GET", "/ai/embeddings").status_code == 500


def test_a_failure_inside_the_emulator_is_a_500_in_the_envelope(
    emulator: TelnyxEmulator, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.account.store.execute("DROP TABLE chunks")
    emulator.account.store.execute("DROP TABLE embedded_files")
    emulator.account.store.execute("DROP TABLE embedded_buckets")
    answer = api.send("GET", "/ai/embeddings/buckets")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["code"] == "10007"
    assert "The emulator failed on GET /v2/ai/embeddings/buckets" in caplog.text


def test_latency_delays_each_response(emulator: TelnyxEmulator, api: Api) -> None:
    emulator.latency(0.05)
    assert api.send("GET", "/ai/embeddings").elapsed.total_seconds() >= 0.05
    with pytest.raises(httpx.ReadTimeout):
        api.send("GET", "/ai/embeddings", timeout=0.01)
