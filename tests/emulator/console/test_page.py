"""The page: who gets it, what it may load, and that S3 stays at `/`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

import httpx
import pytest

from langchain_telnyx.emulator import TelnyxEmulator

STATIC = "/_emulator/console/static/"
FOLDER = files("langchain_telnyx") / "data" / "console"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def get(emulator: TelnyxEmulator, path: str, **headers: str) -> httpx.Response:
    return emulator.http_client.get(emulator.storage_url + path, headers=headers)


class Markup(HTMLParser):
    """The addresses, the inline code and the ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.ids: list[str] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            if name in {"href", "src"}:
                self.addresses.append(value or "")
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        if self._tag in {"script", "style"} and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._tag = ""


def test_a_browser_gets_the_page(emulator: TelnyxEmulator) -> None:
    answer = get(emulator, "/", **BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Telnyx emulator</title>" in answer.text


def test_the_page_is_not_a_request_to_the_account(emulator: TelnyxEmulator) -> None:
    emulator.fail(500)
    assert get(emulator, "/", **BROWSER).status_code == 200
    assert len(emulator.requests) == 0
    assert emulator.script.unused() == ["fail(500)"]


@pytest.mark.parametrize(
    "headers",
    [
        {"accept": "*/*"},
        {**BROWSER, "authorization": "AWS4-HMAC-SHA256 Credential=x"},
        {**BROWSER, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"},
    ],
    ids=["no_browser", "authorization", "amz_header"],
)
def test_s3_answers_everybody_else(emulator: TelnyxEmulator, headers: dict[str, str]) -> None:
    answer = get(emulator, "/", **headers)
    assert answer.headers["content-type"] == "application/xml"
    assert "<Error>" in answer.text


def test_boto_lists_the_buckets(emulator: TelnyxEmulator) -> None:
    emulator.account.objects.create_bucket("notes")
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={emulator.api_key}/20260101/us-central-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    answer = get(emulator, "/", **BROWSER, authorization=authorization)
    assert "<Name>notes</Name>" in answer.text


def test_a_query_is_for_s3(emulator: TelnyxEmulator) -> None:
    assert "<Error>" in get(emulator, "/?location", **BROWSER).text


def test_the_page_loads_and_runs_its_own_files_only(emulator: TelnyxEmulator) -> None:
    answer = get(emulator, "/", **BROWSER)
    policy = dict(
        each.strip().split(" ", 1) for each in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    for kind in ("script-src", "style-src", "img-src", "connect-src"):
        assert policy[kind] == "'self'"
    for kind in ("base-uri", "form-action", "frame-ancestors", "trusted-types"):
        assert policy[kind] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    markup = Markup(answer.text)
    assert markup.inline == []
    assert len(markup.ids) == len(set(markup.ids))
    assert [each for each in markup.addresses if not each.startswith(("#", STATIC))] == []


def test_each_file_is_served_with_its_type(emulator: TelnyxEmulator) -> None:
    types = {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
        "html": "text/html; charset=utf-8",
    }
    for file in FOLDER.iterdir():
        answer = get(emulator, STATIC + file.name)
        assert answer.status_code == 200, file.name
        assert answer.headers["content-type"] == types[file.name.rpartition(".")[2]]
        assert answer.content == file.read_bytes()


def test_the_modules_import_files_that_exist() -> None:
    names = {file.name for file in FOLDER.iterdir()}
    for file in FOLDER.iterdir():
        if file.name.endswith(".js"):
            imported = set(re.findall(r'from "\./([\w.]+)"', file.read_text("utf-8")))
            assert imported <= names, file.name


def test_no_file_has_a_foreign_address_or_writes_markup() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text("utf-8")
        assert text.count("\n") <= 400, file.name
        text = text.replace("http://www.w3.org/2000/svg", "").replace("http://127.0.0.1:8787", "")
        assert "://" not in text, file.name
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write"):
            assert word not in text, file.name


@pytest.mark.parametrize("name", ["none.js", "..%2f..%2f_prices.py", "../../_prices.py", "%00"])
def test_other_files_are_not_served(emulator: TelnyxEmulator, name: str) -> None:
    assert get(emulator, STATIC + name).status_code in {403, 404}


def test_another_host_is_refused() -> None:
    with TelnyxEmulator() as emulator:
        for path in ("/", f"{STATIC}main.js", "/_emulator/console/overview"):
            answer = httpx.get(emulator.storage_url + path, headers={**BROWSER, "host": "evil.com"})
            assert answer.status_code == 421
