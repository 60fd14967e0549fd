"""Pickles and copies of a model, and its use in event loops and threads."""

from __future__ import annotations

import asyncio
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.load import dumpd, load
from langchain_core.runnables import ConfigurableField

from langchain_telnyx import ChatTelnyx, Telnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


def travelled(model: ChatTelnyx) -> ChatTelnyx:
    """Return a model after pickling and unpickling."""
    again: ChatTelnyx = pickle.loads(pickle.dumps(model))  # noqa: S301 - bytes of our own making
    return again


@pytest.fixture
def model(telnyx_emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**telnyx_emulator.options())


@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
@pytest.mark.parametrize(
    "again",
    [
        copy.copy,
        copy.deepcopy,
        lambda model: model.model_copy(deep=True),
        travelled,
        lambda model: ChatTelnyx(**dict(model)),
    ],
    ids=["copy", "deepcopy", "model_copy", "pickle", "rebuilt"],
)
def test_a_copy_sends_the_same_requests(
    telnyx_emulator: TelnyxEmulator,
    model: ChatTelnyx,
    mode: Mode,
    monkeypatch: pytest.MonkeyPatch,
    again: Any,
    *,
    used: bool,
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", telnyx_emulator.api_key)  # pickles do not contain the key
    if used:
        mode.invoke(model)
    twin = again(model)
    telnyx_emulator.say("Titan.")
    assert mode.invoke(twin).text == "Titan."
    telnyx_emulator.say("Rhea.")
    assert mode.invoke(model).text == "Rhea."


def test_an_unpickled_model_reads_the_key_from_the_environment(
    telnyx_emulator: TelnyxEmulator, model: ChatTelnyx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEYelsewhere")
    again = travelled(model)
    assert telnyx_emulator.api_key not in str(again.telnyx.config.key())
    assert again.telnyx.config.key() == "KEYelsewhere"


def test_a_pickle_of_a_model_with_a_client_still_points_where_the_client_does(
    telnyx_emulator: TelnyxEmulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", telnyx_emulator.api_key)
    model = ChatTelnyx(client=Telnyx(**telnyx_emulator.options()))
    again = travelled(model)
    telnyx_emulator.say("Titan.")
    assert mode.invoke(again).text == "Titan."


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_serialisation_round_trips_without_the_key(model: ChatTelnyx) -> None:
    written = dumpd(model)
    again = load(
        written,
        allowed_objects=[ChatTelnyx],
        valid_namespaces=["langchain_telnyx"],
        secrets_map={"TELNYX_API_KEY": "KEYfrom_the_map"},
    )
    assert model.telnyx.config.key() not in str(written)
    assert again.telnyx.config.base_url == model.telnyx.config.base_url
    assert again.telnyx.config.key() == "KEYfrom_the_map"


def test_serialisation_of_a_model_with_a_client_keeps_where_it_points() -> None:
    model = ChatTelnyx(client=Telnyx(api_key="KEYsecret", base_url="http://127.0.0.1:1/v2"))
    written = dumpd(model)
    assert written["kwargs"]["telnyx_api_base"] == "http://127.0.0.1:1/v2"
    assert "KEYsecret" not in str(written)


@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_a_configurable_key_is_the_one_on_the_wire(
    model: ChatTelnyx, mode: Mode, telnyx_emulator: TelnyxEmulator, *, used: bool
) -> None:
    if used:
        mode.invoke(model)
    open_model: Any = model.configurable_fields(telnyx_api_key=ConfigurableField(id="key"))
    with pytest.raises(Exception, match="HTTP 401"):
        mode.invoke(open_model.with_config(configurable={"key": "KEYwrong"}))
    wrong = ChatTelnyx(**{**telnyx_emulator.options(), "api_key": "KEYwrong"})
    right: Any = wrong.configurable_fields(telnyx_api_key=ConfigurableField(id="key"))
    telnyx_emulator.say("Titan.")
    configured = right.with_config(configurable={"key": telnyx_emulator.api_key})
    assert mode.invoke(configured).text == "Titan."


def test_a_model_with_a_client_can_be_configured_beside_an_environment(
    telnyx_emulator: TelnyxEmulator, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEYof_the_environment")
    monkeypatch.setenv("TELNYX_BASE_URL", "http://127.0.0.1:9")
    model = ChatTelnyx(client=Telnyx(**telnyx_emulator.options()))
    cooler: Any = model.configurable_fields(temperature=ConfigurableField(id="temperature"))
    telnyx_emulator.say("Titan.")
    assert mode.invoke(cooler.with_config(configurable={"temperature": 0.1})).text == "Titan."


def test_a_key_may_be_a_function_called_for_each_request(
    telnyx_emulator: TelnyxEmulator, mode: Mode
) -> None:
    keys = iter([telnyx_emulator.api_key, "KEYrevoked"])
    model = ChatTelnyx(api_key=lambda: next(keys), base_url=telnyx_emulator.base_url)
    assert mode.invoke(model).text
    with pytest.raises(Exception, match="HTTP 401"):
        mode.invoke(model)


def test_a_changed_field_takes_effect_at_the_next_call(
    telnyx_emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    mode.invoke(model)
    elsewhere = model.model_copy(update={"telnyx_api_base": "http://127.0.0.1:9", "max_retries": 0})
    with pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
        mode.invoke(elsewhere)
    assert len(telnyx_emulator.requests) == 1


def test_one_model_serves_one_event_loop_after_another(model: ChatTelnyx) -> None:
    for _ in range(3):
        assert asyncio.run(model.ainvoke("Hi")).text


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share")
def test_one_model_serves_many_calls_of_one_loop(
    telnyx_emulator: TelnyxEmulator, model: ChatTelnyx
) -> None:
    async def run() -> list[str]:
        answers = await asyncio.gather(*(model.ainvoke(f"Say {n}!") for n in range(20)))
        return [answer.text for answer in answers]

    texts = asyncio.run(run())
    assert [f"“Say {n}!”" in text for n, text in enumerate(texts)] == [True] * 20
    assert len(telnyx_emulator.requests) == 20


@pytest.mark.default_quirks(
    "Concurrent requests may be refused more often than they are repeated.", "rate_limited_share"
)
def test_one_model_serves_many_threads(model: ChatTelnyx) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda n: model.invoke(f"Say {n}!").text, range(24)))
    assert [f"“Say {n}!”" in text for n, text in enumerate(texts)] == [True] * 24


@pytest.mark.default_quirks(
    "Concurrent requests may be refused more often than they are repeated.", "rate_limited_share"
)
def test_threads_may_each_have_an_event_loop_of_their_own(model: ChatTelnyx) -> None:
    with ThreadPoolExecutor(4) as threads:
        texts = list(threads.map(lambda n: asyncio.run(model.ainvoke(f"Say {n}!")).text, range(8)))
    assert [f"“Say {n}!”" in text for n, text in enumerate(texts)] == [True] * 8


def test_a_closed_model_opens_again(model: ChatTelnyx) -> None:
    assert model.invoke("Hi").text
    model.close()
    assert model.invoke("Hi").text

    async def twice() -> None:
        assert (await model.ainvoke("Hi")).text
        await model.aclose()
        assert (await model.ainvoke("Hi")).text
        await model.aclose()

    asyncio.run(twice())
