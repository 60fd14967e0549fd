"""Errors do not contain the API key, whatever the key, the response and the escaping."""

from __future__ import annotations

import html
import json
import re
import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx.client.attempts import read_reply
from langchain_telnyx.client.call import Call, Reply, ResponseBody
from langchain_telnyx.client.decode import json_object
from langchain_telnyx.client.errors import APIResponseError, APIStatusError
from langchain_telnyx.client.redaction import SHORTEST_KEY, redactor
from tests.support.hypothesis_profiles import examples
from tests.support.secrets import leaks, representations

# Any header value; keys of six characters or fewer are test keys.
KEYS = st.text(string.ascii_letters + string.digits + "_-+/=.~%&'\"\\<> ", min_size=12, max_size=60)
# Words of every error, which hypothesis takes from our own code.
OURS = "x-request-id content-type application/json telnyx_api_key telnyx_base_url invalid_tool_call"
KEYS = KEYS.filter(
    lambda key: key == key.strip() and len(set(key)) >= SHORTEST_KEY and key.lower() not in OURS
)
WAYS: dict[str, Any] = {
    "as it is": str,
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded in small letters": lambda key: re.sub(
        "%..", lambda match: match[0].lower(), quote(key, safe="")
    ),
    "as JSON": lambda key: json.dumps(key)[1:-1],
    "as JSON in JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "as HTML": html.escape,
    "as Python": lambda key: repr(key)[1:-1],
}
AROUND = st.text('ab {}[]":,\\<&%é\n', max_size=10)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=examples(40), deadline=None)
@given(key=KEYS, before=AROUND, behind=AROUND, status=st.sampled_from([200, 400, 401, 429, 500]))
def test_no_error_shows_the_key(way: str, key: str, before: str, behind: str, status: int) -> None:
    spelt = before + WAYS[way](key) + behind
    bodies = (
        spelt,
        json.dumps({"errors": [{"code": "1", "title": spelt, "detail": spelt}], spelt: 1}),
        json.dumps([spelt]),
        f"<Error><Code>a</Code><Message>{html.escape(spelt)}</Message></Error>",
    )
    call: Call[ResponseBody] = Call("GET", "/x", json_object)
    for body in bodies:
        headers = {"x-request-id": spelt, "content-type": "application/json"}
        reply = Reply(status, headers, body.encode(), "GET /x", redactor(key))
        try:
            read_reply(reply, call)
        except (APIStatusError, APIResponseError) as error:
            shown = representations(error)
            assert leaks(key, shown=shown) == []
        else:
            assert status == 200  # successful responses are not redacted


@settings(max_examples=examples(100), deadline=None)
@given(key=KEYS, text=st.text(string.ascii_lowercase + " .", max_size=60))
def test_a_text_without_the_key_is_unchanged(key: str, text: str) -> None:
    if not any(key[:12] in each for each in (text, quote(text))):
        assert redactor(key).text(text) == text


@pytest.mark.parametrize("run", ["\\", "%25", "&amp;", "25", "amp;"])
@pytest.mark.parametrize("key", ["KEY0190Canary_toBeSeen", "/+KEY0190/abc_def-xyz"])
def test_the_time_for_escapes_is_linear_in_their_number(key: str, run: str) -> None:
    # With quadratic time this would take hours.
    text = "%" + run * 300_000
    assert redactor(key).text(text) == text
