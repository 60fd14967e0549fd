"""Options of 1.0.0 and of langchain-openai: accepted, renamed, or refused by name."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from typing import Any

import httpx
import openai
import pytest
from pydantic import SecretStr, ValidationError

import langchain_telnyx.chat_models
import langchain_telnyx.embeddings
from langchain_telnyx import ChatTelnyx, ConfigurationError, Telnyx, TelnyxEmbeddings
from tests.support.any_model import BASE, KEY, Model, Server, both, built

FOREIGN = "sk-proj-0123456789"


@pytest.fixture
def server() -> Server:
    return Server()


async def ask(model: ChatTelnyx | TelnyxEmbeddings, *, awaited: bool) -> None:
    if isinstance(model, ChatTelnyx):
        _ = await model.ainvoke("Hi") if awaited else model.invoke("Hi")
    else:
        _ = await model.aembed_query("Hi") if awaited else model.embed_query("Hi")


def quietly(model: Model, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return model(**options)


@both
@pytest.mark.parametrize("awaited", [False, True])
async def test_a_key_and_a_base_url_under_openais_names_are_used(
    server: Server, model: Model, *, awaited: bool
) -> None:
    old_model = quietly(model, openai_api_key=KEY, openai_api_base=BASE, **server.clients)
    await ask(old_model, awaited=awaited)
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert str(request.url).startswith(BASE)
    assert KEY not in request.content.decode()
    assert KEY not in repr(old_model)


@both
@pytest.mark.parametrize(
    ("old", "new", "value", "shown"),
    [
        ("openai_api_key", "api_key", KEY, None),
        ("openai_api_base", "base_url", "http://127.0.0.1:8/v2", "http://127.0.0.1:8/v2"),
        ("openai_proxy", "proxy", "http://127.0.0.1:7", "http://127.0.0.1:7"),
    ],
)
def test_an_old_name_warns_with_the_new_name_at_the_callers_line(
    model: Model, old: str, new: str, value: str, shown: str | None
) -> None:
    keys = {} if new == "api_key" else {"api_key": KEY}
    options: dict[str, Any] = {old: value, **keys}
    with pytest.warns(DeprecationWarning, match=f"`{old}` .* is now `{new}`") as caught:
        made = model(**options)
    assert [warning.filename for warning in caught] == [__file__]
    assert shown is None or shown in {made.telnyx_api_base, made.proxy}
    with pytest.warns(DeprecationWarning, match=f"`{old}` .* is now `{new}`") as caught:
        read = getattr(made, old)
    assert [warning.filename for warning in caught] == [__file__]
    assert (read.get_secret_value() if isinstance(read, SecretStr) else read) == value


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"stream_chunk_timeout": 30}, "stream_idle_timeout", 30),
        ({"reasoning": {"effort": "low"}}, "reasoning_effort", "low"),
        ({"openai_proxy": None}, "proxy", None),
    ],
)
def test_options_of_chat_openai_are_converted_to_new_names(
    options: dict[str, Any], field: str, value: object
) -> None:
    with pytest.warns(DeprecationWarning, match="is now"):
        model = built(ChatTelnyx, **options)
    assert getattr(model, field) == value
    assert model.model_kwargs == {}


def test_headers_of_openai_embeddings_are_default_headers() -> None:
    with pytest.warns(DeprecationWarning, match="`headers` .* is now `default_headers`"):
        embeddings = built(TelnyxEmbeddings, headers={"x-team": "a"})
    assert embeddings.default_headers == {"x-team": "a"}


@both
@pytest.mark.parametrize("key", [FOREIGN, f" {FOREIGN}", SecretStr(FOREIGN)])
def test_a_key_of_openais_is_refused_and_not_shown(model: Model, key: Any) -> None:
    options: dict[str, Any] = {"openai_api_key": key}
    with pytest.raises(ValueError, match="`openai_api_key` starts with `sk-`") as caught:
        quietly(model, **options)
    assert FOREIGN not in f"{caught.value!r} {caught.value}"


@both
@pytest.mark.parametrize("awaited", [False, True])
async def test_a_function_that_returns_a_key_of_openais_is_refused_at_the_call(
    server: Server, model: Model, *, awaited: bool
) -> None:
    old_model = quietly(model, openai_api_key=lambda: FOREIGN, base_url=BASE, **server.clients)
    with pytest.raises(ConfigurationError, match="`openai_api_key` starts with `sk-`") as caught:
        await ask(old_model, awaited=awaited)
    assert FOREIGN not in str(caught.value)
    assert server.requests == []


@both
@pytest.mark.parametrize("awaited", [False, True])
async def test_a_function_under_the_old_name_is_called_at_each_request(
    server: Server, model: Model, *, awaited: bool
) -> None:
    keys = iter(["KEY_first", "KEY_second"])
    old_model = quietly(model, openai_api_key=lambda: next(keys), base_url=BASE, **server.clients)
    await ask(old_model, awaited=awaited)
    await ask(old_model, awaited=awaited)
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer KEY_first", "Bearer KEY_second"]


async def _key() -> str:
    return KEY


@both
@pytest.mark.parametrize("name", ["api_key", "telnyx_api_key", "openai_api_key"])
def test_an_async_function_for_a_key_is_refused(model: Model, name: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is an `async` function"):
        quietly(model, **{name: _key})


@both
@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"openai_api_key": KEY, "api_key": KEY}, ("openai_api_key", "api_key")),
        ({"openai_api_key": KEY, "telnyx_api_key": KEY}, ("openai_api_key", "telnyx_api_key")),
        ({"openai_api_base": BASE, "base_url": BASE}, ("openai_api_base", "base_url")),
    ],
)
def test_an_option_under_two_names_is_refused(
    model: Model, options: dict[str, Any], names: tuple[str, str]
) -> None:
    with pytest.raises(ValueError, match="both `{}` and `{}` are set".format(*names)) as caught:
        quietly(model, **options)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "name", "value", "instead"),
    [
        (ChatTelnyx, "openai_organization", "org-1", "knows the organization by the key"),
        (ChatTelnyx, "organization", "org-1", "knows the organization by the key"),
        (ChatTelnyx, "async_client", object(), "`http_async_client`"),
        (ChatTelnyx, "root_client", object(), "`http_client`"),
        (ChatTelnyx, "http_socket_options", [(1, 2, 3)], "`http_client`"),
        (ChatTelnyx, "disabled_params", {"parallel_tool_calls": None}, "nothing is sent that was"),
        (TelnyxEmbeddings, "organization", "org-1", "knows the organization by the key"),
        (TelnyxEmbeddings, "deployment", "d", "the model is `model`"),
        (TelnyxEmbeddings, "api_version", "2024", "belongs to Azure"),
        (TelnyxEmbeddings, "openai_api_version", "2024", "belongs to Azure"),
        (TelnyxEmbeddings, "openai_api_type", "azure", "belongs to Azure"),
        (TelnyxEmbeddings, "skip_empty", True, "Leave blank texts out"),
        (TelnyxEmbeddings, "retry_min_seconds", 1, "`deadline`"),
        (TelnyxEmbeddings, "retry_max_seconds", 1, "`deadline`"),
    ],
)
def test_unsupported_options_raise_with_advice(
    model: Model, name: str, value: object, instead: str
) -> None:
    with pytest.raises(
        ValidationError, match=f"`{name}` is not an option of {model.__name__}"
    ) as raised:
        built(model, **{name: value})
    assert instead in str(raised.value)
    with pytest.warns(DeprecationWarning, match=f"`{name}` is not an option of .*: leave it out"):
        made = built(model, **{name: None})
    assert not hasattr(made, name)
    with pytest.raises(AttributeError, match=instead.replace("(", r"\(").replace(")", r"\)")):
        getattr(made, name)


@pytest.mark.parametrize(
    ("model", "name", "value", "read"),
    [
        (ChatTelnyx, "tiktoken_enabled", True, False),
        (ChatTelnyx, "tiktoken_model_name", "gpt-4", None),
        (TelnyxEmbeddings, "tiktoken_enabled", False, False),
        (TelnyxEmbeddings, "tiktoken_model_name", "gpt-4", None),
        (TelnyxEmbeddings, "check_embedding_ctx_length", False, True),
        (TelnyxEmbeddings, "allowed_special", "all", None),
        (TelnyxEmbeddings, "disallowed_special", "all", None),
    ],
)
async def test_options_without_effect_are_not_sent(
    server: Server, model: Model, name: str, value: object, read: object
) -> None:
    with pytest.warns(DeprecationWarning, match=f"`{name}` of .* has no effect: leave it out"):
        made = built(model, **{name: value}, **server.clients)
    await ask(made, awaited=False)
    assert name not in server.body
    with pytest.warns(DeprecationWarning, match="has no effect"):
        assert getattr(made, name) is read


def test_fields_of_chat_openais_requests_are_sent_with_a_warning(server: Server) -> None:
    with pytest.warns(UserWarning, match="`store`, `verbosity` is not an option of ChatTelnyx"):
        model = built(ChatTelnyx, verbosity="low", store=False, **server.clients)
    model.invoke("Hi")
    assert (server.body["verbosity"], server.body["store"]) == ("low", False)


@both
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"timeout": (5, 60)}, "`timeout` takes one number"),
        ({"request_timeout": httpx.Timeout(60)}, "`request_timeout` takes one number"),
        ({"client": openai.OpenAI(api_key=KEY)}, "`client` takes a `Telnyx`, not OpenAI"),
    ],
)
def test_values_that_only_openais_classes_accept_raise(
    model: Model, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        built(model, **options)


def test_a_value_without_a_counterpart_raises() -> None:
    with (
        pytest.warns(DeprecationWarning, match="is now"),
        pytest.raises(ValidationError, match="`stream_idle_timeout`"),
    ):
        built(ChatTelnyx, stream_chunk_timeout=0)


def test_reasoning_with_more_than_an_effort_is_a_field_of_the_request(server: Server) -> None:
    reasoning = {"effort": "low", "max_tokens": 50}
    with pytest.warns(UserWarning, match="`reasoning` is not an option of ChatTelnyx"):
        model = built(ChatTelnyx, reasoning=reasoning, **server.clients)
    model.invoke("Hi")
    assert server.body["reasoning"] == reasoning


def test_a_subclass_may_have_a_field_by_an_old_name() -> None:
    class Ours(ChatTelnyx):
        organization: str = ""

    assert Ours(api_key=KEY, organization="us").organization == "us"


# What 1.0.0's modules and objects have


@pytest.mark.parametrize("module", [langchain_telnyx.chat_models, langchain_telnyx.embeddings])
def test_the_constants_of_1_0_0_are_where_they_were(module: Any) -> None:
    assert module.DEFAULT_API_BASE == "https://api.telnyx.com/v2/ai/openai"
    assert {"DEFAULT_API_BASE", "DEFAULT_MODEL"} <= set(module.__all__)


@both
def test_the_base_url_is_shown_as_it_was_in_1_0_0(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    assert model(api_key=KEY).telnyx_api_base == "https://api.telnyx.com/v2/ai/openai"
    monkeypatch.setenv("TELNYX_API_BASE", "http://127.0.0.1:9/v1")
    assert model(api_key=KEY).telnyx_api_base == "http://127.0.0.1:9/v1"


def test_types_have_the_names_of_1_0_0() -> None:
    assert ChatTelnyx(api_key=KEY)._llm_type == "telnyx-chat"  # noqa: SLF001 - LangChain reads it
    assert TelnyxEmbeddings(api_key=KEY)._llm_type == "telnyx-embedding"  # noqa: SLF001


# No key


@both
def test_a_model_without_a_key_is_refused_as_it_was_in_1_0_0(model: Model) -> None:
    with pytest.raises(ConfigurationError, match="pass `api_key=` or set TELNYX_API_KEY") as caught:
        model()
    # `openai` is imported above: 1.0.0 raised its error, and programs catch that.
    assert isinstance(caught.value, openai.OpenAIError)
    assert isinstance(caught.value, ValueError)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert type(again) is type(caught.value)
    assert str(again) == str(caught.value)


@both
def test_a_model_needs_no_key_where_a_client_has_it(model: Model, server: Server) -> None:
    client = Telnyx(api_key=KEY, base_url=BASE, **server.clients)
    assert model(client=client).telnyx is client


@both
def test_a_model_reads_the_key_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", FOREIGN)
    assert model().telnyx.config.key() == KEY
    assert model(api_key=None).telnyx.config.key() == KEY


def test_without_the_openai_package_the_error_is_ours_alone() -> None:
    program = """
import sys
from langchain_telnyx import ChatTelnyx, ConfigurationError
try:
    ChatTelnyx()
except ConfigurationError as error:
    assert type(error) is ConfigurationError, type(error).__mro__
    assert "openai" not in sys.modules
    print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"


@pytest.mark.parametrize(
    ("old", "value", "sent"),
    [
        ("effort", "low", {"reasoning_effort": "low"}),
        ("max_tokens_to_sample", 9, {"max_tokens": 9}),
        ("thinking", {"type": "adaptive"}, {"enable_thinking": True}),
        ("thinking", {"type": "disabled"}, {"enable_thinking": False}),
        ("thinking", None, {}),
    ],
)
def test_options_of_chat_anthropic_are_sent_with_the_apis_names(
    server: Server, old: str, value: Any, sent: dict[str, Any]
) -> None:
    with pytest.warns(DeprecationWarning, match=f"`{old}` of ChatTelnyx is now"):
        made: Any = built(ChatTelnyx, **{old: value}, **server.clients)
    made.invoke("Hi")
    assert server.body.keys() - {"messages", "model"} == sent.keys()
    assert sent.items() <= server.body.items()


def test_thinking_with_a_budget_is_sent_as_it_is(server: Server) -> None:
    budget = {"type": "enabled", "budget_tokens": 1024}
    with pytest.warns(UserWarning, match="`thinking` is not an option of ChatTelnyx"):
        made = built(ChatTelnyx, thinking=budget, **server.clients)
    made.invoke("Hi")
    assert server.body["thinking"] == budget


@pytest.mark.parametrize("wrap", [str, SecretStr])
def test_a_key_of_anthropics_is_not_sent(wrap: Any) -> None:
    options: dict[str, Any] = {"anthropic_api_key": wrap(FOREIGN), "base_url": BASE}
    with pytest.raises(ValueError, match="is not sent to Telnyx") as caught:
        ChatTelnyx(**options)
    assert FOREIGN not in str(caught.value)
