"""Which items and namespaces a question of LangGraph's means, and which answer it best."""

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
        """Labels; `*` stands for any one."""
        ...


def matches(value: Any, asked: Any) -> bool:
    """Tell whether a value meets a filter: nested objects, and `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`.

    Raises:
        ValueError: There is no such operator.
    """  # noqa: E501 - the operators in one line
    match asked:
        case dict() if any(str(key).startswith("$") for key in asked):
            return all(_meets(value, operator, than) for operator, than in asked.items())
        case dict():
            return isinstance(value, dict) and all_match(value, asked)
        case list() | tuple():
            return (
                isinstance(value, list | tuple)
                and len(value) == len(asked)
                and all(map(matches, value, asked))
            )
        case _:
            return bool(value == asked)


def all_match(value: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Tell whether each field of a value meets its filter; one that is not there is `None`."""
    return all(matches(value.get(field), wanted) for field, wanted in asked.items())


def lies_in(namespace: Namespace, condition: Condition) -> bool:
    """Tell whether a namespace meets a condition.

    Raises:
        ValueError: There is no such kind of condition.
    """
    path = condition.path
    if condition.match_type not in {"prefix", "suffix"}:
        raise ValueError(
            f"{condition.match_type!r} is no condition on a namespace: use `prefix` or `suffix`."
        )
    if len(namespace) < len(path):
        return False
    begin = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    return all(label in {"*", own} for label, own in zip(path, namespace[begin:], strict=False))


def ranked(
    items: Iterable[StoredItem], query: Sequence[float]
) -> list[tuple[StoredItem, float | None]]:
    """Return items with their likeness to a query, the best first; those without a vector last."""
    scored: list[tuple[StoredItem, float | None]] = []
    unscored: list[tuple[StoredItem, float | None]] = []
    for item in items:
        # Vectors of another length are another model's: they cannot be compared.
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
                # Texts, such as times in ISO's form, have an order too; other things have none.
                return isinstance(value, str) and isinstance(than, str) and compare(value, than)
        case _:
            known = ", ".join(f"`{name}`" for name in ("$eq", "$ne", *_ORDERS))
            raise ValueError(f"{operator!r} is no operator of a filter: use one of {known}.")


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(map(mul, one, other)) / lengths if lengths else 0.0
