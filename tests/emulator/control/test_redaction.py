"""Secrets are left out of recorded requests."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import hypothesis
import pytest
from hypothesis import strategies as st

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.control import redaction
from langchain_telnyx.emulator.control.redaction import redactor
from tests.emulator.conftest import Api
from tests.emulator.control.conftest import Control
from tests.support.hypothesis_profiles import examples

KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=20)
# The machine may be busy.
SETTINGS = hypothesis.settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
OTHER = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@SETTINGS
@hypothesis.given(keys=st.lists(KEYS, min_size=1, max_size=2), before=OTHER, after=OTHER)
def test_no_form_of_a_key_remains(keys: list[str], before: str, after: str) -> None:
    redact = redactor([*keys, None])
    for key in keys:
        hypothesis.assume("*" not in key)
        for form in (key, quote(key, safe=""), quote_plus(key), json.dumps(key)[1:-1]):
            assert form not in redact(before + form + after)
            assert form.encode() not in redact.binary(form.encode(), whole=True)
        whole = json.dumps({before: [{key: key}], "at": f"https://a.test/?k={quote(key)}"})
        clean = json.dumps(redaction.value(json.loads(whole), "", redact))
        assert key not in clean
        assert json.dumps(key)[1:-1] not in clean


@SETTINGS
@hypothesis.given(key=KEYS, before=OTHER, data=st.data())
def test_the_start_of_a_text_does_not_end_within_a_key(
    key: str, before: str, data: st.DataObject
) -> None:
    hypothesis.assume("*" not in key)
    length = data.draw(st.integers(4, len(key) - 1))
    assert not redactor([key]).start(before + key[:length]).endswith(key[:length])


@SETTINGS
@hypothesis.given(found=st.recursive(OTHER | st.integers() | st.none(), st.lists, max_leaves=5))
def test_other_values_do_not_change(found: Any) -> None:
    hypothesis.assume("=" not in json.dumps(found))
    assert redaction.value(found, "/v2/x", redactor(["KEY_of_the_account"])) == found


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [
        ("password", True),
        ("api_key", True),
        ("client_secret", True),
        ("private_key", True),
        ("openai-api-key", True),
        ("accessToken", True),
        ("access_token", True),
        ("token", False),
        ("api_key_ref", False),
        ("max_tokens", False),
    ],
)
def test_fields_with_credentials_have_no_value(name: str, is_hidden: bool) -> None:  # noqa: FBT001 - a case
    redact = redactor([])
    expected = "***" if is_hidden else "value"
    assert redaction.value({"a": [{name: "value"}]}, "/", redact) == {"a": [{name: expected}]}
    text = json.dumps({"a": {name: "value"}})
    assert json.loads(redaction.text(text, "/", redact)) == {"a": {name: expected}}
    assert ("val" in redaction.text(text[:-4], "/", redact, whole=False)) != is_hidden


def test_secrets_of_requests_and_responses_are_left_out() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        control = Control(emulator)
        secret = {"identifier": "llm", "type": "basic", "username": "ann", "password": "s3cret"}
        control.api("POST", "/integration_secrets", json=secret)
        bearer = {"identifier": "other", "type": "bearer", "token": "t0ken"}
        control.api("POST", "/integration_secrets", json=bearer)
        Api(emulator).put("files", "a.txt", "text")
        signed = control.api("POST", "/storage/buckets/files/a.txt/presigned_url", json={"ttl": 60})
        url, credential = (signed.json()["content"][name] for name in ("presigned_url", "token"))
        emulator.http_client.get(url, headers={"cookie": "session=c00kie", "x-api-key": "an0ther"})
        shown = control.send("GET", "/requests").text
        records = json.loads(shown)["requests"]
    for hidden in ("s3cret", "t0ken", "c00kie", "an0ther", credential, emulator.api_key):
        assert hidden not in shown
    assert records[0]["request_body"]["content"]["identifier"] == "llm"
    assert records[-1]["request_headers"]["cookie"] == "***"


def test_the_key_in_binary_bodies_is_left_out() -> None:
    with TelnyxEmulator(sockets=False) as emulator:
        control = Control(emulator)
        body = b"\xff" + emulator.api_key.encode()
        control.api("PUT", "/nowhere", content=body)
        [record] = control.get("/requests")["requests"]
        assert base64.b64decode(record["request_body"]["content"]) == b"\xff***"


def test_long_texts_take_linear_time() -> None:
    redact = redactor(["KEY_of_the_account"])
    # Quadratic time would be minutes, beyond the time limit of a test.
    for part in ("a", "a=", '"', '"a":', "\\", "_", "&a"):
        redaction.text(part * 500_000, "/", redact, whole=False)
