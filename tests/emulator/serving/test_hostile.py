"""Requests that try to keep a server busy: others are served in the meantime, and each ends."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx.emulator import RequestLimits, TelnyxEmulator
from tests.emulator.test_crash import HEADERS as S3

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVE = """
import time
from langchain_telnyx.emulator import TelnyxEmulator
with TelnyxEmulator() as emulator:
    emulator.account.objects.create_bucket("bucket")
    print(emulator.base_url, flush=True)
    time.sleep(600)
"""
MODEL = "moonshotai/Kimi-K2.6"
NAME = "name is " + "a" * 40 + "b"
PATTERNS = [
    r"^(a+)+$",
    r"^(\w+\s?)*$",
    r"(a|a)*$",
    r"^(?:(a|aa)+)+\1$",
    r"(?=(a+)+$)a+b\1",
    r"((a{1000}){1000}){1000}",
    "(((((a{1,3}){1,99}){1,99}){1,99}){1,99})" * 20,
    "(" * 300 + "a" + "+)+" * 300,
    "(?i)" + "[\\0-\U0010ffff]" * 300,
    ".{4294967294}",
    "(" * 1500,
    "x" * 5000,
]


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def chained(kind: str, width: int, length: int) -> dict[str, Any]:
    """A schema whose references multiply at each step."""
    links = {
        f"d{step}": {kind: [{"$ref": f"#/$defs/d{step + 1}"}] * width} for step in range(length)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**links, f"d{length}": {"type": "string"}}}


SCHEMAS: dict[str, dict[str, Any]] = {
    **{f"pattern {pattern[:20]}": {"type": "string", "pattern": pattern} for pattern in PATTERNS},
    "minLength": {"type": "string", "minLength": 10**9},
    "minLength, a float": {"type": "string", "minLength": 1e9},
    "minItems": {"type": "array", "items": {"type": "string"}, "minItems": 10**8},
    "minItems, nested": {
        "type": "array",
        "minItems": 60,
        "items": {"type": "array", "minItems": 60, "items": {"type": "array", "minItems": 60}},
    },
    "minProperties": {"type": "object", "minProperties": 10**8},
    "minContains": {"type": "array", "contains": {"type": "integer"}, "minContains": 10**8},
    "enum": {"enum": [f"option {number}" for number in range(100_000)]},
    "uniqueItems": {
        "type": "array",
        "items": {"enum": [str(number) for number in range(3000)]},
        "uniqueItems": True,
        "minItems": 2900,
    },
    "allOf of anyOf": {"allOf": [{"anyOf": [{"minLength": n} for n in range(10)]}] * 10},
    "allOf, 2 to the 40": chained("allOf", 2, 40),
    "anyOf, 4 to the 14": chained("anyOf", 4, 14),
    "allOf, circular": {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"$ref": "#"}}},
    "a tree of itself": {"type": "array", "minItems": 3, "items": {"$ref": "#"}},
    "names": {
        "type": "object",
        "patternProperties": {r"^(a|a)*$": {"type": "string"}, r"^(a+)+\Z": {"type": "string"}},
        "additionalProperties": False,
        "required": ["a" * 40 + "b"],
    },
    "names, unevaluated": {
        "type": "object",
        "patternProperties": {r"^(a|a)*$": {"type": "string"}},
        "unevaluatedProperties": False,
        "required": ["a" * 40 + "b"],
    },
}
TEXTS = [
    "a.",
    '"',
    "city is and ",
    "<source>",
    "<context>",
    "Word. ",
    "following context\n",
    "[1] x\n",
    "{",
    "1,",
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An emulator in a process of its own, so that it cannot block the tests."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


def response_to(address: str, method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request, check that another client is served meanwhile, and return the response."""
    on_api = path.startswith("/v2")
    key = {"authorization": "Bearer KEY0123456789_emulator"} if on_api else S3
    headers = {**key, **options.pop("headers", {})}
    origin = address.removesuffix("/v2")
    answers: list[httpx.Response] = []

    def send() -> None:
        with httpx.Client(timeout=60) as client:
            answers.append(client.request(method, origin + path, headers=headers, **options))

    sender = threading.Thread(target=send)
    sender.start()
    models = {"authorization": "Bearer KEY0123456789_emulator"}
    while sender.is_alive():
        assert httpx.get(f"{address}/ai/openai/models", headers=models, timeout=8).is_success
        sender.join(0.2)
    [answer] = answers
    return answer


def chat(address: str, content: str = NAME, **fields: Any) -> httpx.Response:
    body = {"model": MODEL, "messages": [{"role": "user", "content": content}], **fields}
    return response_to(address, "POST", "/v2/ai/openai/chat/completions", json=body)


def is_refused_or_served(answer: httpx.Response) -> bool:
    if answer.status_code == 200:
        return bool(answer.json()["choices"])
    return answer.status_code in {400, 413} and bool(answer.json()["errors"][0]["detail"])


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_does_not_delay_others(address: str, schema: dict[str, Any]) -> None:
    form = {"name": "form", "schema": closed(name=schema)}
    answer = chat(address, response_format={"type": "json_schema", "json_schema": form})
    assert is_refused_or_served(answer)
    if "$defs" in schema:
        assert is_refused_or_served(chat(address, guided_json=schema))
    if "pattern" in schema:
        return  # patterns are tested separately
    function = {"name": "name", "description": "name", "parameters": closed(name=schema)}
    tools = [{"type": "function", "function": function}]
    assert is_refused_or_served(chat(address, tools=tools, tool_choice="required"))


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:20])
def test_a_pattern_does_not_delay_others(address: str, pattern: str) -> None:
    assert is_refused_or_served(chat(address, guided_regex=pattern))


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_does_not_delay_others(address: str, text: str) -> None:
    content = text * (200_000 // len(text)) + "\nWhat is the weather in Oslo?"
    assert is_refused_or_served(chat(address, content))
    schema = closed(city={"type": "string"}, tags={"type": "array", "items": {"type": "string"}})
    assert is_refused_or_served(chat(address, content, guided_json=schema))


@pytest.mark.parametrize("depth", [150, 900, 5000, 100_000])
def test_json_that_nests_too_deeply_is_refused(address: str, depth: int) -> None:
    metadata = '{"a":' * depth + "1" + "}" * depth
    answer = response_to(
        address,
        "POST",
        "/v2/ai/conversations",
        content=f'{{"metadata": {metadata}}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "10023"


@pytest.mark.parametrize("depth", [150, 900, 5000])
def test_deep_json_in_a_string_affects_only_its_request(address: str, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": deep}}
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": deep},
    ]
    assert is_refused_or_served(chat(address, messages=messages))
    nested = '{"properties":' * depth + "{}" + "}" * depth
    assert is_refused_or_served(chat(address, f"Answer by this schema: {nested}"))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("half", [r"\ud800", r"\uDFFF and more"])
@pytest.mark.parametrize("path", ["/v2/ai/openai/chat/completions", "/v2/ai/openai/responses"])
def test_half_of_a_surrogate_pair_is_a_400_whole_and_streamed(
    address: str, path: str, half: str, *, stream: bool
) -> None:
    body = {
        "model": MODEL,
        "stream": stream,
        "messages": [{"role": "user", "content": "HALF"}],
        "input": "HALF",
    }
    answer = response_to(
        address,
        "POST",
        path,
        content=json.dumps(body).replace("HALF", half),
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "10023")


def test_a_surrogate_pair_of_two_escapes_is_accepted(address: str) -> None:
    body = {"model": MODEL, "messages": [{"role": "user", "content": "\U0001f600"}]}
    answer = response_to(
        address,
        "POST",
        "/v2/ai/openai/chat/completions",
        content=json.dumps(body),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 200


ENTITIES = "".join(
    f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(12)
)
DOCUMENTS = {
    "billion laughs": f'<!DOCTYPE z [<!ENTITY a "aaaa">{ENTITIES}]><Delete>&m;</Delete>',
    "deep": "<a>" * 250_000 + "</a>" * 250_000,
    "an unknown encoding": '<?xml version="1.0" encoding="none"?><Delete/>',
    "an unusual encoding": '<?xml version="1.0" encoding="shift_jis"?><Delete/>',
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_xml_bombs_are_malformed(address: str, document: str) -> None:
    digest = hashlib.md5(document.encode(), usedforsecurity=False).digest()
    headers = {"content-md5": base64.b64encode(digest).decode()}
    answer = response_to(address, "POST", "/bucket?delete", content=document, headers=headers)
    assert answer.status_code == 400
    assert "<Code>MalformedXML</Code>" in answer.text


def test_invalid_ranges_return_the_whole_object(address: str) -> None:
    response_to(address, "PUT", "/bucket/key", content=b"whole")
    for ranges in (",".join(f"{start}-" for start in range(5000)), f"{'9' * 5000}-"):
        answer = response_to(address, "GET", "/bucket/key", headers={"range": f"bytes={ranges}"})
        assert (answer.status_code, answer.content) == (200, b"whole")


def test_long_urls_are_refused(address: str) -> None:
    query = "&".join(["a=b"] * 12_000)
    answer = response_to(address, "GET", f"/v2/ai/conversations?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "10015")
    assert response_to(address, "GET", f"/v2/{'x' * 60_000}").status_code == 414
    answer = response_to(address, "GET", f"/bucket/{'x' * 60_000}")
    assert (answer.status_code, "<Error>" in answer.text) == (414, True)


def test_forms_of_very_many_parts_are_refused(address: str) -> None:
    files = [("file", ("a.wav", b"x"))] * 3000
    answer = response_to(address, "POST", "/v2/ai/audio/transcriptions", files=files)
    assert answer.status_code in {400, 413, 422}


FILES: dict[str, bytes] = {
    "deep.html": b"<div>" * 100_000 + b"text",
    "open.html": b"<" * 300_000,
    "comments.html": b"<!--" * 100_000,
    "deep.json": b'{"a":' * 900 + b"1" + b"}" * 900,
    "deeper.json": b"[" * 1_000_000,
    "quotes.md": b">" * 20_000 + b"text",
    "links.md": b"[a](" * 30_000,
    "cells.csv": b"," * 1_000_000 + b"\nx",
    "quote.csv": b'"' + b"x" * 1_000_000,
}


def test_files_that_are_slow_to_read_do_not_delay_others(address: str) -> None:
    for name, data in FILES.items():
        assert response_to(address, "PUT", f"/bucket/{name}", content=data).status_code == 200
    response_to(address, "PUT", "/bucket/good.txt", content=b"The capital of Norway is Oslo.")
    begun = response_to(address, "POST", "/v2/ai/embeddings", json={"bucket_name": "bucket"})
    task = begun.json()["data"]["task_id"]
    status = "pending"
    while status not in {"success", "failure", "partial_success", "error", "completed"}:
        answer = response_to(address, "GET", f"/v2/ai/embeddings/{task}")
        status = answer.json()["data"]["status"]
    found = response_to(
        address,
        "POST",
        "/v2/ai/embeddings/similarity-search",
        json={"bucket_name": "bucket", "query": "capital of Norway"},
    )
    assert "Oslo" in found.text


def test_bodies_beyond_the_limits_are_refused_and_the_next_request_is_served() -> None:
    limits = RequestLimits(body=20_000, json_body=10_000, object=30_000)
    with TelnyxEmulator(limits=limits) as emulator:
        key = {"authorization": f"Bearer {emulator.api_key}"}
        with httpx.Client(timeout=20) as client:
            for length, content in ((10_001, None), (0, iter([b"x" * 5000] * 3))):
                answer = client.post(
                    f"{emulator.base_url}/ai/conversations",
                    content=content or b"x" * length,
                    headers={**key, "content-type": "application/json"},
                )
                assert answer.status_code == 413
                assert "10000 bytes" in answer.json()["errors"][0]["detail"]
            files = {"file": b"x" * 20_000}
            form = client.post(
                f"{emulator.base_url}/ai/audio/transcriptions", files=files, headers=key
            )
            assert form.status_code == 413
            emulator.account.objects.create_bucket("bucket")
            for body in (b"x" * 30_001, iter([b"x" * 8000] * 4)):
                url = f"{emulator.storage_url}/bucket/key"
                answer = client.put(url, content=body, headers=S3)
                assert answer.status_code == 400
                assert "<Code>EntityTooLarge</Code>" in answer.text
            models = client.get(f"{emulator.base_url}/ai/openai/models", headers=key)
            assert models.status_code == 200


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /v2/ai HTTP/1.1\r\nHost: local", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /"],
)
def test_a_client_with_incomplete_headers_is_disconnected(sent: bytes) -> None:
    with TelnyxEmulator(limits=RequestLimits(head_seconds=0.2)) as emulator:
        url = httpx.URL(emulator.base_url)
        with socket.create_connection((url.host, url.port or 80), timeout=20) as slow:
            slow.sendall(sent)
            while slow.recv(65536):
                pass


def test_a_body_that_pauses_is_a_408() -> None:
    with TelnyxEmulator(limits=RequestLimits(idle_seconds=0.2)) as emulator:
        url = httpx.URL(emulator.base_url)
        with socket.create_connection((url.host, url.port or 80), timeout=20) as slow:
            head = (
                "POST /v2/ai/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
                "Content-Type: application/json\r\n"
                f"Authorization: Bearer {emulator.api_key}\r\n\r\n"
            )
            slow.sendall(head.encode() + b'{"name"')
            answer = b""
            while piece := slow.recv(65536):
                answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"errors"' in answer
