"""`TelnyxTranslator`: filters that a model writes for LangChain's `SelfQueryRetriever`."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from langchain_core.structured_query import (
    Comparator,
    Comparison,
    Operation,
    Operator,
    StructuredQuery,
    Visitor,
)

# Parsers of the dates of the query language, by their `type`.
_DATES: dict[str, Callable[[str], date]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


class TelnyxTranslator(Visitor):
    """Translates structured queries into searches of a `TelnyxVectorStore`.

    Dates of a query become `date` and `datetime`, which the store compares with ISO 8601 text of
    the metadata. `like` ignores case, and without a `%` matches its text anywhere.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/retrievers.md#filters-that-a-model-writes

    Example:
        ```python
        from langchain_classic.retrievers.self_query.base import SelfQueryRetriever
        from langchain_telnyx import ChatTelnyx, TelnyxTranslator, TelnyxVectorStore

        retriever = SelfQueryRetriever.from_llm(
            ChatTelnyx(temperature=0),
            TelnyxVectorStore("films"),
            "Summaries of films",
            [{"name": "year", "description": "Year of release", "type": "integer"}],
            structured_query_translator=TelnyxTranslator(),
        )
        ```
    """

    allowed_comparators: Sequence[Comparator] | None = tuple(Comparator)
    """The comparators that a model may use."""

    allowed_operators: Sequence[Operator] | None = tuple(Operator)
    """The operators that a model may use."""

    def visit_operation(self, operation: Operation) -> dict[str, Any]:
        """Translate `and`, `or` or `not`.

        Args:
            operation: The operation.

        Raises:
            ValueError: `not` does not have one argument, or another operator has none.
        """
        self._validate_func(operation.operator)
        arguments = [argument.accept(self) for argument in operation.arguments]
        if operation.operator is Operator.NOT:
            if len(arguments) != 1:
                raise ValueError(f"`not` takes one argument, not {len(arguments)}.")
            return {"$not": arguments[0]}
        if not arguments:
            raise ValueError(f"`{operation.operator.value}` takes at least one argument.")
        return {f"${operation.operator.value}": arguments}

    def visit_comparison(self, comparison: Comparison) -> dict[str, Any]:
        """Translate a comparison of a field with a value.

        Args:
            comparison: The comparison.

        Raises:
            ValueError: A date is not in ISO 8601.
        """
        self._validate_func(comparison.comparator)
        value = comparison.value
        condition: dict[str, Any]
        match comparison.comparator:
            case Comparator.IN | Comparator.NIN:
                listed = value if isinstance(value, list | tuple) else [value]
                condition = {f"${comparison.comparator.value}": [*map(_value, listed)]}
            case Comparator.CONTAIN if isinstance(value, list | tuple) and value:
                condition = {"$all": [*map(_text, value)]}
            case Comparator.CONTAIN:
                condition = {"$contains": _text(value)}
            case Comparator.LIKE:
                text = str(_text(value))
                condition = {"$ilike": text if "%" in text else f"%{_literal(text)}%"}
            case _:
                condition = {f"${comparison.comparator.value}": _value(value)}
        return {comparison.attribute: condition}

    def visit_structured_query(
        self, structured_query: StructuredQuery
    ) -> tuple[str, dict[str, Any]]:
        """Translate a query.

        Args:
            structured_query: The query. Its limit becomes `k` in the retriever itself.

        Returns:
            The text to search for, and the options of the search: `filter`, if any.
        """
        if structured_query.filter is None:
            return structured_query.query, {}
        return structured_query.query, {"filter": structured_query.filter.accept(self)}


def _value(value: Any) -> Any:
    """Convert a value of the query language, where a date is a dict, to a value of a filter."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in _DATES:
        return [*map(_value, value)] if isinstance(value, list | tuple) else value
    try:
        return _DATES[kind](str(value[kind]))
    except (KeyError, ValueError) as error:
        raise ValueError(f"{value!r} is not a {kind} in ISO 8601.") from error


def _text(value: Any) -> Any:
    """Return a date as it was written, to match within text, and other values unchanged."""
    kind = value.get("type") if isinstance(value, dict) else None
    return value.get(kind, value) if kind in _DATES else value


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("_", "\\_")
