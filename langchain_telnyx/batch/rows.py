"""Batches in the forms of Ray Data, Arrow and pandas, as rows and back.

Neither pyarrow nor pandas is imported unless a batch is of it.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, cast

BatchT = TypeVar("BatchT")

Row: TypeAlias = dict[str, Any]

ColumnType: TypeAlias = Literal["string", "double", "int64", "bool", "vector"]
"""The type of a result column; `vector` is a list of floats. All of them allow nulls."""

_PANDAS_TYPES: dict[ColumnType, str] = {
    "string": "string",
    "double": "float64",
    "int64": "Int64",
    "bool": "boolean",
    "vector": "object",
}


def rows_of(batch: Any) -> list[Row]:
    """Return the rows of a batch.

    Args:
        batch: A mapping of column names to lists or arrays, a table of pyarrow, a data frame of
            pandas, or a list of rows.

    Raises:
        TypeError: It is of another type.
        ValueError: Columns have different lengths.
    """
    if _is_table(batch):
        return cast("list[Row]", batch.to_pylist())
    if _is_frame(batch):
        return cast("list[Row]", batch.to_dict("records"))
    if isinstance(batch, Mapping):
        columns = {name: _values(column) for name, column in batch.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of the batch have different lengths: {lengths}.")
        return [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]
    if isinstance(batch, list) and all(isinstance(row, Mapping) for row in batch):
        return [dict(row) for row in batch]
    raise TypeError(
        f"A batch is a mapping of columns, a pyarrow table, a pandas data frame or a list of rows, "
        f"not {type(batch).__name__}."
    )


def batch_of(batch: BatchT, rows: Sequence[Row], columns: Mapping[str, ColumnType]) -> BatchT:
    """Return a batch of the same form, with the columns of results added or replaced.

    Args:
        batch: The batch that the rows come from, in their order.
        rows: The rows with their results.
        columns: The columns of results.
    """
    results = {name: [row.get(name) for row in rows] for name in columns}
    given: Any = batch
    made: Any
    if _is_table(given):
        pyarrow: Any = importlib.import_module("pyarrow")
        made = given
        for name, values in results.items():
            array = pyarrow.array(values, arrow_type(columns[name]))
            at = made.schema.get_field_index(name)
            made = made.append_column(name, array) if at < 0 else made.set_column(at, name, array)
    elif _is_frame(given):
        pandas: Any = importlib.import_module("pandas")
        made = given.assign(
            **{
                name: pandas.Series(values, index=given.index, dtype=_PANDAS_TYPES[columns[name]])
                for name, values in results.items()
            }
        )
    elif isinstance(given, Mapping):
        made = {**given, **results}
    else:
        made = list(rows)
    return cast("BatchT", made)


def arrow_type(column: ColumnType) -> Any:
    """Return the type of a result column in Arrow.

    Raises:
        ImportError: pyarrow is not installed.
    """
    pyarrow: Any = importlib.import_module("pyarrow")
    types = {
        "string": pyarrow.string(),
        "double": pyarrow.float64(),
        "int64": pyarrow.int64(),
        "bool": pyarrow.bool_(),
        "vector": pyarrow.list_(pyarrow.float64()),
    }
    return types[column]


def has_failed(row: Mapping[str, Any]) -> bool:
    """Whether a row has an error; pandas has NaN where there is none."""
    error = row.get("error")
    return isinstance(error, str) and bool(error)


def text_in(row: Mapping[str, Any], column: str) -> str:
    """Return the text in a column.

    Raises:
        ValueError: The row has no such column, or the text in it is blank.
        TypeError: The column has something else.
    """
    if column not in row:
        raise ValueError(f"The row has no column {column!r}; it has {', '.join(map(repr, row))}.")
    text = row[column]
    if not isinstance(text, str):
        raise TypeError(f"The column {column!r} has {type(text).__name__}, not a text.")
    if not text.strip():
        raise ValueError(f"The text in the column {column!r} is blank.")
    return text


def name_of(row: Mapping[str, Any]) -> str:
    """Return a name of a row for people."""
    named = (row.get(name) for name in ("source", "path", "key", "id"))
    return next((str(value) for value in named if value is not None), "row")


def _values(column: Any) -> list[Any]:
    return list(column.tolist() if hasattr(column, "tolist") else column)


def _is_table(batch: Any) -> bool:
    return hasattr(batch, "to_pylist") and hasattr(batch, "schema")


def _is_frame(batch: Any) -> bool:
    return hasattr(batch, "to_dict") and hasattr(batch, "columns")
