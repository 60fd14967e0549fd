"""Cassettes and evidence have no key, no ids of the account and no personal text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.client import Telnyx
from langchain_telnyx.doctor.live import plan, run
from langchain_telnyx.doctor.live.journal import Journal
from langchain_telnyx.doctor.live.recording import Recorder
from langchain_telnyx.doctor.live.scrubbing import scrub, scrub_text
from langchain_telnyx.doctor.live.session import Session
from langchain_telnyx.emulator import TelnyxEmulator
from tests.doctor.live_runs import QUICK, register_speech
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KEY = "KEY0192A7F4C3D5_s3cretS3cretS3cret"
_HEX = "0123456789abcdef"
_WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)
# Texts that identify somebody wherever they are.
ANYWHERE = st.one_of(
    st.just(KEY),
    st.uuids().map(str),
    st.uuids().map(lambda value: str(value).upper()),
    st.builds("{}.ö{}@{}.example.org".format, _WORD, _WORD, _WORD),
    st.integers(10**9, 10**11).map("+1312{}".format),
    st.builds("KEY{}_{}".format, st.text("0123456789ABCDEF", min_size=12, max_size=32), _WORD),
    st.builds("eyJ{}.{}.{}".format, _WORD, _WORD, _WORD),
    st.builds("ltg_sk_{}{}".format, _WORD, _WORD),
)
# Fields whose values identify somebody, whatever they are.
FIELDS = st.sampled_from(
    [
        *("user_id", "organization_id", "account_id", "request_id", "owner", "email", "from"),
        *("to", "telnyx_end_user_target", "phone_number", "token", "call_control_id"),
        *("billing_group_id", "first_name"),
    ]
)


def _surrounded(secret: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["{}", "See {}.", "id={}&x=1", '"{}"', "a/{}/b", "({})", "<Id>{}</Id>", "\n{}\n"]
    ).map(lambda form: form.format(secret))


@st.composite
def bodies(draw: st.DrawFn) -> tuple[Any, set[str]]:
    """Draw a JSON body with secrets, and the secrets."""
    secrets: set[str] = set()

    def leaf() -> Any:
        if draw(st.booleans()):
            return draw(st.one_of(st.none(), st.booleans(), st.integers(0, 999), _WORD))
        secret = draw(ANYWHERE)
        secrets.add(secret)
        return draw(_surrounded(secret))

    def value(depth: int) -> Any:
        kind = draw(st.sampled_from(["leaf", "list", "object"])) if depth else "leaf"
        if kind == "list":
            return [value(depth - 1) for _ in range(draw(st.integers(0, 3)))]
        if kind == "object":
            names = draw(st.lists(_WORD, max_size=3, unique=True))
            made = {name: value(depth - 1) for name in names}
            secret = "z" + draw(st.text(_HEX, min_size=10, max_size=20))
            secrets.add(secret)
            return {**made, draw(FIELDS): secret}
        return leaf()

    return {"data": value(3)}, secrets


@settings(max_examples=examples(150))
@given(
    bodies(),
    st.sampled_from(["json", "escaped", "stream", "text"]),
    st.sampled_from([200, 400]),
)
def test_no_secret_of_a_response_is_recorded(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: tuple[Any, set[str]],
    form: str,
    status: int,
) -> None:
    body, secrets = drawn
    text = json.dumps(body, ensure_ascii=form == "escaped")
    if form == "stream":
        text = f": {KEY}\n\ndata: {text}\n\ndata: [DONE]\n\n"
    elif form == "text":
        # Without field names, only what identifies somebody anywhere can be found.
        secrets = {secret for secret in secrets if not secret.startswith("z")}
        text = "<html>" + " ".join(sorted(secrets))
    folder = tmp_path_factory.mktemp("cassettes")
    cassette = folder / "cassette.jsonl"

    def respond(_: httpx.Request) -> httpx.Response:
        headers = {"x-ratelimit-limit": KEY, "x-request-id": "a"}
        return httpx.Response(status, content=text.encode(), headers=headers)

    with (
        httpx.Client(transport=httpx.MockTransport(respond)) as http,
        Telnyx(api_key=KEY, base_url="https://api.telnyx.com/v2", http_client=http) as telnyx,
    ):
        session = Session(telnyx, Journal(folder / "journal.jsonl"), Recorder(cassette))
        reply = session.request("POST", "/ai/summarize", {"note": f"{KEY} ann@example.org"})
    recorded = cassette.read_text("utf-8")
    for secret in {*secrets, KEY, "ann@example.org"}:
        assert secret not in recorded
        assert json.dumps(secret)[1:-1] not in recorded
    assert KEY not in reply.text


@given(_WORD, st.integers(0, 10**6), st.floats(0, 2))
def test_what_identifies_nobody_stays(word: str, number: int, distance: float) -> None:
    row = {
        "document_chunk": f"{word} counts {number} gulls.",
        "distance": distance,
        "metadata": {"filename": f"{word}.txt", "certainty": distance},
        "created_at": "2026-11-28T23:00:00+00:00",
        "usage": {"prompt_tokens": number},
        "embedding": [distance, 0.25],
    }
    assert scrub(row) == row


def test_models_that_the_account_trained_are_left_out() -> None:
    public = {"id": "moonshotai/Kimi-K2.6", "context_length": 1, "base_model": None}
    own = {"id": "ft-ann-smith", "context_length": 1, "base_model": "meta-llama/Llama"}
    assert scrub({"data": [public, own]}) == {"data": [public]}


def test_addresses_and_tokens_in_urls_are_hidden() -> None:
    url = "https://us-central-1.telnyxcloudstorage.com/b/a.txt?X-AMZ-Security-Token=abc.def-1"
    assert scrub_text(url) == url.replace("abc.def-1", "***")
    assert scrub_text("from 203.0.113.9") == "from 192.0.2.1"


def test_a_run_records_each_exchange_without_key_and_ids(tmp_path: Path) -> None:
    cassette = tmp_path / "cassette.jsonl"
    with TelnyxEmulator(sockets=False) as emulator:
        register_speech(emulator)
        options = {**QUICK, **emulator.options()}
        found = [*run(plan(), journal=tmp_path / "journal", cassette=cassette, **options)]
        key, user = emulator.api_key, emulator.account.user_id
    text = cassette.read_text("utf-8")
    evidence = "\n".join(map(str, found))
    for secret in (key, user):
        assert secret not in text + evidence
    ids = r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    assert {*re.findall(ids, text + evidence)} <= {"00000000-0000-0000-0000-000000000000"}
    entries = [json.loads(line) for line in text.splitlines()]
    assert len(entries) > 100
    assert len(text) < 1_000_000
    chat = next(e for e in entries if e["request"]["path"].endswith("/chat/completions"))
    assert chat["response"]["body"]["choices"][0]["message"]["role"] == "assistant"
