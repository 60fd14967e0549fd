"""Tables: rows are read as they were inserted, by equality and in order; columns are declared."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import IntegrityError
from typing import Any

import pytest

from langchain_telnyx.emulator.storage.database import Store
from langchain_telnyx.emulator.storage.tables import TEXT, UNIQUE, Rows, Table, schema


@dataclass(frozen=True)
class Note:
    id: str
    topic: str
    data: Any
    done: bool | None


NOTES = Table(
    "notes",
    Note,
    {"id": UNIQUE, "topic": TEXT, "data": "TEXT", "done": "INTEGER"},
    numbered=True,
    indexes={"notes_by_topic": ["topic"]},
    json=["data"],
    booleans=["done"],
)
PAIRS = Table("pairs", dict[str, str], {"a": TEXT, "b": TEXT, "value": TEXT}, key=["a", "b"])
FIRST = Note("1", "work", {"ü": [1, None]}, done=True)
SECOND = Note("2", "home", None, done=None)
THIRD = Note("3", "work", "text", done=False)


@pytest.fixture
def notes() -> Rows[Note]:
    rows = Rows(Store(None, [schema(NOTES, PAIRS)]), NOTES)
    for note in (FIRST, SECOND, THIRD):
        rows.insert(**vars(note))
    return rows


def test_rows_are_read_as_inserted(notes: Rows[Note]) -> None:
    assert notes.select() == [FIRST, SECOND, THIRD]
    assert notes.get(id="2") == SECOND
    assert notes.get(id="4") is None


def test_rows_are_selected_counted_and_paged(notes: Rows[Note]) -> None:
    assert notes.select(topic="work") == [FIRST, THIRD]
    assert notes.count(topic="work") == 2
    assert notes.page(2, 1) == (3, [SECOND, THIRD])
    assert notes.query("WHERE topic != ? ORDER BY id DESC", "home") == [THIRD, FIRST]


def test_rows_are_updated_and_deleted(notes: Rows[Note]) -> None:
    assert notes.update({"data": [1], "done": False}, topic="work") == 2
    assert notes.get(id="1") == Note("1", "work", [1], done=False)
    assert notes.update({}, topic="work") == 0
    assert notes.delete(topic="work") == 2
    assert notes.select() == [SECOND]


def test_a_conflict_is_an_error_or_ignored_or_replaces(notes: Rows[Note]) -> None:
    with pytest.raises(IntegrityError):
        notes.insert(id="1", topic="new")
    notes.insert(conflict="IGNORE", id="1", topic="new")
    assert notes.get(id="1") == FIRST
    notes.insert(conflict="REPLACE", id="1", topic="new")
    assert notes.select()[-1] == Note("1", "new", None, done=None)


def test_several_rows_are_inserted_all_or_none() -> None:
    pairs = Rows(Store(None, [schema(PAIRS)]), PAIRS)
    one, two = {"a": "1", "b": "2", "value": "x"}, {"a": "1", "b": "3", "value": "y"}
    pairs.insert_all([one, two])
    with pytest.raises(IntegrityError):
        pairs.insert_all([{**one, "b": "4"}, two])
    assert pairs.select() == [one, two]


def test_other_columns_are_refused(notes: Rows[Note]) -> None:
    with pytest.raises(ValueError, match="has no column 'x = 1 OR 1'"):
        notes.select(**{"x = 1 OR 1": "a"})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="The table notes has no column 'number'"):
        notes.insert(number=1)
