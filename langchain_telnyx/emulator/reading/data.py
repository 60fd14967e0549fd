"""Convert data to text: lines of `name: value`, and a blank line between records."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from langchain_telnyx.emulator.reading.text import UnreadableError


def from_json(text: str) -> str:
    """Return JSON, or JSON lines, as `path.to.field: value` lines; other text unchanged."""
    try:
        return _document(json.loads(text))
    except (ValueError, RecursionError):
        pass
    try:
        records = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return text
    try:
        return _document(records)
    except RecursionError:
        return text


def from_csv(text: str) -> str:
    """Return a table as `header: value` lines, a blank line between rows.

    Raises:
        UnreadableError: It is not a table.
    """
    # By the header: `csv.Sniffer` uses the cells, and fails on short tables and long texts.
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    lines = io.StringIO(text, newline="")
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise UnreadableError(f"The file is not valid CSV: {error}.") from error
    if not rows:
        return ""
    header, *records = rows
    if not records:
        return ", ".join(header)
    return "\n\n".join(_record(header, row) for row in records)


def _record(header: list[str], row: list[str]) -> str:
    names = [name.strip() or f"column {at}" for at, name in enumerate(header, 1)]
    names += [f"column {at}" for at in range(len(names) + 1, len(row) + 1)]
    cells = ((name, cell.strip()) for name, cell in zip(names, row, strict=False))
    return "\n".join(f"{name}: {cell}" for name, cell in cells if cell)


def _document(value: Any) -> str:
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "\n\n".join("\n".join(_lines(item, "")) for item in value)
    return "\n".join(_lines(value, ""))


def _lines(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _lines(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from _lines(item, f"{path}.{number}" if path else str(number))
    elif isinstance(value, list):
        yield _line(path, ", ".join(_scalar(item) for item in value))
    else:
        yield _line(path, _scalar(value))


def _line(path: str, value: str) -> str:
    return f"{path}: {value}" if path else value


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
