"""Keys with another class's name, and misspelt options, raise before anything shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.runnables import ConfigurableField
from openai.types import embedding_create_params
from openai.types.chat import completion_create_params
from pydantic import BaseModel, ValidationError

import langchain_telnyx
from langchain_telnyx import (
    ChatTelnyx,
    ConfigurationError,
    TelnyxEmbeddings,
    Transcript,
    Turn,
    Word,
)
from langchain_telnyx._shared.documented_fields import DOCUMENTED
from langchain_telnyx.client.api.chat import ChatParameters
from langchain_telnyx.client.decode import Model
from langchain_telnyx.speech import TelnyxSpeech
from tests.support.secrets import KEY, leaks, representations, watching

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

# A name that another class or a slip of the pen gives a setting, and what is to be used instead.
SECRETS = {
    "apikey": "`api_key`",
    "API_KEY": "`api_key`",
    "api-key": "`api_key`",
    "api_kye": "`api_key`",
    "telnyx_api_kye": "`api_key`",
    "anthropic_api_key": "`api_key`",
    "azureApiKey": "`api_key`",
    "telnyx_key": "`api_key`",
    "key": "`api_key`",
    "token": "`api_key`",
    "access_token": "`api_key`",
    "azure_ad_token": "`api_key`",
    "secret": "`api_key`",
    "client_secret": "`api_key`",
    "password": "`api_key`",
    "Authorization": "`api_key`",
    "mistral_api_base": "`base_url`",
    "base-url": "`base_url`",
    "baseURL": "`base_url`",
    "azure_endpoint": "`base_url`",
    "my_organization": "`api_key`",
    "http_proxy": "`http_client`",
    "proxies": "`http_client`",
}
KINDS = pytest.mark.parametrize("kind", [ChatTelnyx, TelnyxEmbeddings])


def names_in(error: BaseException, name: str, right: str) -> bool:
    return f"`{name}`" in str(error) and right in str(error)


@KINDS
@pytest.mark.parametrize(("name", "right"), SECRETS.items())
def test_a_secret_option_raises_with_the_name_of_the_right_one(
    kind: Any, name: str, right: str
) -> None:
    for options in ({name: KEY}, {"model_kwargs": {name: KEY}}):
        with watching() as seen, pytest.raises(ValueError, match="not sent") as caught:
            kind(api_key="KEY1", **options)
        assert names_in(caught.value, name, right)
        assert leaks(KEY, error=representations(caught.value), seen=seen) == []


@pytest.mark.parametrize(("name", "right"), SECRETS.items())
def test_a_secret_option_of_a_call_raises(
    emulator: TelnyxEmulator, mode: Mode, name: str, right: str
) -> None:
    model: Any = ChatTelnyx(**emulator.options(), cache=InMemoryCache())
    bound = model.bind(seed=1)
    calls: list[Any] = [
        lambda config: mode.invoke(model, config=config, **{name: KEY}),
        lambda config: mode.stream(model, config=config, **{name: KEY}),
        lambda config: mode.invoke(model, config=config, extra_body={name: KEY}),
        lambda config: mode.invoke(bound, config=config, **{name: KEY}),
        lambda config: model.batch(["Hi", "Ho"], config=config, **{name: KEY}),
        lambda config: mode.invoke(bound.bind(**{name: KEY}), config=config),
        lambda _: model.bind(**{name: KEY}),
        lambda _: model.bind(extra_body={name: KEY}),
        lambda _: model.bind_tools([], **{name: KEY}),
        lambda _: model.bind_tools([]).bind(**{name: KEY}),
        lambda _: model.with_structured_output({"title": "A", "type": "object"}, **{name: KEY}),
        lambda _: ChatTelnyx(api_key="KEY1", extra_body={name: KEY}),
    ]
    for call in calls:
        with watching() as seen, pytest.raises(ValueError, match="not sent") as caught:
            call({"callbacks": [seen.tracer]})
        assert names_in(caught.value, name, right)
        assert leaks(KEY, error=representations(caught.value), seen=seen) == []
    assert not emulator.requests


@pytest.mark.parametrize("name", ["api_key", "telnyx_api_key", "base_url", "telnyx_api_base"])
def test_an_option_of_the_model_is_not_sent_as_a_field(
    emulator: TelnyxEmulator, mode: Mode, name: str
) -> None:
    model = ChatTelnyx(**emulator.options())
    with pytest.raises(ConfigurationError, match="to the constructor of `ChatTelnyx`"):
        mode.invoke(model, **{name: KEY})
    with pytest.raises(ConfigurationError, match="default_headers"):
        mode.invoke(model, default_headers={"x-token": KEY})


def test_a_header_with_a_credential_is_not_sent_as_a_field(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    for name in ("Authorization", "x-api-key", "Cookie", "X-Auth-Token"):
        fields = {"extra_headers": {name: KEY}}
        given: list[dict[str, Any]] = [{"model_kwargs": fields}, {"extra_body": fields}]
        for options in given:
            with pytest.raises(ValidationError, match="default_headers") as caught:
                ChatTelnyx(api_key="KEY1", **options)
            assert leaks(KEY, error=representations(caught.value)) == []
        with pytest.raises(ConfigurationError, match="default_headers"):
            mode.invoke(ChatTelnyx(**emulator.options()), **fields)


def test_configurable_fields_are_checked_too(emulator: TelnyxEmulator, mode: Mode) -> None:
    model = ChatTelnyx(**emulator.options()).configurable_fields(
        model_kwargs=ConfigurableField("more")
    )
    with pytest.raises(ValidationError, match="`token`") as caught:
        mode.invoke(model.with_config(configurable={"more": {"token": KEY}}))
    assert leaks(KEY, error=representations(caught.value)) == []


def test_later_changes_are_checked_too(emulator: TelnyxEmulator, mode: Mode) -> None:
    model, embeddings = ChatTelnyx(**emulator.options()), TelnyxEmbeddings(**emulator.options())
    model.model_kwargs["token"] = embeddings.model_kwargs["token"] = KEY
    with pytest.raises(ConfigurationError, match="`token`"):
        mode.invoke(model)
    with pytest.raises(ConfigurationError, match="`token`"):
        embeddings.embed_query("Hi")
    assert not emulator.requests


@pytest.mark.parametrize(
    ("kind", "name", "right"),
    [
        (ChatTelnyx, "temprature", "temperature"),
        (ChatTelnyx, "max_token", "max_tokens"),
        (ChatTelnyx, "maxTokens", "max_tokens"),
        (ChatTelnyx, "modle", "model"),
        (ChatTelnyx, "timout", "timeout"),
        (ChatTelnyx, "max_retires", "max_retries"),
        (ChatTelnyx, "sede", "seed"),
        (ChatTelnyx, "strem_usage", "stream_usage"),
        (TelnyxEmbeddings, "dimension", "dimensions"),
        (TelnyxEmbeddings, "chunksize", "chunk_size"),
    ],
)
def test_a_misspelt_option_is_refused_with_the_right_name(kind: Any, name: str, right: str) -> None:
    with pytest.raises(ValidationError, match=f"`{name}` is not an option of .*: write `{right}`"):
        kind(**{name: 1})


def test_a_misspelling_is_refused_with_a_call_and_may_be_meant_in_model_kwargs(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(**emulator.options())
    with pytest.raises(ConfigurationError, match="write `temperature`"):
        mode.invoke(model, temprature=0)
    with pytest.raises(ConfigurationError, match="write `temperature`"):
        model.bind(temprature=0)
    mode.invoke(model.model_copy(update={"model_kwargs": {"temprature": 0}}))
    assert json.loads(emulator.requests[-1].body)["temprature"] == 0


@KINDS
@pytest.mark.parametrize("name", ["thinking_mode", "top_n", "watermark", "cache_key", "eos_token"])
def test_any_other_option_is_sent_with_a_warning(kind: Any, name: str) -> None:
    with pytest.warns(UserWarning, match=f"`{name}` is not an option of {kind.__name__}"):
        assert kind(api_key="KEY1", **{name: 1}).model_kwargs == {name: 1}


@KINDS
@pytest.mark.filterwarnings("ignore:.* is not an option of")
def test_no_documented_field_is_refused(kind: Any) -> None:
    for name in sorted(DOCUMENTED - kind.model_fields.keys() - {"input", "model", "stop"}):
        kind(api_key="KEY1", model_kwargs={name: 1})
        kind(api_key="KEY1", **{name: 1} if name not in kind.model_fields else {})
    ChatTelnyx(api_key="KEY1", api_key_ref="my-secret", max_tokens=5)


def test_openais_documented_fields_are_allowed() -> None:
    chat = completion_create_params.CompletionCreateParamsBase.__annotations__
    embeddings = embedding_create_params.EmbeddingCreateParams.__annotations__
    assert (chat.keys() | embeddings.keys()) - DOCUMENTED == set()


def test_telnyxs_documented_fields_are_allowed() -> None:
    assert ChatParameters.__annotations__.keys() - DOCUMENTED == {"extra_body"}


OPTIONS: dict[str, dict[str, Any]] = {
    "TelnyxRetriever": {"bucket": "moons"},
    "TelnyxCollectionRetriever": {"collection": "calls"},
    "TelnyxMemoryRetriever": {"profile_id": "ann"},
    "TelnyxAssistant": {"assistant_id": "assistant-1"},
    "TelnyxInsights": {"insights": "Why?"},
}
MODELS = {
    name: kind
    for name in langchain_telnyx.__all__
    if isinstance(kind := getattr(langchain_telnyx, name), type)
    and issubclass(kind, BaseModel)
    and not issubclass(kind, Model)  # a result takes no options
    and kind not in {TelnyxSpeech, Transcript, Turn, Word}
}


@pytest.mark.parametrize(("name", "kind"), MODELS.items(), ids=MODELS)
def test_validation_errors_do_not_show_the_input(name: str, kind: Any) -> None:
    assert kind.model_config["hide_input_in_errors"]
    own = OPTIONS.get(name, {})
    kind(api_key=KEY, **own)
    wrong: list[dict[str, Any]] = [
        {"api_key": [KEY]},
        {"api_key": {"key": KEY}},
        {"telnyx_api_key": KEY.encode() + b"\xff"},
        {"timeout": KEY},
        {"max_retries": KEY},
        {"default_headers": KEY},
        {"apikey": KEY},
        {"token": KEY},
        {"client": KEY},
    ]
    for options in wrong:
        with pytest.raises(ValidationError) as caught:
            kind(**{**own, **options})
        assert leaks(KEY, error=representations(caught.value)) == []
        with pytest.raises(ValidationError) as caught:
            kind.model_validate({**own, **options, "api_key": [KEY]})
        assert leaks(KEY, error=representations(caught.value)) == []


@pytest.mark.parametrize("name", OPTIONS)
def test_validation_errors_of_missing_options_do_not_show_the_input(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MODELS[name](api_key=KEY)
    assert leaks(KEY, error=representations(caught.value)) == []


def test_a_validation_error_shows_harmless_values() -> None:
    with pytest.raises(ValidationError) as caught:
        ChatTelnyx.model_validate({"temperature": -1, "mode": "fast", "n": "two"})
    found = {error["loc"]: (error["type"], error["input"]) for error in caught.value.errors()}
    assert found == {
        ("temperature",): ("greater_than_equal", -1),
        ("mode",): ("literal_error", "***"),
        ("n",): ("int_parsing", "***"),
    }
    assert "Input should be 'preferred' or 'strict'" in str(caught.value)
