"""`langchain-telnyx doctor`: each failure is found, named and explained, and no key is shown."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx import Telnyx
from langchain_telnyx.cli import main
from langchain_telnyx.doctor import Finding, diagnose
from langchain_telnyx.doctor.findings import exit_status, to_json
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from tests.client.http.test_tls import certificate, server, trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.client.http.test_tls import Server

    Serve = Callable[..., str]

__all__ = ["certificate", "server", "trusted"]

KEY = "KEY0192A7F4C_s3cretS3cretS3cret"
MODELS = b'{"object": "list", "data": [{"id": "moonshotai/Kimi-K2.6"}]}'
CHECKS = ["versions", "key", "base_url", "storage_url", "proxy", "dns", "tls"]
SERVICE = ["api", "clock", "models", "limits", "storage"]


def found(**options: Any) -> dict[str, Finding]:
    findings = {finding.check: finding for finding in diagnose(**options)}
    shown = "".join(map(str, findings.values())) + to_json(findings.values())
    if isinstance(key := options.get("api_key"), str) and len(key) > 8:
        assert key not in shown
    return findings


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve one response to every request, and return the base URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(
        status: int = 200, body: bytes = MODELS, headers: dict[str, str] | None = None
    ) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given_headers = {"Date": email.utils.formatdate(usegmt=True), **(headers or {})}
                content = body.replace(b"KEY-SENT", self.headers["Authorization"].encode())
                self.send_response_only(status)
                for name, value in {**given_headers, "Content-Length": len(content)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v2"

    yield start
    for started in servers:
        started.shutdown()
        started.server_close()


def test_all_is_well_on_an_account(telnyx_emulator: TelnyxEmulator) -> None:
    findings = found()
    assert [*findings] == [*CHECKS, *SERVICE]
    assert {f.status for f in findings.values()} <= {"ok", "skipped"}
    assert findings["models"].data["count"] > 10
    assert exit_status(findings.values()) == 0
    # Read only: nothing was made, and nothing that costs money was requested.
    assert {request.method for request in telnyx_emulator.requests} == {"GET"}
    assert telnyx_emulator.account.objects.buckets() == []


@pytest.mark.default_quirks("It fails the requests itself.", "rate_limited_share")
@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_refused_request_does_not_end_the_checks(
    telnyx_emulator: TelnyxEmulator, times: int
) -> None:
    telnyx_emulator.fail(429, times=times, path="/models", retry_after=0)
    findings = found()
    assert [*findings] == [*CHECKS, *SERVICE]
    assert exit_status(findings.values()) == 0


def test_a_bucket_in_reach_and_one_that_is_not(telnyx_emulator: TelnyxEmulator) -> None:
    Telnyx(**telnyx_emulator.options()).storage.create_bucket("minutes")
    assert found(bucket="minutes")["bucket"].status == "ok"
    absent = found(bucket="absent")["bucket"]
    assert absent.status == "failure"
    assert "region" in absent.advice


def test_a_bucket_of_another_region() -> None:
    with TelnyxEmulator(quirks=Quirks(wrong_region="redirect")) as emulator:
        Telnyx(**emulator.options(), region="eu-central-1").storage.create_bucket("minutes")
        finding = found(bucket="minutes", **emulator.options())["bucket"]
    assert finding.status == "failure"
    assert finding.data["region"] == "eu-central-1"
    assert "TELNYX_STORAGE_REGION=eu-central-1" in finding.advice


def test_an_odd_row_of_the_catalogue_is_left_out() -> None:
    with TelnyxEmulator(quirks=Quirks(odd_rows=True)) as emulator:
        finding = found(**emulator.options())["models"]
    assert finding.status == "ok"
    assert all(isinstance(name, str) and "/" in name for name in finding.data["models"])


def test_the_command_prints_text_or_json_and_fails_with_1(
    telnyx_emulator: TelnyxEmulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line[0] != " "] == [*CHECKS, *SERVICE]
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert [each["check"] for each in report["checks"]] == [*CHECKS, *SERVICE]
    assert telnyx_emulator.api_key not in json.dumps(report)
    monkeypatch.delenv("TELNYX_API_KEY")
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert [e["check"] for e in report["checks"] if e["status"] == "failure"] == ["key"]


@pytest.mark.parametrize(
    ("key", "url", "status", "words"),
    [
        (KEY, "https://api.telnyx.com/v2", "ok", ""),
        (f" {KEY}", "https://api.telnyx.com/v2", "ok", ""),
        (f'"{KEY}"', "https://api.telnyx.com/v2", "failure", "ends with a quote"),
        ("sk-0123456789abcdefghij", "https://api.telnyx.com/v2", "warning", "begin with KEY"),
        ("KEY0192A7F4C", "https://api.telnyx.com/v2", "warning", "KEY<id>_<secret>"),
        ("ltg_sk_0123456789", "https://api.telnyx.com/v2", "failure", "account key"),
        ("ltg_sk_0123456789", "https://llm.telnyx.com/v1", "ok", ""),
        ("sk-0123456789abcdefghij", "https://models.example.com/v1", "ok", ""),
    ],
)
def test_the_form_of_a_key(
    key: str, url: str, status: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    findings = found(api_key=key, base_url=url)
    assert (findings["key"].status, words in findings["key"].advice) == (status, True)
    assert findings["dns"].status == "failure"
    assert "cannot be looked up" in findings["dns"].detail
    assert findings["service"].status == "skipped"


@given(st.text(st.characters(codec="ascii", min_codepoint=33), min_size=9, max_size=80))
def test_no_key_is_ever_shown(key: str) -> None:
    assert found(api_key=key, base_url="http://127.0.0.1:9/v2")["tls"].status == "failure"


def test_a_key_of_a_function_that_fails() -> None:
    def no_key() -> str:
        raise RuntimeError(f"vault: {KEY}")

    finding = found(api_key=no_key, base_url="http://127.0.0.1:9/v2")["key"]
    assert finding.status == "failure"
    assert KEY not in str(finding)


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ((401, b'{"errors": [{"code": "10009", "detail": "KEY-SENT"}]}'), "refused"),
        ((403, b'{"errors": [{"code": "10010", "detail": "Account is disabled D17"}]}'), "credit"),
        ((404, b"<html>KEY-SENT</html>"), "base_url"),
    ],
)
def test_a_service_that_refuses(serve: Serve, response: tuple[int, bytes], words: str) -> None:
    findings = found(api_key=KEY, base_url=serve(*response))
    assert findings["api"].status == "failure"
    assert words in findings["api"].advice
    assert findings["storage"].status == "skipped"


def test_a_page_that_is_not_the_api(serve: Serve) -> None:
    finding = found(api_key=KEY, base_url=serve(body=b"<html>Log in</html>"))["models"]
    assert finding.status == "failure"
    assert "Log in" in finding.detail


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v2"
        findings = found(api_key=KEY, base_url=url)
    assert findings["tls"].status == "failure"
    assert "Cannot connect" in findings["tls"].detail


@pytest.mark.parametrize(("seconds", "words"), [(-3600, "ahead of"), (3600, "behind")])
def test_a_clock_that_is_wrong(serve: Serve, seconds: int, words: str) -> None:
    there = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    url = serve(headers={"Date": email.utils.format_datetime(there, usegmt=True)})
    finding = found(api_key=KEY, base_url=url)["clock"]
    assert finding.status == "warning"
    assert words in finding.detail


def test_limits_and_models_of_a_server(serve: Serve) -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "7"}
    rows = b'{"data": [{"id": "moonshotai/Kimi-K9"}, {"id": "zai-org/GLM-9"}]}'
    findings = found(api_key=KEY, base_url=serve(body=rows, headers=headers))
    assert findings["limits"].data == headers
    assert findings["models"].status == "warning"
    assert "moonshotai/Kimi-K9" in findings["models"].advice


def test_a_proxy_is_named_without_its_password() -> None:
    findings = found(
        api_key=KEY, base_url="http://127.0.0.1:9/v2", proxy="http://ann:hunter22@127.0.0.1:9"
    )
    assert findings["proxy"].data == {"proxy": "http://127.0.0.1:9"}
    assert findings["dns"].status == findings["tls"].status == "skipped"
    assert findings["api"].status == "failure"
    assert "hunter22" not in to_json(findings.values())


def test_an_openai_server_has_no_storage(serve: Serve) -> None:
    findings = found(api_key="any", base_url=serve().replace("/v2", "/v1"))
    assert findings["storage"].status == findings["storage_url"].status == "skipped"
    assert findings["models"].status == "ok"


@pytest.mark.parametrize(
    ("options", "check"),
    [
        ({"base_url": "api.telnyx.com/v2"}, "settings"),
        ({"base_url": "http://models.example.com/v1"}, "base_url"),
        ({"storage_url": "http://storage.example.com"}, "storage_url"),
    ],
)
def test_addresses_that_cannot_work(options: dict[str, Any], check: str) -> None:
    options = {"base_url": "http://127.0.0.1:9/v2", **options}
    if check == "base_url":
        options["proxy"] = "http://127.0.0.1:9"  # so that no name is looked up
    assert found(api_key=KEY, **options)[check].status == "failure"


def test_a_region_beside_a_host_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    url = "https://us-east-1.telnyxcloudstorage.com"
    finding = found(api_key=KEY, base_url="http://127.0.0.1:9/v2", storage_url=url)["storage_url"]
    assert finding.status == "warning"
    assert "TELNYX_STORAGE_REGION" in finding.advice


def test_a_certificate_that_is_not_trusted(server: Server) -> None:
    finding = found(api_key=KEY, base_url=f"{server.url}/v2")["tls"]
    assert finding.status == "failure"
    assert "SSL_CERT_FILE" in finding.advice
    assert server.paths == []


@pytest.mark.usefixtures("trusted")
def test_a_certificate_that_expires_soon(server: Server) -> None:
    findings = found(api_key=KEY, base_url=f"{server.url}/v2")
    assert findings["tls"].status == "warning"
    assert (findings["tls"].data["version"], findings["tls"].data["days"]) == ("TLSv1.3", 0)
    assert findings["api"].status == "ok"
