"""Reasoning is separate from the text."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.chat_models.output.thinking import ThinkTags, split_reasoning
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

TAGGED = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "</", "think", ">", " ", "\n", "a", "é", "<thi"]),
    max_size=12,
).map("".join)


@settings(max_examples=examples(150), deadline=None)
@given(TAGGED, st.lists(st.integers(0, 40), max_size=4), st.booleans())
def test_reasoning_is_split_equally_in_any_pieces(
    text: str,
    places: list[int],
    opened: bool,  # noqa: FBT001 - drawn
) -> None:
    tags = ThinkTags(opened=opened)
    cuts = [0, *sorted(place for place in places if place < len(text)), None]
    pieces = [tags.feed(text[a:b]) for a, b in itertools.pairwise(cuts)] + [tags.end()]
    reasoning = "".join(thought for thought, _ in pieces)
    answer = "".join(rest for _, rest in pieces)
    assert (reasoning, answer) == split_reasoning(text, opened=opened)


@settings(max_examples=examples(100), deadline=None)
@given(TAGGED, st.text("ab<>/ \n", max_size=8))
def test_only_tags_and_surrounding_space_are_removed(thought: str, rest: str) -> None:
    thought = thought.replace("</think>", "")
    if "</think>" in thought + "</think>"[:-1]:
        return
    reasoning, answer = split_reasoning(f"<think>{thought}</think>{rest}")
    if not rest.lstrip().startswith("<think>"):
        assert (reasoning, answer) == (thought, rest.lstrip())


@pytest.mark.parametrize(
    ("text", "opened", "reasoning", "answer"),
    [
        ("<think>Hm.</think>\n\nTitan.", False, "Hm.", "Titan."),
        (" \n<think>Hm.</think>Titan.", False, "Hm.", "Titan."),
        ("<think>A.</think>\n<think>B.</think>Titan.", False, "A.B.", "Titan."),
        ("<think>Hm.", False, "Hm.", ""),
        ("<think></think>Titan.", False, "", "Titan."),
        ("Titan. <think>Hm.</think>", False, "", "Titan. <think>Hm.</think>"),
        ("  Titan.", False, "", "  Titan."),
        ("Hm.</think>Titan.", False, "", "Hm.</think>Titan."),
        ("Hm.</think>Titan.", True, "Hm.", "Titan."),
        ("Hm.", True, "Hm.", ""),
        ("", True, "", ""),
    ],
)
def test_reasoning_is_between_tags_at_the_beginning(
    text: str, reasoning: str, answer: str, *, opened: bool
) -> None:
    assert split_reasoning(text, opened=opened) == (reasoning, answer)


def test_tags_are_read_with_think_tags(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(think_tags=True, **emulator.options())
    for _ in range(3):
        emulator.say(
            "<think>The largest.</think>Titan.",
            chunks=["<thi", "nk>The largest.</th", "ink>Titan."],
        )
    for answer in (mode.invoke(model), mode.whole(model)):
        assert answer.content == "Titan."
        assert answer.additional_kwargs["reasoning_content"] == "The largest."
    plain = ChatTelnyx(**emulator.options())
    assert mode.invoke(plain).content == "<think>The largest.</think>Titan."


def test_reasoning_is_a_standard_block_whole_and_streamed(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    for version in ("v0", "v1"):
        model = ChatTelnyx(output_version=version, **emulator.options())
        for _ in range(2):
            emulator.say("Titan.", reasoning="The largest.")
        for answer in (mode.invoke(model), mode.whole(model)):
            blocks: list[Any] = answer.content_blocks
            assert [(block["type"], block[block["type"]]) for block in blocks] == [
                ("reasoning", "The largest."),
                ("text", "Titan."),
            ]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_answer_with_reasoning_only_logs_a_warning(
    emulator: TelnyxEmulator, mode: Mode, caplog: pytest.LogCaptureFixture, *, streamed: bool
) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.say("", reasoning="Let me think", finish_reason="length")
    with caplog.at_level(logging.WARNING):
        answer = (mode.whole if streamed else mode.invoke)(model)
    assert answer.content == ""
    assert answer.additional_kwargs["reasoning_content"] == "Let me think"
    [message] = caplog.messages
    assert "is empty: reasoning used up the output tokens. Increase `max_tokens`" in message


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_truncated_answer_logs_no_warning(
    emulator: TelnyxEmulator, mode: Mode, caplog: pytest.LogCaptureFixture, *, streamed: bool
) -> None:
    emulator.say("Titan and", finish_reason="length")
    (mode.whole if streamed else mode.invoke)(ChatTelnyx(**emulator.options()))
    assert caplog.messages == []
