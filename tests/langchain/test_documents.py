"""A document's id and metadata travel in its key, exactly, in a form other programs can read."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx._buckets.documents import LONGEST_KEY, id_prefix, named, object_key

# UTF-8 cannot carry half of a surrogate pair, and neither can a key.
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(TEXT, VALUES, max_size=4)


@given(id_=IDS)
def test_every_id_comes_back(id_: str) -> None:
    key = object_key(id_, {})
    assert named(key) == (id_, {})
    assert key.startswith(id_prefix(id_))
    assert re.fullmatch(r"[A-Za-z0-9_.~%!-]+", key)  # no slash, no dot segment, nothing to escape


@given(metadata=METADATA)
def test_all_json_metadata_comes_back_with_its_types(metadata: dict[str, Any]) -> None:
    back = named(object_key("a", metadata)).metadata
    assert json.dumps(back, sort_keys=True) == json.dumps(metadata, sort_keys=True)
    assert back == metadata


@given(metadata=METADATA, id_=IDS)
def test_a_reader_of_another_program_needs_five_lines(metadata: dict[str, Any], id_: str) -> None:
    key = object_key(id_, metadata)

    quoted, _, rest = key.removesuffix(".txt").partition("!")
    data = base64.urlsafe_b64decode(rest[1:] + "=" * (-len(rest[1:]) % 4))
    text = zlib.decompress(data, -15) if rest[:1] == "z" else data
    read_id = urllib.parse.unquote(quoted)
    read_metadata = json.loads(text or b"{}")

    assert (read_id, read_metadata) == (id_, metadata)


@pytest.mark.parametrize(
    ("id_", "metadata", "key"),
    [
        ("a", {}, "a!.txt"),
        ("dir/a b.md#1", {}, "dir%2Fa%20b.md%231!.txt"),
        ("ü", {}, "%C3%BC!.txt"),
        ("..", {}, "..!.txt"),
        ("a", {"n": 1}, "a!jeyJuIjoxfQ.txt"),
    ],
)
def test_a_key_has_the_documented_form(id_: str, metadata: dict[str, Any], key: str) -> None:
    assert object_key(id_, metadata) == key


def test_deflated_metadata_of_any_compressor_is_read() -> None:
    # Written out, as implementations of zlib compress differently.
    assert named("a!zq1YqSa0oUbJSqqAAKNUCAA.txt") == ("a", {"text": "x" * 60})


def test_no_id_is_the_beginning_of_another() -> None:
    assert not object_key("ab", {}).startswith(id_prefix("a"))
    assert not object_key("a!b", {}).startswith(id_prefix("a"))


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": (1, 2)},
        {"a": [(1,)]},
        {1: "a"},
        {"a": {2: "b"}},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": b"bytes"},
        {"a": {1, 2}},
        pytest.param({"a": object()}, id="no JSON"),
        {"a": "half a pair: \ud83d"},
    ],
    ids=ascii,
)
def test_metadata_that_would_come_back_changed_is_refused_by_id(metadata: dict[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"document 'the-id' (cannot be kept|would come back)"):
        object_key("the-id", metadata)


def test_metadata_that_does_not_fit_is_refused_with_the_sizes() -> None:
    noise = base64.b64encode(bytes(n * n * 7 % 251 for n in range(900))).decode()
    with pytest.raises(ValueError, match=r"need \d+ bytes, but a key has 1024: the id takes 7,"):
        object_key("the-id", {"noise": noise + str([n**5 for n in range(200)])})


def test_compression_makes_room_for_repetitive_metadata() -> None:
    metadata = {"path": "/usr/share/doc/" * 200}
    assert len(object_key("a", metadata)) < LONGEST_KEY
    assert named(object_key("a", metadata)).metadata == metadata


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(ValueError, match="id is empty"):
        object_key("", {})


@pytest.mark.parametrize(
    "key",
    [
        "report.pdf",
        "dir/notes.txt",
        "hello!.txt.bak",
        "!jeyJuIjoxfQ.txt",
        "a!j.txt",
        "a!jeyJu.txt",
        "a!jW10.txt",  # a JSON list
        "a!zAAAA.txt",  # not deflated
        "a!x123.txt",
        "a!jÄÄ.txt",
        "%FF!.txt",  # not UTF-8
        "dir/a!.txt",
        "",
    ],
)
def test_a_key_of_another_form_is_a_plain_document(key: str) -> None:
    assert named(key) == (None, {"source": key})
