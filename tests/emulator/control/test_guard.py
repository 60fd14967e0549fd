"""Who may use the control plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx.emulator import RequestLimits, TelnyxEmulator
from langchain_telnyx.emulator.script import Script
from tests.emulator.control.conftest import Control

if TYPE_CHECKING:
    from tests.emulator.conftest import Api

HEALTH = "/_emulator/health"


def test_on_this_machine_no_key_is_needed(control: Control) -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        assert control.from_peer(address, "GET", HEALTH).status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.2", "2001:db8::1", "fe80::1%eth0"])
def test_other_machines_need_the_key_of_the_account(control: Control, address: str) -> None:
    refused = control.from_peer(address, "GET", HEALTH)
    assert refused.status_code == 401
    assert "Authorization: Bearer" in refused.json()["detail"]
    assert refused.headers["www-authenticate"] == "Bearer"
    wrong = {"authorization": "Bearer wrong"}
    assert control.from_peer(address, "GET", HEALTH, headers=wrong).status_code == 401
    right = {"authorization": f"Bearer {control.emulator.api_key}"}
    assert control.from_peer(address, "GET", HEALTH, headers=right).status_code == 200


def test_a_foreign_host_name_is_refused_against_dns_rebinding(control: Control) -> None:
    answer = control.from_peer("127.0.0.1", "GET", HEALTH, host="rebound.example")
    assert answer.status_code == 421
    assert "'rebound.example'" in answer.json()["detail"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://telnyx.localhost:3000"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("POST", "/reset"), ("DELETE", "/requests")]
)
def test_pages_of_other_origins_are_refused(
    control: Control, method: str, path: str, origin: str
) -> None:
    control.emulator.say("still here")
    answer = control.send(method, path, headers={"origin": origin})
    assert answer.status_code == 403
    assert origin in answer.json()["detail"]
    assert "access-control-allow-origin" not in answer.headers
    assert control.emulator.script.unused() == ["say('still here')"]


def test_a_page_of_the_emulator_itself_may_use_it(control: Control) -> None:
    own = {"origin": "http://telnyx.localhost", "sec-fetch-site": "same-origin"}
    assert control.send("POST", "/reset", headers=own).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_other_sites_embed_is_refused_but_a_link_works(control: Control, site: str) -> None:
    embedded = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    assert control.send("GET", "/requests", headers=embedded).status_code == 403
    link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
    assert control.send("GET", "/requests", headers=link).status_code == 200
    assert control.send("POST", "/reset", headers=link).status_code == 403


def test_a_preflight_of_another_origin_allows_nothing(control: Control) -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = control.send("OPTIONS", "/say", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "options",
    [
        {"data": {"text": "Hello"}},
        {"files": {"text": b"Hello"}},
        {"content": b'{"text": "Hello"}'},
        {"content": b'{"text": "Hello"}', "headers": {"content-type": "text/plain"}},
    ],
    ids=["form", "multipart", "no type", "text"],
)
def test_a_body_that_a_form_can_send_is_refused(control: Control, options: dict[str, Any]) -> None:
    answer = control.send("POST", "/say", **options)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]
    assert control.emulator.script.unused() == []


def test_json_with_a_charset_is_accepted(control: Control) -> None:
    kind = {"content-type": "application/json; charset=utf-8"}
    body = '{"text": "Zoë"}'.encode()
    assert control.send("POST", "/say", content=body, headers=kind).status_code == 200
    assert control.emulator.script.unused() == ["say('Zoë')"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 200 + b"]" * 200, 400),
        (b'{"text": "\\ud800"}', 400),
        (b"{", 422),
        (b'{"text": "a" * 3}', 422),
        (b'{"text": "\xff"}', 400),
        (b'["say"]', 422),
        (b"null", 422),
        (b"", 422),
    ],
)
def test_a_hostile_body_is_an_error_with_a_detail(
    control: Control, body: bytes, status: int
) -> None:
    kind = {"content-type": "application/json"}
    answer = control.send("POST", "/say", content=body, headers=kind)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])


def test_a_body_beyond_the_limit_is_refused() -> None:
    limits = RequestLimits(json_body=1000)
    with TelnyxEmulator(sockets=False, limits=limits) as emulator:
        answer = Control(emulator).send("POST", "/say", json={"text": "a" * 1000})
        assert (answer.status_code, list(answer.json())) == (413, ["detail"])
        assert emulator.script.unused() == []


def test_an_unknown_path_names_the_nearest(control: Control) -> None:
    answer = control.send("POST", "/call_tool", json={})
    assert answer.status_code == 404
    assert "'/_emulator/call-tool'" in answer.json()["detail"]
    for path, allowed in [("/say", "POST"), ("/clock", "GET, POST"), ("/requests/1", "GET")]:
        refused = control.send("PUT", path)
        assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert control.send("GET", "").status_code == 404


def test_the_api_and_the_log_are_not_affected(control: Control, api: Api) -> None:
    emulator = control.emulator
    emulator.fail(503, times=2)
    emulator.latency(1000)
    assert control.get("/health")["requests"] == 0
    emulator.latency(0)
    assert api.send("GET", "/ai/models").status_code == 503
    assert len(emulator.requests) == 1
    before = emulator.account.clock.read()
    control.get("/clock")
    control.get("/requests")
    assert emulator.account.clock.read() == before


def test_no_answer_has_a_key_or_may_be_stored() -> None:
    keys = "KEY_of/the+account", "KEY_of the upstream"
    with TelnyxEmulator(
        sockets=False, api_key=keys[0], upstream="http://127.0.0.1:9/v1", upstream_api_key=keys[1]
    ) as emulator:
        control = Control(emulator)
        control.post("/say", text=f"key {keys[0]}", when=keys[1], optional=True)
        control.chat(f"{keys[0]} {keys[1]}", user=keys[0])
        control.api("GET", "/ai/models", params={"key": keys[0]})
        for path in ("/health", "/requests", "/requests/1", "/script", "/unused", "/openapi.json"):
            answer = control.send("GET", path)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            found = [key for key in (*keys, "KEY_of%2Fthe%2Baccount") if key in answer.text]
            assert found == [], path
        for body in ({"text": "a", "chunks": [keys[0]]}, {keys[0]: 1}, {"text": "a", "model": ""}):
            refused = control.send("POST", "/say", json=body)
            assert refused.status_code == 422
            assert keys[0] not in refused.text
        assert keys[0] not in control.send("GET", f"/{keys[0]}").text


def test_an_unexpected_error_is_json_and_logged(
    control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(Script, "unused", broken)
    answer = control.send("GET", "/unused")
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    assert "ZeroDivisionError" in caplog.text


class TestStorage:
    """The storage of S3 clients has the same port."""

    @pytest.mark.parametrize("name", ["_emulator", "_bucket", "__"])
    def test_no_bucket_begins_with_an_underscore(self, s3: Any, name: str) -> None:
        with pytest.raises(s3.exceptions.ClientError, match="InvalidBucketName"):
            s3.create_bucket(Bucket=name)

    def test_an_s3_client_gets_an_error_of_s3_for_the_path(self, s3: Any) -> None:
        for call in (s3.list_objects_v2, s3.head_bucket):
            with pytest.raises(s3.exceptions.ClientError) as caught:
                call(Bucket="_emulator")
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucket"):
            s3.put_object(Bucket="_emulator", Key="health", Body=b"")

    def test_names_that_contain_it_are_objects(self, s3: Any) -> None:
        s3.create_bucket(Bucket="my-emulator")
        s3.put_object(Bucket="my-emulator", Key="_emulator/health", Body=b"mine")
        read = s3.get_object(Bucket="my-emulator", Key="_emulator/health")
        assert read["Body"].read() == b"mine"
