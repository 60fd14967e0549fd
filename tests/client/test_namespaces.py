"""The areas of the API: imported one by one, with the same names for type checkers."""

import subprocess
import sys
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx, namespaces
from langchain_telnyx.client.endpoint import Resource


def test_only_the_areas_that_are_used_are_loaded() -> None:
    program = (
        "import sys; from langchain_telnyx.client import Telnyx;"
        "Telnyx(api_key='KEY').models;"
        "print(*(name for name in sys.modules if name.startswith('langchain_telnyx.client.api.')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["langchain_telnyx.client.api.models"]


@pytest.mark.parametrize("name", namespaces.AREAS)
def test_an_area_has_the_type_of_its_annotation(name: str) -> None:
    declared = namespaces.Namespaces.__annotations__[name]
    telnyx = Telnyx(api_key="KEY")
    for root in (telnyx, telnyx.aio, telnyx.calls):
        area: Any = getattr(root, name)
        assert isinstance(area, Resource)
        assert declared == f"{type(area).__name__}[M]"
        assert getattr(root, name) is area
        assert name in dir(root)


def test_every_area_has_a_name() -> None:
    assert namespaces.AREAS.keys() == namespaces.Namespaces.__annotations__.keys()


def test_a_misspelt_area_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'Telnyx' object has no attribute 'chatt'"):
        _ = Telnyx(api_key="KEY").chatt  # type: ignore[attr-defined]  # misspelt on purpose
