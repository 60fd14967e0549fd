"""Unsupported conditions are refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_telnyx import Telnyx, TelnyxCollectionRetriever, TelnyxConversationRetriever

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"$or": [{"a": 1}, {"b": 2}]}, r"cannot search by `\$or`.*`\$in`"),
    ({"$not": {"a": 1}}, r"cannot search by `\$not`"),
    ({"$and": [{"$or": []}]}, r"cannot search by `\$or`"),
    ({"$and": {"plan": "gold"}}, r"`\$and` takes a list of filters, not \{'plan': 'gold'\}"),
    ({"$and": ["plan"]}, r"`\$and` takes a list of filters, not \['plan'\]"),
    ({"n": {"$between": 5}}, r"`\$between` for 'n' takes two values, not 5"),
    ({"n": {"$between": (1, 2, 3)}}, r"`\$between` for 'n' takes two values"),
    ({"n": {"$between": "ab"}}, r"`\$between` for 'n' takes two values"),
    ({"plan": {"$ne": "gold"}}, r"cannot compare 'plan' by `\$ne`: use one of `\$eq`, `\$in`"),
    ({"plan": {"$exists": True}}, r"cannot compare 'plan' by `\$exists`"),
    ({"plan": {}}, "condition for 'plan' is empty"),
    ({"plan": None}, "'plan' cannot be compared with None"),
    ({"plan": {"$eq": ["gold", "silver"]}}, r"'plan' cannot be compared with \['gold', 'silver'\]"),
    ({"plan": b"gold"}, "'plan' cannot be compared with b'gold'"),
    ({"plan": []}, r"`\$in` for 'plan' takes a list of values, not \[\]"),
    ({"plan": {"$in": "gold"}}, r"`\$in` for 'plan' takes a list of values, not 'gold'"),
    ({"plan": ["gold", None]}, "'plan' cannot be compared with None"),
    ({"city": ["Lisbon", "Washington, D.C."]}, "has a comma"),
    ({"plan][eq": "gold"}, "cannot be a field of a filter"),
    ({"": "gold"}, "cannot be a field of a filter"),
    ({"$and": [{"n": {"$gt": 1}}, {"n": {"$gt": 2}}]}, r"two conditions `\$gt` for 'n'"),
]


@pytest.mark.parametrize(("condition", "reason"), REFUSED)
def test_a_retriever_refuses_unsupported_conditions(condition: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        TelnyxCollectionRetriever(collection="calls", filter=condition)
    with pytest.raises(ValueError, match=reason):
        TelnyxConversationRetriever(filter=condition)


@pytest.mark.parametrize(("condition", "reason"), REFUSED)
def test_a_call_refuses_unsupported_conditions(condition: dict[str, Any], reason: str) -> None:
    # Nothing listens at this address.
    nowhere = Telnyx(api_key="KEY1", base_url="http://127.0.0.1:1/v2", max_retries=0)
    for retriever in (
        TelnyxCollectionRetriever(collection="calls", client=nowhere),
        TelnyxConversationRetriever(client=nowhere),
    ):
        with pytest.raises(ValueError, match=reason):
            retriever.invoke("refund", filter=condition)
