"""Stages on tables of pyarrow and data frames of pandas, and Parquet files; without a cluster."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import FakeListChatModel

from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings
from langchain_telnyx.batch import Chat, Embed, run

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.batch import Stage
    from langchain_telnyx.emulator import TelnyxEmulator

pytestmark = pytest.mark.ray


def stages(emulator: TelnyxEmulator) -> list[Stage]:
    options = emulator.options()
    return [
        Chat("Echo: {text}", chat_model=ChatTelnyx(**options)),
        Embed(embeddings=TelnyxEmbeddings(**options)),
    ]


def test_the_types_of_result_columns_do_not_depend_on_the_rows(emulator: TelnyxEmulator) -> None:
    arrow: Any = importlib.import_module("pyarrow")
    for texts in ([], ["a", None], [None]):
        table: Any = arrow.table({"text": arrow.array(texts, arrow.string())})
        for stage in stages(emulator):
            table = stage(table)
        assert {name: str(table.schema.field(name).type) for name in table.column_names} == {
            "text": "string",
            "answer": "string",
            "error": "string",
            "cost": "double",
            "embedding": "list<item: double>",
        }
        assert table.column("error").null_count == sum(text is not None for text in texts)
        assert table.column("text").to_pylist() == texts


def test_a_data_frame_keeps_its_index_and_columns(emulator: TelnyxEmulator) -> None:
    pandas: Any = importlib.import_module("pandas")
    frame: Any = pandas.DataFrame({"text": ["a", " "], "number": [1, 2]}, index=[7, 9])
    given = frame.copy()
    for stage in stages(emulator):
        frame = stage(frame)
    assert list(frame.index) == [7, 9]
    assert list(frame.number) == [1, 2]
    assert frame.answer[7]
    assert len(frame.embedding[7]) == 1024
    assert frame.error.isna().tolist() == [True, False]
    assert frame.error[9].startswith("ValueError: The text in the column 'text' is blank.")
    assert given.columns.tolist() == ["text", "number"]


def test_parquet_has_columns_of_nulls_and_all_rows(
    emulator: TelnyxEmulator, tmp_path: Path
) -> None:
    parquet: Any = importlib.import_module("pyarrow.parquet")
    rows = [{"text": f"row {number}", "note": None} for number in range(70)]
    rows.append({"text": "last", "note": "here"})
    output = tmp_path / "a.parquet"
    run(rows, stages(emulator)[:1], output=output, batch_size=20)
    table = parquet.read_table(output)
    assert table.column("note").to_pylist() == [None] * 70 + ["here"]
    assert table.column("text").to_pylist() == [row["text"] for row in rows]
    assert parquet.ParquetFile(output).num_row_groups < 10
    run([], stages(emulator), output=output)
    empty = parquet.read_table(output)
    assert empty.num_rows == 0
    assert "embedding" in empty.column_names


def test_a_row_with_another_column_is_reported_by_name(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"text": "a"}] * 1000
    rows.append({"text": "b", "late": 1})
    stage = Chat("{text}", chat_model=FakeListChatModel(responses=["x"]))
    with pytest.raises(ValueError, match="column 'late', which the first rows do not have"):
        run(rows, [stage], output=tmp_path / "a.parquet", batch_size=500)
