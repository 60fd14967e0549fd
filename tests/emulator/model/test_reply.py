from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.model import logprobs, tokens
from langchain_telnyx.emulator.model.reply import Reply, ToolUse, capped, stopped


@given(st.text(max_size=200))
def test_tokens_add_up_to_the_text(text: str) -> None:
    assert "".join(tokens.tokenise(text)) == text
    assert "".join(tokens.deltas(text)) == text
    assert tokens.count(text) == len(tokens.tokenise(text))


def test_a_stream_delivers_words() -> None:
    assert tokens.deltas("Hello, wonderful world!\nBye.") == [
        "Hello,",
        " wonderful",
        " world!",
        "\nBye.",
    ]


@given(st.text(max_size=80), st.integers(0, 20))
def test_logprobs_describe_the_text_token_by_token(text: str, top: int) -> None:
    entries = logprobs.logprobs(text, top)
    assert "".join(entry["token"] for entry in entries) == text
    for entry in entries:
        logprobs_of_token = [alternative["logprob"] for alternative in entry["top_logprobs"]]
        assert len(logprobs_of_token) == top
        assert logprobs_of_token == sorted(logprobs_of_token, reverse=True)
        assert len({alternative["token"] for alternative in entry["top_logprobs"]}) == top
        assert entry["logprob"] <= 0
        assert not logprobs_of_token or logprobs_of_token[0] == entry["logprob"]


@pytest.mark.parametrize(
    ("stops", "expected"),
    [([], "one two three"), (["three", " two"], "one"), (["one"], ""), (["four"], "one two three")],
)
def test_content_ends_before_the_first_stop_sequence(stops: list[str], expected: str) -> None:
    assert stopped(Reply(content="one two three"), stops).content == expected


def test_a_cap_truncates_the_content() -> None:
    reply = capped(Reply(content="one two three"), 2)
    assert (reply.content, reply.finish_reason, reply.tokens) == ("one two", "length", 2)


def test_a_reply_within_its_cap_is_unchanged() -> None:
    assert capped(Reply(content="one two three"), 3).finish_reason == "stop"


def test_reasoning_counts_against_the_cap() -> None:
    reply = capped(Reply(content="one two three", reasoning="I think"), 4)
    assert (reply.reasoning, reply.content) == ("I think", "one two")


def test_reasoning_that_uses_the_whole_cap_leaves_no_content() -> None:
    reply = capped(Reply(content="one two three", reasoning="I think hard"), 2)
    assert (reply.reasoning, reply.content, reply.finish_reason) == ("I think", None, "length")


def test_a_cap_truncates_the_arguments_of_tool_calls() -> None:
    calls = (ToolUse("add", '{"a": 1, "b": 2}'), ToolUse("add", '{"a": 3, "b": 4}'))
    reply = capped(Reply(tool_calls=calls, finish_reason="tool_calls"), 7)
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [("add", '{"a": 1')]
    assert reply.finish_reason == "length"
