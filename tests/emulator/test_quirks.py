"""Quirks: their sources, the pessimistic profile, and the behavior of single ones."""

from __future__ import annotations

import dataclasses
import re
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [field.name for field in dataclasses.fields(Quirks)]
PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"
CHAT = "/ai/openai/chat/completions"
THINKING = "moonshotai/Kimi-K2.6"
HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
NAMED = {"type": "function", "function": {"name": "weather"}}


@contextmanager
def api(**quirks: Any) -> Iterator[httpx.Client]:
    """A client of an emulator with quirks."""
    with (
        TelnyxEmulator(quirks=Quirks(**quirks)) as emulator,
        httpx.Client(
            base_url=emulator.base_url,
            headers={"authorization": f"Bearer {emulator.api_key}"},
        ) as client,
    ):
        yield client


def usage_of_stream(client: httpx.Client, **body: Any) -> list[str]:
    """Return the kind of each chunk with usage."""
    text = client.post(CHAT, json={"messages": HELLO, "stream": True, **body}).text
    events = [line for line in text.splitlines() if '"usage"' in line]
    return ["separate" if '"choices":[]' in event.replace(" ", "") else "last" for event in events]


def test_every_quirk_has_a_source() -> None:
    assert [*Quirks.sources()] != []
    assert {*Quirks.sources()} == {*NAMES}
    for name, source in Quirks.sources().items():
        assert source.kind in {"live", "documented", "inferred"}, name
        assert source.evidence.endswith("."), name


@pytest.mark.parametrize("name", NAMES)
def test_the_pessimistic_profile_flips_every_quirk_whose_default_is_not_the_worst(
    name: str,
) -> None:
    same = getattr(Quirks(), name) == getattr(Quirks.pessimistic(), name)
    reason = Quirks.sources()[name].worst_is_default
    assert same == bool(reason), f"{name}: {reason or 'there is no reason for an equal value'}"


def test_profiles_do_not_share_their_words() -> None:
    words: Any = Quirks.pessimistic().file_words
    words["success"] = "changed"
    assert Quirks.pessimistic().file_words["success"] == "embedded"


def test_the_documentation_has_the_source_of_every_default() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| (\w+) \| (.+) \|$", PAGE.read_text(), re.MULTILINE
    )
    worst = Quirks.pessimistic()
    expected = [
        (
            name,
            f"`{getattr(Quirks(), name)!r}`",
            "the default" if source.worst_is_default else f"`{getattr(worst, name)!r}`",
            source.kind,
            source.evidence,
        )
        for name, source in Quirks.sources().items()
    ]
    assert rows == expected


@pytest.mark.parametrize(
    ("quirks", "requested", "expected"),
    [
        ({}, False, []),
        ({}, True, ["separate"]),
        ({"stream_usage": "always"}, False, ["last"]),
        ({"stream_usage": "always"}, True, ["separate"]),
        ({"stream_usage": "never"}, True, []),
        ({"usage_absent": True}, True, []),
    ],
)
def test_usage_is_in_a_stream_if_the_quirks_have_it(
    quirks: dict[str, Any], expected: list[str], *, requested: bool
) -> None:
    options = {"stream_options": {"include_usage": True}} if requested else {}
    with api(**quirks) as client:
        assert usage_of_stream(client, **options) == expected


def test_usage_and_log_probabilities_can_be_absent() -> None:
    body = {"messages": HELLO, "logprobs": True}
    with api(usage_absent=True, logprobs="null") as client:
        answer = client.post(CHAT, json=body).json()
        assert "usage" not in answer
        assert answer["choices"][0]["logprobs"] is None
    with api() as client:
        answer = client.post(CHAT, json=body).json()
        assert answer["choices"][0]["logprobs"]["content"]


def test_a_named_function_is_called_where_it_is_accepted() -> None:
    other = {"type": "function", "function": {"name": "clock"}}
    body = {"messages": HELLO, "tools": [other, WEATHER], "tool_choice": NAMED}
    with api(named_tool_choice="accepted") as client:
        [choice] = client.post(CHAT, json=body).json()["choices"]
        assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["weather"]
        refused = client.post(CHAT, json={**body, "tools": [other]})
        assert refused.status_code == 400
        assert "'weather', which is not among `tools`" in refused.text
    with api() as client:
        refused = client.post(CHAT, json=body)
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "tool_choice"]


def test_the_role_developer_counts_as_system_where_it_is_accepted() -> None:
    def messages(role: str) -> list[dict[str, str]]:
        return [{"role": role, "content": "My cat is Tom."}, *HELLO]

    with api(developer_role="accepted") as client:
        of_developer, of_system = [
            client.post(CHAT, json={"messages": messages(role)}).json()["choices"]
            for role in ("developer", "system")
        ]
        assert of_developer == of_system
    with api() as client:
        refused = client.post(CHAT, json={"messages": messages("developer")})
        assert refused.status_code == 422
        assert refused.json()["detail"][0]["loc"] == ["body", "messages", 0, "role"]


def test_the_field_of_the_reasoning_alternates() -> None:
    with api(reasoning_field="alternating") as client:
        body = {"messages": HELLO, "model": THINKING}
        answers = [client.post(CHAT, json=body).json() for _ in range(4)]
    found = [
        answer["choices"][0]["message"].keys() & {"reasoning", "reasoning_content"}
        for answer in answers
    ]
    assert found == [{"reasoning"}, {"reasoning_content"}] * 2


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_a_share_of_requests_is_refused_reproducibly_and_never_twice_in_a_row(
    share: float,
) -> None:
    def statuses() -> list[int]:
        with api(rate_limited_share=share) as client:
            return [client.get("/ai/openai/models").status_code for _ in range(400)]

    first = statuses()
    assert first == statuses()
    assert first.count(429) / 400 == pytest.approx(share, abs=0.05)
    assert (429, 429) not in [*pairwise(first)]


def test_a_refusal_is_the_documented_one() -> None:
    with api(rate_limited_share=0.5) as client:
        refused = client.get("/ai/openai/models")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "10011")
    assert "retry-after" not in refused.headers


@pytest.mark.parametrize("share", [-0.1, 0.6])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match=r"`rate_limited_share` must be between 0 and 0\.5"):
        Quirks(rate_limited_share=share)


def test_lists_begin_with_an_odd_row() -> None:
    with api(odd_rows=True) as client:
        models = client.get("/ai/openai/models").json()["data"]
        client.post("/ai/conversations", json={})
        conversations = client.get("/ai/conversations").json()["data"]
        tasks = client.get("/ai/embeddings").json()["data"]
    assert [row["id"] is None for row in models[:2]] == [True, False]
    assert [row["id"] is None for row in conversations] == [True, False]
    assert [(row["task_id"], row["status"]) for row in tasks] == [(None, "archived")]
