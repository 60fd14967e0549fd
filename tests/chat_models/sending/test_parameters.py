"""Every parameter of a request is an option: validated, sent if set, and part of the cache key."""

from __future__ import annotations

import json
import pickle
import time
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from langchain_core.caches import InMemoryCache
from pydantic import ValidationError

from langchain_telnyx import ChatTelnyx
from langchain_telnyx.client.api.chat import ChatParameters

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

SET: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "min_p": 0.05,
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": -0.1,
    "logit_bias": {"50256": -100},
    "max_tokens": 100,
    "stop": ["END"],
    "n": 1,
    "best_of": 2,
    "use_beam_search": True,
    "length_penalty": 0.8,
    "early_stopping": True,
    "response_format": {"type": "text"},
    "guided_json": {"type": "object"},
    "guided_regex": r"\d+",
    "guided_choice": ["yes", "no"],
    "enable_thinking": True,
    "reasoning_effort": "low",
    "logprobs": True,
    "top_logprobs": 3,
    "region": "EU",
    "mode": "preferred",
    "service_tier": "flex",
    "api_key_ref": "my-key",
}
NEEDS: dict[str, dict[str, Any]] = {"top_logprobs": {"logprobs": True}, "mode": {"region": "EU"}}


def sent(emulator: TelnyxEmulator) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(emulator.requests[-1].body)
    return body


def test_every_field_of_the_api_has_one_here() -> None:
    elsewhere = {
        "model",  # the model's own
        "max_completion_tokens",  # another name of `max_tokens`
        "tools",
        "tool_choice",  # `bind_tools`
        "stream_options",  # `stream_usage`
    }
    fields = set(ChatTelnyx.model_fields)
    assert get_type_hints(ChatParameters).keys() - elsewhere <= fields
    assert {*SET, "parallel_tool_calls", "extra_body"} == (
        get_type_hints(ChatParameters).keys() - elsewhere
    )


@pytest.mark.parametrize("name", SET)
def test_each_is_sent_when_set_for_good_or_for_a_call_and_not_otherwise(
    emulator: TelnyxEmulator, name: str
) -> None:
    value, needed = SET[name], NEEDS.get(name, {})
    emulator.say("Yes.")
    ChatTelnyx(**{name: value}, **needed, **emulator.options()).invoke("Hi")
    assert sent(emulator)[name] == value
    plain = ChatTelnyx(**emulator.options())
    emulator.say("Yes.")
    plain.invoke("Hi", **{name: value})
    assert sent(emulator)[name] == value
    emulator.say("Yes.")
    plain.invoke("Hi")
    assert sent(emulator).keys() == {"model", "messages"}


@pytest.mark.parametrize("name", SET)
def test_each_changes_what_identifies_a_model(name: str) -> None:
    needed = NEEDS.get(name, {})
    plain = ChatTelnyx(api_key="KEY1", **needed)
    changed = ChatTelnyx(api_key="KEY1", **needed, **{name: SET[name]})
    # langchain-core's cache key, and its description of a model.
    assert plain._get_llm_string(stop=None) != changed._get_llm_string(stop=None)  # noqa: SLF001
    assert changed._identifying_params[name] == SET[name]  # noqa: SLF001


def test_a_call_may_take_back_what_the_model_sets(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(temperature=0.5, seed=7, **emulator.options())
    mode.invoke(model, "Hi", temperature=None)
    assert "temperature" not in sent(emulator)
    assert sent(emulator)["seed"] == 7


def test_fields_of_tomorrow_go_through(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(
        model_kwargs={"top_k": 5}, extra_body={"seed": 9}, seed=7, **emulator.options()
    )
    mode.invoke(model, "Hi", repetition_penalty=1.1)
    assert sent(emulator).items() >= {"top_k": 5, "seed": 9, "repetition_penalty": 1.1}.items()


def test_the_cap_may_be_called_as_openai_calls_it(emulator: TelnyxEmulator) -> None:
    ChatTelnyx(**{"max_completion_tokens": 9, **emulator.options()}).invoke("Hi")
    assert sent(emulator)["max_tokens"] == 9


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"top_logprobs": 3}, "`top_logprobs` requires `logprobs=True`"),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs"),
        ({"mode": "strict"}, "requires `region`"),
        ({"mode": "maybe", "region": "EU"}, "mode"),
        ({"n": 3, "best_of": 2}, "increase `best_of`"),
        ({"guided_choice": []}, "guided_choice"),
        ({"guided_regex": "a", "guided_choice": ["a"]}, "`guided_regex`, `guided_choice`"),
        ({"temperature": -1}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
        ({"min_p": -0.1}, "min_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 0}, "n"),
        ({"frequency_penalty": 3}, "frequency_penalty"),
        ({"presence_penalty": -3}, "presence_penalty"),
    ],
)
def test_invalid_options_are_refused_before_a_request(wrong: dict[str, Any], about: str) -> None:
    with pytest.raises(ValidationError, match=about):
        ChatTelnyx(api_key="KEY1", **wrong)


@pytest.mark.default_quirks("The answer has log probabilities.", "logprobs")
def test_logprobs_come_with_the_answer(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(logprobs=True, top_logprobs=2, **emulator.options())
    for call in (mode.invoke, mode.whole):
        emulator.say("Titan.")
        tokens = call(model).response_metadata["logprobs"]["content"]
        assert "".join(each["token"] for each in tokens) == "Titan."
        assert {len(each["top_logprobs"]) for each in tokens} == {2}


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_every_parameter_is_part_of_the_cache_key(emulator: TelnyxEmulator, mode: Mode) -> None:
    cache = InMemoryCache()
    for effort in ("low", "high", "low"):
        model = ChatTelnyx(reasoning_effort=effort, cache=cache, **emulator.options())
        emulator.say(f"Thought {effort}.")
        assert mode.invoke(model, "Hi").text == f"Thought {effort}."
    assert len(emulator.requests) == 2


def test_parameters_survive_a_pickle_and_a_copy() -> None:
    model = ChatTelnyx(api_key="KEY1", region="EU", mode="strict", stop="END")
    for again in (pickle.loads(pickle.dumps(model)), model.model_copy(deep=True)):  # noqa: S301 - our own
        assert (again.region, again.mode, again.stop) == ("EU", "strict", "END")


def test_building_a_model_stays_cheap() -> None:
    ChatTelnyx(api_key="KEY1")
    best = min(_seconds(100) for _ in range(5)) / 100
    assert best < 0.0005


def _seconds(times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        ChatTelnyx(api_key="KEY1", temperature=0, max_tokens=10)
    return time.process_time() - begun
