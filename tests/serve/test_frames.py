"""Frames of Conversation Relay are parsed strictly where they are read, and never lose a field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.serve.heard import Spoken, cut
from langchain_telnyx.serve.relay.flushing import Flusher
from langchain_telnyx.serve.relay.frames import (
    Digit,
    Frame,
    FrameError,
    Interruption,
    Prompt,
    Setup,
    UnknownFrame,
    parse_frame,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(["setup", "prompt", "dtmf", "interrupt", "error"]) | st.text()
FIELDS = st.sampled_from(
    [
        "sessionId",
        "from",
        "customParameters",
        "voicePrompt",
        "last",
        "lang",
        "digit",
        "utteranceUntilInterrupt",
        "durationUntilInterruptMs",
        "description",
        "novelty",
    ]
)


def parsed(text: str) -> Frame | FrameError:
    try:
        return parse_frame(text)
    except FrameError as error:
        return error


def test_documented_frames() -> None:
    prompt = parse_frame('{"type":"prompt","voicePrompt":"hello","lang":"en","last":false}')
    assert prompt == Prompt("hello", "en", is_last=False)
    assert parse_frame('{"type":"dtmf","digit":"1"}') == Digit("1")
    text = (
        '{"type":"interrupt","utteranceUntilInterrupt":"Welcome","durationUntilInterruptMs":1820}'
    )
    assert parse_frame(text) == Interruption("Welcome", 1820)
    setup = parse_frame(
        '{"type":"setup","sessionId":"s","callControlId":"c","from":"+1","to":"+2",'
        '"direction":"inbound","callerName":"Ann","customParameters":{"a":"b"},"callSid":"x"}'
    )
    assert setup == Setup("s", "c", "+1", "+2", "inbound", "Ann", {"a": "b"}, {"callSid": "x"})


@given(kind=KINDS, fields=st.dictionaries(FIELDS, JSON))
def test_a_frame_is_parsed_or_refused_by_the_name_of_a_field(
    kind: str, fields: dict[str, Any]
) -> None:
    frame = parsed(json.dumps({"type": kind, **fields}))
    if isinstance(frame, FrameError):
        assert any(f"`{name}`" in str(frame) for name in {*fields, "voicePrompt", "digit"})
        return
    if isinstance(frame, UnknownFrame):
        assert (frame.type, frame.extra) == (kind, fields)
    # What is not read is in `extra`.
    assert frame.extra.items() <= fields.items()
    assert fields.get("novelty") == frame.extra.get("novelty")


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_a_frame_or_an_error(text: str) -> None:
    frame = parsed(text)
    if isinstance(frame, FrameError):
        assert len(str(frame)) < 200


@pytest.mark.parametrize(
    ("spoken", "heard", "expected"),
    [
        (["Hello, how can I help?"], "hello how", ["Hello, how"]),
        (["Hello."], "hello", ["Hello."]),
        (["One. ", "Two."], "one two", ["One. ".rstrip(), "Two."]),
        (["One. ", "Two."], "one", ["One.", ""]),
        (["You owe 25 dollars."], "you owe twenty five", ["You owe 25 dollars."]),
        (["You owe 25 dollars by May."], "you owe twenty", ["You owe 25"]),
        (["Hello"], "", [""]),
    ],
)
def test_an_answer_is_cut_where_the_caller_stopped_listening(
    spoken: list[str], heard: str, expected: list[str]
) -> None:
    pieces = [Spoken(str(number), text) for number, text in enumerate(spoken)]
    assert [piece.text for piece in cut(pieces, heard)] == expected


@given(texts=st.lists(st.text(max_size=20), max_size=4), heard=st.integers(0, 60), data=st.data())
def test_a_cut_is_a_beginning(texts: list[str], heard: int, data: st.DataObject) -> None:
    pieces = [Spoken(str(number), text) for number, text in enumerate(texts)]
    whole = "".join(texts)
    part = whole[:heard] if data.draw(st.booleans()) else data.draw(st.text(max_size=20))
    cuts = cut(pieces, part)
    assert [piece.message_id for piece in cuts] == [piece.message_id for piece in pieces]
    letters = ["".join(filter(str.isalnum, piece.text)) for piece in cuts]
    for piece, original in zip(letters, texts, strict=True):
        assert "".join(filter(str.isalnum, original)).startswith(piece)
    # Nothing is heard of a message before the one before it is heard whole.
    for number, piece in enumerate(letters[1:], 1):
        if piece:
            assert letters[number - 1] == "".join(filter(str.isalnum, texts[number - 1]))


@given(st.lists(st.text(alphabet="ab .!?\n3\u3002", max_size=5)))
def test_flushing_loses_nothing(tokens: list[str]) -> None:
    for by in ("token", "sentence"):
        flusher = Flusher(by)
        pieces = [flusher.feed(token) for token in tokens]
        assert "".join([*pieces, flusher.rest()]) == "".join(tokens)
