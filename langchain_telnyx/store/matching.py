"""Filter items and namespaces by LangGraph's conditions, and rank items by similarity."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import ge, gt, le, lt, mul
from typing import Any, Protocol

from langchain_telnyx.store.items import StoredItem
from langchain_telnyx.store.names import Namespace

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


class Condition(Protocol):
    """LangGraph's condition on a namespace.

    Properties, as LangGraph's is a named tuple.
    """

    @property
    def match_type(self) -> str:
        """`prefix` or `suffix`."""
        ...

    @property
    def path(self) -> Sequence[str]:
        """The labels; `*` matches any label."""
        ...


def matches(value: Any, condition: Any) -> bool:
    """Return whether a value meets a condition: nested objects, and `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`.

    Raises:
        ValueError: An operator is unknown.
    """  # noqa: E501 - the operators in one line
    match condition:
        case dict() if any(str(key).startswith("$") for key in condition):
            return all(_meets(value, operator, than) for operator, than in condition.items())
        case dict():
            return isinstance(value, dict) and all_match(value, condition)
        case list() | tuple():
            return (
                isinstance(value, list | tuple)
                and len(value) == len(condition)
                and all(map(matches, value, condition))
            )
        case _:
            return bool(value == condition)


def all_match(value: Mapping[str, Any], conditions: Mapping[str, Any]) -> bool:
    """Return whether each field of a value meets its condition; a missing field is `None`."""
    return all(matches(value.get(field), condition) for field, condition in conditions.items())


def lies_in(namespace: Namespace, condition: Condition) -> bool:
    """Return whether a namespace meets a condition.

    Raises:
        ValueError: The type of the condition is unknown.
    """
    path = condition.path
    if condition.match_type not in {"prefix", "suffix"}:
        raise ValueError(
            f"Unknown condition {condition.match_type!r} on a namespace: use `prefix` or `suffix`."
        )
    if len(namespace) < len(path):
        return False
    begin = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    return all(label in {"*", own} for label, own in zip(path, namespace[begin:], strict=False))


def ranked(
    items: Iterable[StoredItem], query: Sequence[float]
) -> list[tuple[StoredItem, float | None]]:
    """Return items with their similarity to a query, best first; items without a vector last."""
    scored: list[tuple[StoredItem, float | None]] = []
    unscored: list[tuple[StoredItem, float | None]] = []
    for item in items:
        # Vectors of another length are of another model and do not compare.
        scores = [_cosine(vector, query) for vector in item.vectors if len(vector) == len(query)]
        (scored if scores else unscored).append((item, max(scores, default=None)))
    scored.sort(key=lambda pair: pair[1] or 0.0, reverse=True)
    return scored + unscored


def _meets(value: Any, operator: str, than: Any) -> bool:
    match operator:
        case "$eq":
            return bool(value == than)
        case "$ne":
            return bool(value != than)
        case "$gt" | "$gte" | "$lt" | "$lte":
            compare = _ORDERS[operator]
            try:
                return compare(float(value), float(than))
            except (TypeError, ValueError):
                # Texts, such as times in ISO 8601, also have an order; other values have none.
                return isinstance(value, str) and isinstance(than, str) and compare(value, than)
        case _:
            known = ", ".join(f"`{name}`" for name in ("$eq", "$ne", *_ORDERS))
            raise ValueError(f"Unknown operator {operator!r} in the filter: use one of {known}.")


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(map(mul, one, other)) / lengths if lengths else 0.0
