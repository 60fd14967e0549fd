"""The file of a job's rows: JSON Lines or Parquet, by its extension.

Rows are written to a file beside it, which takes its name when the job ends.
"""

import importlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from langchain_telnyx.batch.rows import ColumnType, Row, arrow_type
from langchain_telnyx.client.errors import ConfigurationError

# Rows of a row group of Parquet: groups of few rows make files large and slow.
_ROW_GROUP = 1000


class Writer(Protocol):
    """Writes rows to a file."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows.

        Raises:
            OSError: The file cannot be written.
            ValueError: A row does not fit the columns of the rows before it.
        """
        ...

    def close(self) -> None:
        """Complete the file."""
        ...


@contextmanager
def writing(output: Path | None, columns: dict[str, ColumnType]) -> Iterator[Writer]:
    """Open a file for rows while the block runs.

    Args:
        output: The file: `.parquet`, or `.jsonl` or `.json` for JSON Lines; `None` for no file.
        columns: The types of the result columns; those of others come from the first rows.

    Raises:
        ConfigurationError: The extension is unknown, or pyarrow is not installed.
    """
    if output is None:
        yield _Nothing()
        return
    partial = output.with_name(f".{output.name}.partial")
    output.parent.mkdir(parents=True, exist_ok=True)
    writer = _writer(output.suffix.lower(), partial, columns)
    try:
        yield writer
    except BaseException as error:
        writer.close()
        error.add_note(f"The finished rows are in {str(partial)!r}.")
        raise
    writer.close()
    partial.replace(output)


def check_output(output: Path | None) -> None:
    """Check that a file can be written in the format of its extension.

    Raises:
        ConfigurationError: The extension is unknown, or pyarrow is not installed.
    """
    if output is None or output.suffix.lower() in {".jsonl", ".json"}:
        return
    if output.suffix.lower() != ".parquet":
        raise ConfigurationError(
            f"The extension of {str(output)!r} is unknown: use `.parquet` or `.jsonl`."
        )
    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs pyarrow: run `pip install pyarrow`, or write `.jsonl`."
        ) from error


def _writer(extension: str, file: Path, columns: dict[str, ColumnType]) -> Writer:
    return _Parquet(file, columns) if extension == ".parquet" else _JSONLines(file)


class _Nothing:
    def write(self, rows: Sequence[Row]) -> None:
        """Write nothing."""

    def close(self) -> None:
        """Do nothing."""


class _JSONLines:
    def __init__(self, file: Path) -> None:
        self._handle = file.open("w", encoding="utf-8")

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            # Unpaired surrogates are valid in JSON only as escapes, so all of Unicode is escaped
            # where a row has one.
            self._handle.write(f"{_json(row)}\n")
        self._handle.flush()

    def close(self) -> None:
        self._handle.close()


class _Parquet:
    def __init__(self, file: Path, columns: dict[str, ColumnType]) -> None:
        self._arrow: Any = importlib.import_module("pyarrow")
        self._parquet: Any = importlib.import_module("pyarrow.parquet")
        self._file = file
        self._columns = columns
        self._schema: Any = None
        self._writer: Any = None
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._waiting += rows
        if len(self._waiting) >= _ROW_GROUP:
            self._write_group()

    def close(self) -> None:
        try:
            self._write_group()
        finally:
            if self._writer is not None:
                self._writer.close()

    def _write_group(self) -> None:
        rows, self._waiting = self._waiting, []
        if self._writer is None:
            self._schema = self._schema_of(rows)
            self._writer = self._parquet.ParquetWriter(self._file, self._schema)
        known = set(self._schema.names)
        for row in rows:
            if unknown := row.keys() - known:
                raise ValueError(
                    f"A row has the column {min(unknown)!r}, which the first rows do not have: "
                    f"all rows of a Parquet file have the same columns."
                )
        self._writer.write_table(self._arrow.Table.from_pylist(rows, schema=self._schema))

    def _schema_of(self, rows: Sequence[Row]) -> Any:
        names = dict.fromkeys(name for row in rows for name in row)
        given = [name for name in names if name not in self._columns]
        found = self._arrow.Table.from_pylist(
            [{name: row.get(name) for name in given} for row in rows]
        )
        null = self._arrow.null()
        fields = [
            # A column of nulls may have texts later.
            (
                name,
                self._arrow.string()
                if found.schema.field(name).type == null
                else found.schema.field(name).type,
            )
            for name in given
        ]
        fields += [(name, arrow_type(kind)) for name, kind in self._columns.items()]
        return self._arrow.schema(fields)


def _json(row: Row) -> str:
    text = json.dumps(row, ensure_ascii=False, default=_other)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(row, default=_other)
    return text


def _other(value: Any) -> Any:
    """Return a value that JSON has no form of: arrays as lists, all others as text."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)
