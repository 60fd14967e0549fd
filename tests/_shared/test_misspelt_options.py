"""Misspelt options raise an error."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from langchain_telnyx import (
    TelnyxCollectionRetriever,
    TelnyxConversationRetriever,
    TelnyxInsights,
    TelnyxMemoryRetriever,
    TelnyxReadConversationTool,
    TelnyxRetriever,
    TelnyxSearchTool,
    TelnyxToolkit,
    TelnyxWebContents,
    TelnyxWebResearch,
    TelnyxWebSearch,
    TelnyxWebSearchRetriever,
)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (TelnyxRetriever, {"bucket": "moons"}),
        (TelnyxCollectionRetriever, {"collection": "calls"}),
        (TelnyxConversationRetriever, {}),
        (TelnyxMemoryRetriever, {"profile_id": "ann"}),
        (TelnyxInsights, {"insights": "Is the caller angry?"}),
        (TelnyxReadConversationTool, {}),
        (TelnyxSearchTool, {}),
        (TelnyxToolkit, {}),
        (TelnyxWebContents, {}),
        (TelnyxWebResearch, {}),
        (TelnyxWebSearch, {}),
        (TelnyxWebSearchRetriever, {}),
    ],
)
def test_a_misspelt_option_is_refused_by_name(kind: Any, options: dict[str, Any]) -> None:
    kind(api_key="KEY0123", **options)
    with pytest.raises(ValidationError, match="score_treshold"):
        kind(api_key="KEY0123", score_treshold=0.9, **options)
