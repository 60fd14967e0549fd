"""Streamed tool calls are repaired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from langchain_telnyx.chat_models.output import standard_blocks
from langchain_telnyx.chat_models.output.responses import result
from langchain_telnyx.chat_models.output.stream_assembly import StreamAssembly
from langchain_telnyx.client.call import ResponseBody
from tests.support.hypothesis_profiles import examples

standard_blocks.register()

NAMES = st.sampled_from(["size", "mass", "list_moons"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 99) | st.text('a{}[]"\\ \n,:é', max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=4,
)
CALLS = st.lists(
    st.tuples(NAMES, st.dictionaries(st.text("xyz", min_size=1), VALUES, max_size=2)),
    min_size=1,
    max_size=4,
)


@dataclass
class Deltas:
    """Calls with their deltas, as in the protocol."""

    by_call: list[list[dict[str, Any]]]

    @classmethod
    def drawn(cls, draw: Any, calls: list[tuple[str, dict[str, Any]]]) -> Deltas:
        return cls(
            [
                [
                    {"index": number, "id": f"call_{number}", "type": "function", "name": name},
                    *(
                        {"index": number, "arguments": piece}
                        for piece in cls.pieces(draw, json.dumps(arguments))
                    ),
                ]
                for number, (name, arguments) in enumerate(calls)
            ]
        )

    @staticmethod
    def pieces(draw: Any, text: str) -> list[str]:
        places = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=3)))
        return [text[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]

    def one_by_one(self) -> list[dict[str, Any]]:
        return [delta for deltas in self.by_call for delta in deltas]

    def interleaved(self, draw: Any) -> list[dict[str, Any]]:
        """Interleave the deltas of the calls; each call's order is preserved."""
        waiting = [list(deltas) for deltas in self.by_call]
        mixed: list[dict[str, Any]] = []
        while any(waiting):
            mixed.append(draw(st.sampled_from([deltas for deltas in waiting if deltas])).pop(0))
        return mixed


def on_the_wire(delta: dict[str, Any]) -> dict[str, Any]:
    function = {name: delta[name] for name in ("name", "arguments") if name in delta}
    rest = {name: value for name, value in delta.items() if name not in function}
    return {**rest, "function": function}


def streamed(groups: list[list[dict[str, Any]]]) -> AIMessageChunk:
    """Return the calls of a stream of deltas, each a list of calls."""
    assembly = StreamAssembly({}, "m")
    events = [{"choices": [{"index": 0, "delta": {"tool_calls": calls}}]} for calls in groups]
    chunks = [chunk for event in events if (chunk := assembly.feed(event)) is not None]
    chunks += assembly.finish()
    whole = (chunks[0] + chunks[1:]).message
    assert isinstance(whole, AIMessageChunk)
    return whole


def meant(message: AIMessageChunk) -> list[tuple[str, dict[str, Any]]]:
    assert message.invalid_tool_calls == []
    ids = [call["id"] for call in message.tool_calls]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    return [(call["name"], call["args"]) for call in message.tool_calls]


def sent(deltas: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [[on_the_wire(delta)] for delta in deltas]


@settings(max_examples=examples(30), deadline=None)
@given(st.data(), CALLS)
def test_any_interleaving_of_calls_gives_the_calls(
    data: Any, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    deltas = Deltas.drawn(data.draw, calls).interleaved(data.draw)
    groups: list[list[dict[str, Any]]] = []
    for delta in deltas:
        if groups and data.draw(st.booleans()):
            groups[-1].append(on_the_wire(delta))
        else:
            groups.append([on_the_wire(delta)])
    # langchain-core orders calls by index, and indices are assigned as calls begin.
    order = list(dict.fromkeys(delta["index"] for delta in deltas))
    assert meant(streamed(groups)) == [calls[number] for number in order]


def no_ids(delta: dict[str, Any], draw: Any) -> None:
    delta["id"] = draw(st.sampled_from(["", "null", "None", None]))


def ids_in_every_delta(delta: dict[str, Any], draw: Any) -> None:
    delta["id"] = f"call_{delta['index']}"
    del draw


def names_in_every_delta(delta: dict[str, Any], draw: Any) -> None:
    delta["name"] = delta["name_of_call"]
    del draw


def null_arguments_at_first(delta: dict[str, Any], draw: Any) -> None:
    if "arguments" not in delta:
        delta["arguments"] = draw(st.sampled_from([None, ""]))


def placeholder_at_first(delta: dict[str, Any], draw: Any) -> None:
    if "arguments" not in delta:
        delta["arguments"] = draw(st.sampled_from(["{}", "null"]))


# Changes to the deltas of calls with valid indices.
WITH_INDEX = [
    no_ids,
    ids_in_every_delta,
    names_in_every_delta,
    null_arguments_at_first,
    placeholder_at_first,
]


@settings(max_examples=examples(30), deadline=None)
@given(st.data(), CALLS, st.lists(st.sampled_from(WITH_INDEX), max_size=1))
def test_calls_with_indices_are_repaired(
    data: Any, calls: list[tuple[str, dict[str, Any]]], deformations: list[Any]
) -> None:
    deltas = Deltas.drawn(data.draw, calls).interleaved(data.draw)
    order = list(dict.fromkeys(delta["index"] for delta in deltas))
    for delta in deltas:
        delta["name_of_call"] = calls[delta["index"]][0]
        for deform in deformations:
            deform(delta, data.draw)
        del delta["name_of_call"]
    assert meant(streamed(sent(deltas))) == [calls[number] for number in order]


@settings(max_examples=examples(30), deadline=None)
@given(st.data(), CALLS, st.sampled_from([0, None, ...]), st.booleans())
def test_calls_with_the_same_index_or_none_are_separated(
    data: Any,
    calls: list[tuple[str, dict[str, Any]]],
    index: Any,
    ids: bool,  # noqa: FBT001 - drawn
) -> None:
    deltas = Deltas.drawn(data.draw, calls).one_by_one()
    for delta in deltas:
        if index is ...:
            del delta["index"]
        else:
            delta["index"] = index
        if not ids:
            delta.pop("id", None)
    # Without ids, a name begins a call, with its arguments in the same delta.
    if not ids:
        deltas = joined(deltas)
    assert meant(streamed(sent(deltas))) == calls


def joined(deltas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move the first piece of the arguments into each call's first delta."""
    made: list[dict[str, Any]] = []
    for delta in deltas:
        if made and "arguments" not in made[-1]:
            made[-1]["arguments"] = delta["arguments"]
        else:
            made.append(delta)
    return made


@settings(max_examples=examples(30), deadline=None)
@given(st.data(), CALLS)
def test_a_new_id_in_every_delta_does_not_split_a_call(
    data: Any, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    deltas = joined(Deltas.drawn(data.draw, calls).one_by_one())
    for number, delta in enumerate(deltas):
        delta["id"] = f"call_x{number}"
        delta["name"] = calls[delta["index"]][0]
    assert meant(streamed(sent(deltas))) == calls


@settings(max_examples=examples(30), deadline=None)
@given(CALLS, st.booleans(), st.booleans(), st.booleans())
def test_complete_and_streamed_calls_are_equal(
    calls: list[tuple[str, dict[str, Any]]],
    index: bool,  # noqa: FBT001 - drawn
    ids: bool,  # noqa: FBT001 - drawn
    objects: bool,  # noqa: FBT001 - drawn
) -> None:
    wire = [
        on_the_wire(
            {
                **({"index": number} if index else {}),
                **({"id": f"call_{number}"} if ids else {"id": "null"}),
                "name": name,
                "arguments": arguments if objects else json.dumps(arguments),
            }
        )
        for number, (name, arguments) in enumerate(calls)
    ]
    assert meant(streamed([wire])) == calls
    assert meant(streamed([[call] for call in wire])) == calls
    body = ResponseBody({"choices": [{"message": {"tool_calls": wire}}]}, {})
    message: Any = result(body, "m").generations[0].message
    assert meant(message) == calls


def argument(index: int, text: str) -> dict[str, Any]:
    return {"index": index, "function": {"arguments": text}}


@pytest.mark.parametrize(
    "broken",
    [
        '{"path": "/home/an',
        '{"path": "/home/an\\',
        '{"path": "/home/anna"',
        '{"path": ',
        '{"paths": ["/home',
        '{"paths": ["/home"',
        '{"paths": [{"a": 1}',
        "{",
        "[1, 2]",
        "7",
        '"text"',
        "{]",
        "no JSON",
        '{"a": 1}}',
        '{"a": 1}{"a": 1',
    ],
)
def test_a_call_with_broken_arguments_is_invalid(broken: str) -> None:
    first = {"index": 0, "id": "call_a", "function": {"name": "delete", "arguments": ""}}
    whole = streamed([[first], [argument(0, broken)]])
    assert whole.tool_calls == []
    [invalid] = whole.invalid_tool_calls
    assert (invalid["name"], invalid["id"]) == ("delete", "call_a")
    assert (invalid["args"] or "").startswith(broken)
    block: Any = whole.content_blocks[0]
    assert block["type"] == "invalid_tool_call"
    # The fields that events of v3 depend on.
    with pytest.raises(ValueError, match=r".+"):
        json.loads(invalid["args"] or "")


def test_line_ends_in_arguments_are_accepted() -> None:
    first = {"index": 0, "id": "call_a", "function": {"name": "say", "arguments": ""}}
    whole = streamed([[first], [argument(0, '{"text": "a\nb"}')]])
    assert [call["args"] for call in whole.tool_calls] == [{"text": "a\nb"}]


def test_an_empty_delta_begins_no_call() -> None:
    assert (
        streamed([[{"index": 0}], [argument(3, "")], [{"id": "", "function": {}}]]).tool_calls == []
    )


@pytest.mark.parametrize("identity", ["", "null", None, "None"])
def test_a_whole_call_without_an_id_gets_one(identity: str | None) -> None:
    call = {"id": identity, "function": {"name": "size", "arguments": "{}"}}
    body = ResponseBody({"choices": [{"message": {"tool_calls": [call, call]}}]}, {})
    message: Any = result(body, "m").generations[0].message
    ids = [call["id"] for call in message.tool_calls]
    assert len(set(ids)) == 2
    assert all(identity.startswith("call_") for identity in ids)


def test_function_call_is_read_in_complete_answers() -> None:
    old = {"content": None, "function_call": {"name": "size", "arguments": '{"moon": "Titan"}'}}
    message: Any = (
        result(ResponseBody({"choices": [{"message": old}]}, {}), "m").generations[0].message
    )
    assert meant(message) == [("size", {"moon": "Titan"})]
