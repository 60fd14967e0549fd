"""Object keys contain a document's id and metadata, in a form that other programs can parse."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.vectorstores.keys import (
    LONGEST_KEY,
    document_key,
    id_stem,
    parent_key,
    parse_key,
    prefixes,
    spellings,
)
from langchain_telnyx.vectorstores.versions import CONTENT, next_version

# UTF-8 cannot encode half of a surrogate pair, so a key cannot contain it.
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
METADATA = st.dictionaries(TEXT, VALUES, max_size=4)
VERSION = "1j1ad7sbucbc79v"


@given(id_=IDS, metadata=METADATA)
def test_every_key_is_short_safe_and_parses_to_its_parts(
    id_: str, metadata: dict[str, Any]
) -> None:
    made = document_key(id_, VERSION, metadata)
    assert len(made.key) <= LONGEST_KEY
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", made.key)
    assert parse_key(made.key) == made
    assert made.key.startswith(prefixes(id_)[0])
    if made.place == "key":
        assert made.id == id_
        assert json.dumps(made.metadata, sort_keys=True) == json.dumps(metadata, sort_keys=True)


@given(one=IDS, other=IDS)
def test_no_two_ids_share_a_prefix(one: str, other: str) -> None:
    if one != other:
        assert not document_key(other, VERSION, {}).key.startswith(prefixes(one)[0])


@given(id_=IDS, number=st.integers(1, 999_999))
def test_the_key_of_a_chunk_is_short_and_has_its_number_and_that_of_its_document(
    id_: str, number: int
) -> None:
    parent = parent_key(id_, VERSION)
    parsed = parse_key(parent.chunk_key(number))
    assert parsed is not None
    assert len(parsed.key) <= LONGEST_KEY
    assert parsed.key.startswith(prefixes(id_)[0])
    assert (parsed.chunk, parsed.whole, parsed.version) == (number, parent.key, VERSION)
    assert parsed.text_key == parent.text_key != parent.key
    assert parse_key(parent.key) == parent


@pytest.mark.parametrize("segment", ["c", "c0", "c01", "cx", "c1234567890", "p1"])
def test_an_invalid_number_is_not_a_chunk(segment: str) -> None:
    body = f"titan.{VERSION}.{segment}"
    check = hashlib.sha256(body.encode()).hexdigest()[:6]
    assert parse_key(f"{body}.{check}.txt") is None


@given(metadata=METADATA, id_=IDS)
def test_another_program_can_parse_keys_in_a_few_lines(metadata: dict[str, Any], id_: str) -> None:
    key = document_key(id_, VERSION, metadata).key

    stem, _version, segment, check, suffix = key.split(".")
    body = key.rsplit(".", 2)[0]
    form, data = segment[0], base64.urlsafe_b64decode(segment[1:] + "=" * (-len(segment[1:]) % 4))
    unescaped = re.sub(rb"_([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), stem.encode())

    assert (suffix, check) == ("txt", hashlib.sha256(body.encode()).hexdigest()[:6])
    if form != "s":
        text = zlib.decompress(data, -15) if form == "z" else data or b"{}"
        assert (unescaped.decode(), json.loads(text)) == (id_, metadata)


@pytest.mark.parametrize(
    ("id_", "metadata", "key"),
    [
        ("a", {}, "a.0.n."),
        ("dir/a b.md#1", {}, "dir_2Fa_20b_2Emd_231.0.n."),
        ("a_b", {}, "a_5Fb.0.n."),
        ("ü", {}, "_C3_BC.0.n."),
        ("a", {"n": 1}, "a.0.jeyJuIjoxfQ."),
        ("a", {"big": "".join(map(chr, range(0x400, 0x500)))}, "a.0.s."),
        ("i" * 97, {}, f"_h{hashlib.sha256(b'i' * 97).hexdigest()[:40]}.0.s."),
    ],
)
def test_a_key_has_the_documented_form(id_: str, metadata: dict[str, Any], key: str) -> None:
    made = document_key(id_, CONTENT, metadata).key
    assert re.fullmatch(re.escape(key) + r"[0-9a-f]{6}\.txt", made)


def test_compression_makes_room_for_repetitive_metadata() -> None:
    metadata = {"path": "/usr/share/doc/" * 200}
    made = document_key("a", VERSION, metadata)
    assert (made.place, made.metadata) == ("key", metadata)


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
def test_metadata_that_json_would_change_is_refused_by_id(metadata: dict[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"document 'the-id' (cannot be stored|would change)"):
        document_key("the-id", VERSION, metadata)


def test_an_empty_id_and_one_that_is_not_unicode_are_refused() -> None:
    with pytest.raises(ValueError, match="id is empty"):
        id_stem("")
    with pytest.raises(ValueError, match="not Unicode"):
        id_stem("\ud83d")


@pytest.mark.parametrize(
    "key",
    [
        "report.pdf",
        "dir/notes.txt",
        "notes.0.n.txt",
        "notes.0.n.abcdef.txt",  # our form, but a wrong check
        "backup.2024.sql.a1b2c3.txt",
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
        f"a!j{base64.urlsafe_b64encode(b'[' * 700).decode().rstrip('=')}.txt",
    ],
)
def test_a_key_of_another_form_is_a_file(key: str) -> None:
    assert parse_key(key) is None


def test_a_compression_bomb_in_a_key_is_a_file() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b'{"a":"' + b"x" * 50_000_000 + b'"}') + packer.flush()
    key = f"a!z{base64.urlsafe_b64encode(bomb).rstrip(b'=').decode()}.txt"
    assert parse_key(key) is None


@pytest.mark.parametrize(
    ("key", "id_", "metadata"),
    [
        ("a!.txt", "a", {}),
        ("dir%2Fa%20b.md%231!.txt", "dir/a b.md#1", {}),
        ("a!jeyJuIjoxfQ.txt", "a", {"n": 1}),
        ("a!zq1YqSa0oUbJSqqAAKNUCAA.txt", "a", {"text": "x" * 60}),
    ],
)
def test_keys_of_earlier_versions_are_read(key: str, id_: str, metadata: dict[str, Any]) -> None:
    parsed = parse_key(key)
    assert parsed is not None
    assert (parsed.id, parsed.metadata, parsed.version) == (id_, metadata, "")
    assert key.startswith(prefixes(id_)[1])


@given(existing=st.lists(st.integers(0, 32**11 - 2), max_size=4))
def test_a_version_is_newer_than_all_that_exist(existing: list[int]) -> None:
    digits = "0123456789abcdefghijklmnopqrstuv"

    def text(number: int) -> str:
        return "".join(digits[number >> 5 * place & 31] for place in range(10, -1, -1)) + "vvvv"

    versions = [text(number) for number in existing]
    made = next_version([*versions, CONTENT, ""])
    assert all(made > version for version in versions)
    assert made > CONTENT > ""


def test_the_spellings_of_a_file_name_begin_with_the_name_itself() -> None:
    source = "https://us-central-1.telnyxstorage.com/b/a%20b.txt"
    assert spellings("b/a%20b.txt", source) == ["b/a%20b.txt", "b/a b.txt", "a%20b.txt", "a b.txt"]
