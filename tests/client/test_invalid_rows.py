"""An invalid field or row affects only itself, and not its list: for every list of the API."""

import copy
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BeforeValidator

from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.decode import rows as decoder
from langchain_telnyx.client.endpoint import endpoint, paged
from langchain_telnyx.client.namespaces import AREAS
from tests.support.hypothesis_profiles import examples
from tests.support.lists import LISTS, decoded, page, sample

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 17, -1.5, float("nan"), "", "not a time", [], ["x"], [None], {}, {"a": 1}, [{}]]
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Iterate over the places in a row, nested ones included."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in steps:
        yield (*at, step)
        if isinstance(part, dict | list):
            yield from places(part, (*at, step))


@pytest.mark.parametrize("name", list(LISTS))
def test_a_valid_list_is_read_completely(name: str, caplog: pytest.LogCaptureFixture) -> None:
    described, kind = LISTS[name]
    found, lost = decoded(described, page([sample(kind, number) for number in range(4)]))
    assert found == [kind.model_validate(sample(kind, number)) for number in range(4)]
    assert (lost, caplog.records) == ([], [])
    assert all(row.unreadable_fields == {} for row in found)


@pytest.mark.parametrize("name", list(LISTS))
@settings(max_examples=examples(40), deadline=None)
@given(draw=st.data())
def test_an_invalid_field_does_not_affect_other_rows(name: str, draw: st.DataObject) -> None:
    described, kind = LISTS[name]
    rows = [sample(kind, number) for number in range(5)]
    good, _ = decoded(described, page(rows))
    broken = copy.deepcopy(rows)
    position = draw.draw(st.integers(0, 4))
    *within, step = draw.draw(
        st.sampled_from([at for at in places(rows[position]) if at != ("marker",)])
    )
    container = broken[position]
    for inner in within:
        container = container[inner]
    if draw.draw(st.booleans()):
        container[step] = draw.draw(ODD)
    else:
        del container[step]

    found, lost = decoded(described, page(broken))
    others = [row for row in good if row.marker != f"row {position}"]
    assert [row for row in found if row in others] == others
    assert len(found) + len(lost) == 5
    for row in lost:
        assert row.position == position
        assert json.dumps(row.raw) == json.dumps(broken[position])
        assert row.reason


@pytest.mark.parametrize("name", list(LISTS))
@pytest.mark.parametrize("odd", [None, 7, "text", [], {}])
def test_a_row_of_another_type_affects_only_itself(
    name: str, odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    described, kind = LISTS[name]
    rows = [sample(kind, 0), odd, sample(kind, 2)]
    found, lost = decoded(described, page(rows))
    if odd == {} and not any(field.is_required() for field in kind.model_fields.values()):
        assert (found[1], lost) == (kind(), [])
        return
    assert found == [kind.model_validate(sample(kind, number)) for number in (0, 2)]
    assert [(row.position, row.raw) for row in lost] == [(1, odd)]
    assert len(caplog.records) == 1
    assert "GET http://127.0.0.1:9/list: 1 rows could not be read" in caplog.text
    assert "row 1: " in caplog.text


def test_a_valid_list_is_validated_in_one_pass() -> None:
    passes: list[Any] = []

    def noted(value: Any) -> Any:
        passes.append(value)
        return value

    class Noted(Model):
        id: Annotated[str, BeforeValidator(noted)]

    decode = decoder(Noted)
    assert len(decode(page([{"id": "a"}] * 100))) == 100
    assert len(passes) == 100
    assert len(decode(page([{"id": "a"}] * 100 + [{}]))) == 100
    assert len(passes) == 300


def test_every_list_of_the_client_is_tested_here() -> None:
    """The others are XML, names, and a list in an object: see tests/client/api."""
    listing = set()
    for name, (module, kind) in AREAS.items():
        area = getattr(importlib.import_module(f"langchain_telnyx.client.api.{module}"), kind)
        for method, declared in inspect.getmembers(area):
            if isinstance(declared, endpoint | paged):
                answer = str(inspect.get_annotations(declared.describe)["return"])
                if re.match(r"[\w.]*\.(Call\[.*(Rows|list)\[|Paging\[)", answer):
                    listing.add(f"{name}.{method}")
    assert {name for name in listing if not name.startswith("storage.")} == {
        *LISTS,
        "bucket_embeddings.buckets",
        "web_search.contents",
    }
