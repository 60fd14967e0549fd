"""Accepted hosts, stored pages, the limits of requests, and internal errors."""

from __future__ import annotations

import json
import logging
import stat
import warnings
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator import BeyondLoopbackWarning, RequestLimits, TelnyxEmulator
from langchain_telnyx.emulator.areas.s3.errors import S3Error
from langchain_telnyx.emulator.areas.s3.xml import read_complete, read_delete
from langchain_telnyx.emulator.serving import request_guards
from langchain_telnyx.emulator.serving.active_content import headers_for
from langchain_telnyx.emulator.serving.request_guards import AllowedHosts
from tests.emulator.test_crash import HEADERS as S3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.conftest import Api

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=30,
)


@pytest.fixture(scope="module")
def listening() -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(hosts=["Emulator.Internal"]) as emulator:
        emulator.account.objects.create_bucket("bucket")
        yield emulator


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:1",
        "LOCALHOST.:1",
        "bucket.localhost",
        "127.0.0.1",
        "127.1.2.3:80",
        "[::1]:80",
        "emulator.internal:8787",
    ],
)
def test_loopback_and_configured_names_are_served(listening: TelnyxEmulator, host: str) -> None:
    headers = {"authorization": f"Bearer {listening.api_key}", "host": host}
    assert httpx.get(f"{listening.base_url}/ai/openai/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "[2001:db8::1]:80",
        "evillocalhost",
        "[::1].evil.example",
        "",
    ],
)
def test_other_hosts_are_refused_with_421(listening: TelnyxEmulator, host: str) -> None:
    headers = {"authorization": f"Bearer {listening.api_key}", "host": host}
    answer = httpx.get(f"{listening.base_url}/ai/openai/models", headers=headers)
    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["errors"][0]["detail"]
    answer = httpx.get(f"{listening.storage_url}/bucket", headers={**S3, "host": host})
    assert answer.status_code == 421
    assert "<Error>" in answer.text


def test_any_host_is_accepted_in_this_process(api: Api) -> None:
    with api.emulator.http_client as client:
        answer = client.get(
            "http://any.example/v2/ai/openai/models",
            headers={"authorization": f"Bearer {api.emulator.api_key}"},
        )
    assert answer.status_code == 200


def test_an_emulator_on_all_addresses_accepts_addresses_but_not_names() -> None:
    hosts = AllowedHosts("0.0.0.0")
    assert hosts.allow("192.0.2.1:8787")
    assert hosts.allow("[2001:db8::1]")
    assert not hosts.allow("evil.example")


@given(st.text())
def test_any_host_header_can_be_checked(header: str) -> None:
    allowed = AllowedHosts("127.0.0.1").allow(header)
    assert not allowed or "localhost" in header.lower() or "1" in header


def test_listening_beyond_loopback_warns() -> None:
    emulator = TelnyxEmulator(host="0.0.0.0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BeyondLoopbackWarning, match="other machines"):
            emulator.start()
    emulator.stop()


def test_loopback_and_no_socket_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for host, sockets in (("::1", False), ("localhost", True), ("0.0.0.0", False)):
            with TelnyxEmulator(host=host, sockets=sockets):
                pass


def test_the_data_is_accessible_to_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with TelnyxEmulator(sockets=False, data=data) as emulator:
        emulator.account.objects.create_bucket("bucket")
        assert [stat.S_IMODE(each.stat().st_mode) for each in (data, data.parent)] == [0o700] * 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in data.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "kind",
    [
        "text/html",
        "Text/HTML; charset=utf-8",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "application/pdf",
        "text/javascript",
        "text/plain, text/html",
        "x",
        "*/*",
        "",
    ],
)
def test_stored_pages_are_attachments(listening: TelnyxEmulator, kind: str) -> None:
    url = f"{listening.storage_url}/bucket/page"
    stored = httpx.put(url, content=b"<script>", headers={**S3, "content-type": kind})
    assert stored.status_code == 200
    presigned = httpx.post(
        f"{listening.base_url}/storage/buckets/bucket/page/presigned_url",
        headers={"authorization": f"Bearer {listening.api_key}"},
    )
    signed = next(iter(presigned.json().values()))["presigned_url"]
    for answer in (httpx.get(url, headers=S3), httpx.get(signed), httpx.head(url, headers=S3)):
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["text/plain", "image/png", "application/json", "audio/wav"])
def test_other_stored_types_are_inline(kind: str) -> None:
    assert headers_for(kind) == {}


def test_an_internal_error_affects_only_its_request(
    listening: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RecursionError("on purpose")

    key = {"authorization": f"Bearer {listening.api_key}"}
    with httpx.Client(base_url=listening.base_url, headers=key) as client:
        client.get("/ai/openai/models")
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(type(listening.account.kvs), "page", broken)
            patched.setattr(type(listening.account.objects), "buckets", broken)
            answer = client.get("/storage/kvs")
            assert answer.status_code == 500
            assert answer.json()["errors"][0]["code"] == "10007"
            s3 = httpx.get(f"{listening.storage_url}/", headers=S3)
            assert (s3.status_code, "<Code>InternalError</Code>" in s3.text) == (500, True)
        assert "on purpose" in caplog.text
        assert client.get("/ai/openai/models").status_code == 200


def nesting(value: Any) -> int:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return 1 + max(map(nesting, parts), default=0)
    return 0


@given(VALUES)
def test_the_depth_of_json_is_measured_without_parsing_it(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")
    assert request_guards.depth_of(written) == nesting(value)


@given(st.binary())
def test_any_bytes_are_scanned(body: bytes) -> None:
    assert 0 <= request_guards.depth_of(body) <= len(body)


@given(st.binary(max_size=200) | st.text("<>/&;!? =\"'ab1²", max_size=60).map(str.encode))
def test_any_xml_is_read_or_malformed(body: bytes) -> None:
    for read in (read_delete, read_complete):
        codes: list[str] = []
        try:
            read(body)
        except S3Error as error:
            codes = [error.code]
        assert codes in ([], ["MalformedXML"])


def test_users_can_set_the_limits() -> None:
    with TelnyxEmulator(sockets=False, limits=RequestLimits(json_depth=3)) as emulator:
        answer = emulator.http_client.post(
            f"{emulator.base_url}/ai/conversations",
            json={"metadata": {"a": {"b": {"c": "d"}}}},
            headers={"authorization": f"Bearer {emulator.api_key}"},
        )
    assert answer.status_code == 400
    assert "3 levels" in answer.text
