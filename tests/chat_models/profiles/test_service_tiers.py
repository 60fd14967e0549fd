"""The service tiers of models, and costs where the tier or the price is not the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.chat_models.profiles.prices import price_of
from langchain_telnyx.chat_models.profiles.profiles import Catalogue
from langchain_telnyx.client.api.models import ModelInfo

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


def test_a_hosted_model_lists_its_tiers_and_their_regions(emulator: TelnyxEmulator) -> None:
    hosted = ChatTelnyx(**emulator.options()).info()
    assert hosted.service_tiers == ["default"]
    assert hosted.regions_by_service_tier == {"default": ["us-central-1", "us-east-1"]}
    external = ChatTelnyx(model="openai/gpt-4o", **emulator.options()).info()
    assert external.service_tiers is None
    assert external.regions_by_service_tier is None
    assert external.regions


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent")
def test_the_cost_is_unknown_for_another_tier_than_the_default(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    assert "cost" in mode.invoke(model, service_tier="default").response_metadata
    assert "cost" not in mode.invoke(model, service_tier="flex").response_metadata
    assert "cost" not in mode.whole(model, service_tier="priority").response_metadata


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent")
@pytest.mark.parametrize(
    "pricing",
    [
        {"input": "0", "output": "0"},
        {"prompt": "0.00", "completion": "0.00", "cached_prompt": "0", "unit": "1M_tokens"},
        {"input": 0, "output": 0.0, "currency": "USD"},
    ],
)
def test_a_placeholder_is_not_a_price_of_zero(
    emulator: TelnyxEmulator, mode: Mode, pricing: dict[str, Any]
) -> None:
    assert price_of(pricing) is None
    known = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    expected = mode.invoke(known).response_metadata["cost"]
    unknown = ChatTelnyx(model="meta-llama/Meta-Llama-3.1-8B-Instruct", **emulator.options())
    rows = [ModelInfo(id=model.model_name, pricing=pricing) for model in (known, unknown)]
    known.telnyx.server_state.get(Catalogue).store(rows)
    assert mode.invoke(known).response_metadata["cost"] == expected != "0"
    assert mode.invoke(unknown).response_metadata.get("cost") != "0"
