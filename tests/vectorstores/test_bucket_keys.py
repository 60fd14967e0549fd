"""Lookups of keys by id: by pages of a small bucket, and id by id in a large one."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_telnyx import Telnyx
from langchain_telnyx.client.api.storage import StoredObject
from langchain_telnyx.client.call import Call, Concurrently, Page
from langchain_telnyx.vectorstores.bucket import Bucket
from langchain_telnyx.vectorstores.keys import DocumentKey, document_key, prefixes
from langchain_telnyx.vectorstores.sidecar import BucketSidecar

PAGE = 1000
MISSING = "moon-that-is-not-there"


def key_of(id_: str) -> str:
    return document_key(id_, "0", {}).key


class Listings:
    """A bucket with other objects before those of the ids, which answers listings."""

    def __init__(self, others: int, ids: list[str]) -> None:
        self.keys = [f"a-{n}.txt" for n in range(others)] + [key_of(id_) for id_ in ids]
        self.pages = 0
        self.prefixes: list[str] = []

    def look_up(self, ids: list[str], width: int = 16) -> dict[str, list[DocumentKey]]:
        calls = Telnyx(api_key="KEY", base_url="http://127.0.0.1:1").calls
        sidecar = BucketSidecar(calls, "moons-metadata")
        bucket = Bucket(calls, "moons", None, None, None, width, None, sidecar)
        found: dict[str, list[DocumentKey]] = self.run(bucket.versions(ids))
        return found

    def run(self, flow: Any) -> Any:
        answer: Any = None
        try:
            while True:
                step = flow.send(answer)
                if isinstance(step, Concurrently):
                    answer = [self.run(make()) for make in step.flows]
                else:
                    answer = self.page(step)
        except StopIteration as stop:
            return stop.value

    def page(self, call: Call[Any]) -> Page[StoredObject]:
        query = dict(call.query)
        prefix, start = query.get("prefix", ""), int(query.get("continuation-token", 0))
        if prefix:
            self.prefixes.append(prefix)
        else:
            self.pages += 1
        found = [key for key in self.keys if key.startswith(prefix)]
        more = str(start + PAGE) if len(found) > start + PAGE else None
        return Page([StoredObject(key=key, size=1) for key in found[start : start + PAGE]], more)


@pytest.mark.parametrize(
    ("others", "ids", "pages", "listings"),
    [
        (5, 3, 0, 3),
        (5, 40, 1, 0),
        (2500, 40, 3, 0),
        (9000, 40, 6, 40),
        (9000, 400, 10, 0),
        (20000, 100, 13, 100),
    ],
)
def test_a_lookup_lists_by_id_or_by_page_whichever_is_cheaper(
    others: int, ids: int, pages: int, listings: int
) -> None:
    names = [f"moon-{n}" for n in range(ids)]
    bucket = Listings(others, names)
    found = bucket.look_up([*names, MISSING])
    assert {id_: [key.key for key in keys] for id_, keys in found.items()} == {
        id_: [key_of(id_)] for id_ in names
    }
    assert bucket.pages == pages
    # Two prefixes per id: the current and the old form of keys.
    assert len(bucket.prefixes) == (listings and 2 * (listings + 1))
    assert set(bucket.prefixes) <= {prefix for id_ in [*names, MISSING] for prefix in prefixes(id_)}
