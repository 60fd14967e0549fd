"""The options of a store for a service that does not behave as assumed."""

from __future__ import annotations

from typing import Any

import pytest

from langchain_telnyx import TelnyxVectorStore


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"embed_after": -1}, "`embed_after` must be at least 0"),
        ({"search_delay": -0.5}, "`search_delay` must be at least 0"),
        ({"max_key_bytes": 127}, "`max_key_bytes` must be between 128 and 255"),
        ({"max_key_bytes": 256}, "`max_key_bytes` must be between 128 and 255"),
        ({"status_words": {"fine": "ok"}}, "`status_words` maps 'fine' to 'ok'"),
    ],
)
def test_an_option_out_of_range_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        TelnyxVectorStore("moons", api_key="KEY0123", **options)
