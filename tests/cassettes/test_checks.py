"""The checks of cassettes fail for a service that behaves in another way."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cassettes.cassettes import Cassette, cassettes
from tests.cassettes.checks import client_problems, emulator_problems
from tests.cassettes.client_methods import lost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHAT: dict[str, Any] = {
    "assumptions": [],
    "provenance": {"source": "live", "where": "api.telnyx.com", "date": "2026-11-28"},
    "request": {
        "method": "POST",
        "path": "/ai/openai/chat/completions",
        "json": {
            "messages": [{"role": "user", "content": "Hi"}],
            "model": "meta-llama/Llama-3.3-70B-Instruct",
        },
    },
    "response": {
        "status": 200,
        "headers": {"content-type": "application/json"},
        "body": {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1767225600,
            "model": "meta-llama/Llama-3.3-70B-Instruct",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "Hello."},
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": 1,
                "completion_tokens": 2,
                "total_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        },
    },
}


def changed(change: Callable[[dict[str, Any]], object]) -> Cassette:
    entry = copy.deepcopy(CHAT)
    change(entry)
    return Cassette("changed:1", entry)


def with_status(status: int) -> Callable[[dict[str, Any]], object]:
    def change(entry: dict[str, Any]) -> None:
        entry["response"] = {"status": status, "body": {"errors": [{"code": "10015"}]}}

    return change


def test_an_exchange_as_the_emulator_has_it_passes() -> None:
    cassette = changed(lambda _: None)
    assert client_problems(cassette, is_async=False) == []
    assert emulator_problems(cassette) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (with_status(400), "status 400 is recorded, 200 emulated"),
        (lambda entry: entry["response"]["body"].update(tier="x"), "/tier: recorded, but not"),
        (lambda entry: entry["response"]["body"].pop("object"), "/object: emulated, but not"),
        (
            lambda entry: entry["response"]["body"].update(created="2026-11-28T00:00:00Z"),
            "/created: string is recorded, number is emulated",
        ),
        (lambda entry: entry["response"]["headers"].update({"retry-after": "1"}), "retry-after"),
        (
            lambda entry: (
                entry["response"].update(body="data: [DONE]\n\n")
                or entry["response"]["headers"].update({"content-type": "text/event-stream"})
            ),
            "content-type",
        ),
        (lambda entry: entry["request"]["json"].update(model="no/such-model"), "404 emulated"),
    ],
)
def test_an_emulator_that_differs_is_found(
    change: Callable[[dict[str, Any]], object], found: str
) -> None:
    assert found in str(emulator_problems(changed(change)))


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda entry: entry["request"]["json"].update(stream=False), "the body"),
        (lambda entry: entry["response"].update(body="<html>"), "APIResponseError"),
        (lambda entry: entry["response"].update(status=302), "APIStatusError"),
    ],
)
def test_a_client_that_differs_is_found(
    change: Callable[[dict[str, Any]], object], found: str, *, is_async: bool
) -> None:
    assert found in str(client_problems(changed(change), is_async=is_async))


def test_a_field_that_a_result_lacks_is_found() -> None:
    body = {"data": [{"id": "a", "name": "x"}], "meta": {"total_pages": 1}}
    assert lost(body, [{"id": "a", "name": "x"}]) == []
    assert lost(body, [{"id": "a"}]) == ["/data/0/name"]
    assert lost(body, [{"id": "a", "name": "y"}]) == ["/data/0/name: 'x' became 'y'"]
    assert lost({**body, "warning": "w"}, [{"id": "a", "name": "x"}]) == ["/warning"]
    assert lost(body, []) == ["/data: 1 elements, 0 in the result"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda entry: entry["provenance"].update(source="hearsay"), "the source 'hearsay'"),
        (lambda entry: entry["provenance"].pop("date"), "fields are missing: ['date']"),
        (lambda entry: entry.update(remark="x"), "unknown fields: ['remark']"),
        (lambda entry: entry["response"].pop("status"), "fields are missing: ['status']"),
    ],
)
def test_a_line_that_is_not_an_exchange_is_refused(
    change: Callable[[dict[str, Any]], object], reason: str, tmp_path: Path
) -> None:
    lines = [json.dumps(CHAT), json.dumps(changed(change).entry)]
    (tmp_path / "bad.jsonl").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"bad:2 is not an exchange") as refused:
        cassettes(tmp_path)
    assert reason in str(refused.value)
