"""Signed addresses: hidden secrets, and keys that identify the recording."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.transcription.addresses import split_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator

CALL = "https://bucket.example.com/calls/1%202.mp3"
SIGNED = {
    "S3 v4": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA{0}%2F20261128%2Feu%2Fs3%2Faws4"
    "_request&X-Amz-Date=20261128T000000Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host"
    "&X-Amz-Security-Token=token{0}&X-Amz-Signature=abc{0}",
    "S3 v4, lower case": "x-amz-date=20261128T{0}&x-amz-signature=abc{0}",
    "S3 v2": "AWSAccessKeyId=AKIA{0}&Signature=abc{0}%3D&Expires=17{0}",
    "Google v4": "X-Goog-Algorithm=GOOG4&X-Goog-Credential=me{0}&X-Goog-Date=2026&X-Goog-Expires=9"
    "&X-Goog-SignedHeaders=host&X-Goog-Signature=abc{0}",
    "Google v2": "GoogleAccessId=me{0}%40example.com&Expires=17{0}&Signature=abc{0}",
    "Azure": "sv=2024-11-04&ss=b&srt=o&st=2026-{0}&se=2027-{0}&sr=b&sp=r&spr=https&sip=10.0.0.{0}"
    "&skoid=o{0}&sktid=t{0}&skt=2026&ske=2027&sks=b&skv=2024&sig=abc{0}%3D",
    "CloudFront": "Expires=17{0}&Signature=abc{0}&Key-Pair-Id=K{0}",
    "CloudFront, policy": "Policy=eyJ{0}&Signature=abc{0}&Key-Pair-Id=K{0}&Hash-Algorithm=SHA256",
    "escaped name": "X%2DAmz%2DSignature=abc{0}",
}


@pytest.mark.parametrize("form", SIGNED.values(), ids=SIGNED)
@pytest.mark.parametrize("rest", ["", "versionId=7"])
def test_a_signature_is_hidden_and_not_part_of_the_key(form: str, rest: str) -> None:
    both = [
        split_signature(f"{CALL}?{'&'.join(filter(None, (form.format(number), rest)))}")
        for number in ("5ec4e701", "5ec4e702")
    ]
    plain = f"{CALL}?{rest}" if rest else CALL
    assert [each.shown for each in both] == [plain] * 2
    assert both[0].key == both[1].key == split_signature(plain).key


@pytest.mark.parametrize(
    ("address", "other"),
    [
        (f"{CALL}?id=1", f"{CALL}?id=2"),
        (f"{CALL}?Expires=1", f"{CALL}?Expires=2"),  # without a signature it may mean anything
        (f"{CALL}?se=1", f"{CALL}?se=2"),
        (f"{CALL}?key=1.mp3", f"{CALL}?key=2.mp3"),
        (f"{CALL}?token=secret-token-1", f"{CALL}?token=secret-token-2"),
        (CALL, CALL.upper()),
        ("https://me:pass@h/1.mp3", "https://h/2.mp3"),
    ],
)
def test_parameters_that_may_select_the_recording_are_part_of_the_key(
    address: str, other: str
) -> None:
    assert split_signature(address).key != split_signature(other).key


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:password@h.example/1.mp3", "https://h.example/1.mp3"),
        (f"{CALL}?token=secret-token-1&alt=media", f"{CALL}?alt=media"),
        (f"{CALL}?api_key=secret-key-1", CALL),
        (f"{CALL}#access_token=secret", CALL),
        (f"{CALL}?b=2&a=1", f"{CALL}?b=2&a=1"),
    ],
)
def test_passwords_and_tokens_are_hidden(address: str, shown: str) -> None:
    assert split_signature(address).shown == shown


@given(st.text(max_size=60))
def test_any_text_behind_a_scheme_can_be_split(text: str) -> None:
    found = split_signature(f"https://{text}")
    assert split_signature(f"https://{text}") == found
    assert split_signature(found.shown).shown == found.shown


@pytest.mark.parametrize("on_error", ["skip", "document"])
def test_documents_logs_and_manifests_contain_no_signature(
    load: Callable[..., Any],
    emulator: TelnyxEmulator,
    caplog: pytest.LogCaptureFixture,
    on_error: str,
) -> None:
    url = "http://192.0.2.1/calls/a.wav?AWSAccessKeyId=AKIA5ec4e7&Signature=5ec4e7&Expires=17"
    with caplog.at_level(logging.DEBUG, "langchain_telnyx"):
        documents = load(url, on_error=on_error, manifest="m.jsonl")
    assert emulator.requests
    shown = caplog.text + json.dumps([each.metadata for each in documents])
    shown += "".join(file.read_text("utf-8") for file in Path().rglob("*") if file.is_file())
    assert "5ec4e7" not in shown
