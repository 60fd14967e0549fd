"""The model catalogue: listing, profiles, and costs of answers."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import ModelProfile
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from pytest_socket import disable_socket

from langchain_telnyx import ChatTelnyx, ConfigurationError, Telnyx, TelnyxCostCallback
from langchain_telnyx.chat_models.profiles.prices import cost, price_of
from langchain_telnyx.chat_models.profiles.profiles import Catalogue, merged, price_on
from langchain_telnyx.client.api.models import ModelInfo
from langchain_telnyx.data._prices import _PRICES
from langchain_telnyx.data._profiles import _PROFILES

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

NEW = ModelInfo(
    id="acme/Brand-New",
    context_length=99_000,
    max_completion_tokens=7000,
    is_vision_supported=True,
    task="text-generation",
    pricing={"input": "2", "output": "10"},
)


def profile(model: ChatTelnyx) -> dict[str, Any]:
    """Return a profile as a dict, because every key of langchain-core's type is optional."""
    assert model.profile is not None
    return dict(model.profile)


@pytest.fixture(params=["sync", "async"])
def awaited(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "async")


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_the_models_are_listed_by_the_class_and_by_a_model(
    emulator: TelnyxEmulator, *, awaited: bool
) -> None:
    model = ChatTelnyx(**emulator.options())

    def listed(owner: Any, **options: Any) -> list[ModelInfo]:
        if awaited:
            models: list[ModelInfo] = asyncio.run(awaiting(owner.alist_models(**options)))
            return models
        return list(owner.list_models(**options))

    async def awaiting(answer: Any) -> Any:
        return await answer

    for models in (listed(ChatTelnyx, **emulator.options()), listed(model)):
        assert "moonshotai/Kimi-K2.6" in [info.id for info in models]
    assert len(emulator.requests) == 2


def test_the_class_lists_with_the_options_of_the_environment(
    telnyx_emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in telnyx_emulator.environment().items():
        monkeypatch.setenv(name, value)
    assert ChatTelnyx.list_models()


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_info_requests_the_catalogue_once(emulator: TelnyxEmulator, *, awaited: bool) -> None:
    model = ChatTelnyx(model="zai-org/GLM-5.2", **emulator.options())

    def info(**options: Any) -> ModelInfo:
        return asyncio.run(model.ainfo(**options)) if awaited else model.info(**options)

    assert info().context_length == 1_048_576
    assert info().max_completion_tokens == 131_072
    assert len(emulator.requests) == 1
    info(refresh=True)
    assert len(emulator.requests) == 2


def test_an_unlisted_model_is_an_error_with_similar_names(emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(model="moonshotai/Kimi-K2.7", **emulator.options())
    with pytest.raises(ConfigurationError, match=r"Similar names: .*moonshotai/Kimi-K2\.6"):
        model.info()


def test_errors_of_the_catalogue_are_langchains_too(emulator: TelnyxEmulator) -> None:
    from langchain_core.exceptions import ModelAuthenticationError  # noqa: PLC0415

    options: dict[str, Any] = {**emulator.options(), "api_key": "KEYwrong"}
    with pytest.raises(ModelAuthenticationError):
        ChatTelnyx.list_models(**options)


@pytest.mark.parametrize("model", sorted(_PROFILES))
def test_every_shipped_profile_is_one_that_langchain_knows(model: str) -> None:
    disable_socket()
    known = profile(ChatTelnyx(model=model, api_key="KEY1"))
    # Unknown keys would raise a warning, and warnings are errors here.
    assert known.keys() <= ModelProfile.__annotations__.keys()
    assert all(isinstance(value, bool | int) for value in known.values())


def test_profiles_have_the_fields_that_agents_use() -> None:
    kimi, glm, ultravox, llama = (
        profile(ChatTelnyx(model=name, api_key="KEY1"))
        for name in (
            "moonshotai/Kimi-K2.6",
            "zai-org/GLM-5.3",
            "fixie-ai/ultravox-v0_4_1-llama-3_1-8b",
            "meta-llama/Llama-3.3-70B-Instruct",
        )
    )
    assert (kimi["max_input_tokens"], kimi["max_output_tokens"]) == (262_144, 8192)
    assert (kimi["image_inputs"], glm["image_inputs"]) == (True, False)
    assert (kimi["structured_output"], kimi["tool_calling"]) == (True, True)
    assert (kimi["reasoning_output"], llama["reasoning_output"]) == (True, False)
    assert (ultravox["audio_inputs"], kimi["audio_inputs"]) == (True, False)


def test_an_unknown_model_has_no_profile_and_works() -> None:
    assert ChatTelnyx(model="acme/unheard-of", api_key="KEY1").profile is None


def test_profiles_are_copies() -> None:
    one, other = ChatTelnyx(api_key="KEY1"), ChatTelnyx(api_key="KEY1")
    assert one.profile
    one.profile["max_input_tokens"] = 5
    assert profile(other)["max_input_tokens"] == 262_144


def test_a_custom_profile_takes_precedence(emulator: TelnyxEmulator) -> None:
    own: ModelProfile = {"max_input_tokens": 5}
    model = ChatTelnyx(profile=own, **emulator.options())
    model.refresh_profiles()
    assert model.profile == own


def test_a_profile_with_keys_that_langchain_does_not_know_warns_where_it_was_written() -> None:
    odd: Any = {"max_input_tokens": 5, "wings": 2}
    with pytest.warns(UserWarning, match=r"does not support: \['wings'\]") as warned:
        ChatTelnyx(api_key="KEY1", profile=odd)
    assert warned[0].filename == __file__


def test_refreshed_profiles_are_those_of_the_catalogue(
    emulator: TelnyxEmulator, *, awaited: bool
) -> None:
    model = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    assert profile(model)["max_input_tokens"] == 1_000_000
    profiles = asyncio.run(model.arefresh_profiles()) if awaited else model.refresh_profiles()
    assert profile(model)["max_input_tokens"] == 1_048_576
    later = ChatTelnyx(model="zai-org/GLM-5.3-Flash", **emulator.options())
    assert later.profile == profiles["zai-org/GLM-5.3-Flash"]
    assert "thenlper/gte-large" not in profiles
    elsewhere = ChatTelnyx(model="zai-org/GLM-5.3", api_key="KEY1")
    assert profile(elsewhere)["max_input_tokens"] == 1_000_000


def test_a_model_newer_than_this_package_gets_its_profile_from_the_catalogue() -> None:
    merged_profile: Any = merged(NEW)
    assert (merged_profile["max_input_tokens"], merged_profile["max_output_tokens"]) == (
        99_000,
        7000,
    )
    assert (merged_profile["image_inputs"], merged_profile["reasoning_output"]) == (True, False)
    assert merged(ModelInfo(id="zai-org/GLM-9")) == {
        **merged(ModelInfo(id="acme/x")),  # type: ignore[dict-item]  # it chats, so it has one
        "reasoning_output": True,
    }
    hearing: Any = merged(ModelInfo(id="acme/ear", task="audio-text-to-text"))
    assert hearing["audio_inputs"]
    assert merged(ModelInfo(id="acme/vectors", task="feature-extraction")) is None


@pytest.mark.parametrize("model", sorted(_PRICES))
def test_every_shipped_price_is_the_catalogues(emulator: TelnyxEmulator, model: str) -> None:
    telnyx = Telnyx(**emulator.options())
    ChatTelnyx.list_models(client=telnyx)
    shipped = price_on(None, model)
    assert shipped is not None
    assert telnyx.server_state.get(Catalogue).price(model) == shipped


@pytest.mark.parametrize(
    ("pricing", "price"),
    [
        (
            {"prompt": "2", "completion": "10", "cached_prompt": "0.5", "unit": "1M_tokens"},
            ("0.000002", "0.00001", "0.0000005"),
        ),
        ({"input": "2", "output": "10"}, ("0.000002", "0.00001", "0.000002")),
        ({"input": 2, "output": 10.0, "currency": "usd"}, ("0.000002", "0.00001", "0.000002")),
        ({"prompt": "2", "completion": "10", "unit": "1K_tokens"}, ("0.002", "0.01", "0.002")),
        ({"prompt": "2", "completion": "10", "currency": "EUR"}, None),
        ({"prompt": "2", "completion": "10", "unit": "moon"}, None),
        ({"prompt": "free", "completion": "10"}, None),
        ({"prompt": "-1", "completion": "10"}, None),
        ({"prompt": "NaN", "completion": "10"}, None),
        ({"prompt": "2"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_prices_are_read_in_every_spelling(
    pricing: dict[str, Any] | None, price: tuple[str, ...] | None
) -> None:
    found = price_of(pricing)
    assert found == (None if price is None else tuple(map(Decimal, price)))


def usage(prompt: int, completion: int, cached: int | None = None) -> dict[str, Any]:
    counts: dict[str, Any] = {"input_tokens": prompt, "output_tokens": completion}
    if cached is not None:
        counts["input_token_details"] = {"cache_read": cached}
    return counts


@pytest.mark.parametrize(
    ("counts", "tier", "amount"),
    [
        (usage(1000, 100), None, "0.003"),
        (usage(1000, 100, cached=600), "default", "0.0021"),
        (usage(1, 0), None, "0.000002"),
        (usage(1_000_000_000, 0), None, "2000"),
        (usage(0, 0), None, "0"),
        (usage(10, 0, cached=99), None, "0.000005"),
        (usage(1000, 100), "flex", None),
        (None, None, None),
    ],
)
def test_a_cost_is_exact_or_none(
    counts: dict[str, Any] | None, tier: str | None, amount: str | None
) -> None:
    price = price_of({"prompt": "2", "completion": "10", "cached_prompt": "0.5"})
    assert cost(price, counts, tier) == amount


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent", "stream_usage")
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_an_answer_has_its_cost(emulator: TelnyxEmulator, mode: Mode, *, streamed: bool) -> None:
    model = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    answer = (mode.whole if streamed else mode.invoke)(model, "Name a moon.")
    counted = answer.usage_metadata
    assert counted is not None
    expected = (
        Decimal("1.25") * counted["input_tokens"] + 4 * counted["output_tokens"]
    ) / 1_000_000
    assert Decimal(answer.response_metadata["cost"]) == expected
    assert "cost" not in counted


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent", "stream_usage")
def test_the_cost_is_in_one_chunk(emulator: TelnyxEmulator, mode: Mode) -> None:
    chunks = mode.stream(ChatTelnyx(**emulator.options()), "Name a moon.")
    assert len([chunk for chunk in chunks if "cost" in chunk.response_metadata]) == 1


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent")
def test_costs_use_the_latest_catalogue(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options())
    dear = {"prompt": "1000000", "completion": "0"}
    model.telnyx.server_state.get(Catalogue).store([ModelInfo(id=model.model, pricing=dear)])
    answer = mode.invoke(model, "Name a moon.")
    assert answer.usage_metadata is not None
    assert answer.response_metadata["cost"] == str(answer.usage_metadata["input_tokens"])


def test_an_answer_of_a_model_without_a_price_has_no_cost(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(model="meta-llama/Llama-3.3-70B-Instruct", **emulator.options())
    assert "cost" not in mode.invoke(model).response_metadata


def test_requests_open_no_connection_for_prices(emulator: TelnyxEmulator, mode: Mode) -> None:
    mode.invoke(ChatTelnyx(**emulator.options()))
    assert [request.path for request in emulator.requests] == ["/v2/ai/openai/chat/completions"]


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent", "stream_usage")
def test_a_callback_adds_up_what_runs_cost(emulator: TelnyxEmulator, mode: Mode) -> None:
    costs = TelnyxCostCallback()
    config: Any = {"callbacks": [costs]}
    kimi = ChatTelnyx(**emulator.options())
    glm = ChatTelnyx(model="zai-org/GLM-5.3", **emulator.options())
    llama = ChatTelnyx(model="meta-llama/Llama-3.3-70B-Instruct", **emulator.options())
    answers = [
        mode.invoke(kimi, config=config),
        mode.invoke(glm, config=config),
        mode.whole(glm, config=config),
    ]
    mode.invoke(llama, config=config)
    paid = [Decimal(answer.response_metadata["cost"]) for answer in answers]
    assert costs.total == sum(paid)
    assert costs.by_model == {kimi.model: paid[0], glm.model: paid[1] + paid[2]}
    assert (costs.answers, costs.unpriced) == (3, 1)
    assert repr(costs) == f"TelnyxCostCallback(total={sum(paid)}, answers=3)"


@pytest.mark.default_quirks("The cost needs token counts.", "usage_absent")
def test_a_cached_answer_has_no_cost(emulator: TelnyxEmulator, mode: Mode) -> None:
    costs = TelnyxCostCallback()
    model = ChatTelnyx(cache=InMemoryCache(), **emulator.options())
    for _ in range(2):
        mode.invoke(model, "Name a moon.", config={"callbacks": [costs]})
    assert len(emulator.requests) == 1
    assert costs.answers == 1


def test_answers_of_other_providers_cost_nothing_here() -> None:
    costs = TelnyxCostCallback()
    foreign = AIMessage("Hi", response_metadata={"model_provider": "openai", "cost": "7"})
    costs.on_llm_end(LLMResult(generations=[[ChatGeneration(message=foreign)], []]))
    assert costs.total == 0
    assert (costs.answers, costs.unpriced) == (0, 0)


def test_a_custom_client_is_used(emulator: TelnyxEmulator) -> None:
    model = ChatTelnyx(client=Telnyx(**emulator.options()))
    assert model.info().id == model.model
