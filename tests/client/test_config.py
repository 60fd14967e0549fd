"""The configuration: keyword before environment before default, and a hidden key."""

import copy
import pickle
import traceback
from functools import partial
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from langchain_telnyx import ChatTelnyx, TelnyxVectorStore
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.config import Config, configure
from langchain_telnyx.client.errors import ConfigurationError

KEY = "KEY0123_secret"


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://api.telnyx.com", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai/", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai/openai", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai/openai/", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai/chat/completions", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2/ai/openai/chat/completions", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.com/v2//ai//openai//", "https://api.telnyx.com/v2"),
        ("https://api.telnyx.eu/v2/ai", "https://api.telnyx.eu/v2"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/v2"),
        ("http://[::1]:8787/v2", "http://[::1]:8787/v2"),
        ("http://localhost:8787/v2/ai/openai", "http://localhost:8787/v2"),
        ("https://gateway.example/telnyx/v2/ai/openai", "https://gateway.example/telnyx/v2"),
        ("https://gateway.example/telnyx/v2", "https://gateway.example/telnyx/v2"),
        ("https://gateway.example/telnyx/ai/openai", "https://gateway.example/telnyx"),
        ("https://gateway.example/ai/openai", "https://gateway.example/v2"),
        ("https://gateway.example/v2/team", "https://gateway.example/v2/team"),
        ("https://gateway.example/v2/team/ai/openai", "https://gateway.example/v2/team"),
        ("https://gateway.example/chat/completions", "https://gateway.example/v2"),
        (" https://api.telnyx.com/v2\n", "https://api.telnyx.com/v2"),
    ],
)
def test_every_form_of_base_url_leads_to_the_root(given: str, root: str) -> None:
    config = configure(base_url=given)
    assert config.base_url == root
    assert not config.openai_compatible


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://llm.telnyx.com/v1", "https://llm.telnyx.com/v1"),
        ("https://llm.telnyx.com/v1/", "https://llm.telnyx.com/v1"),
        ("https://llm.telnyx.com/v1/chat/completions", "https://llm.telnyx.com/v1"),
        ("https://llm.telnyx.com", "https://llm.telnyx.com/v1"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://localhost:4000/v1/", "http://localhost:4000/v1"),
        ("https://gateway.example/telnyx", "https://gateway.example/telnyx"),
        ("https://host.example/openai/v1", "https://host.example/openai/v1"),
        ("https://host.example/v1beta/openai", "https://host.example/v1beta/openai"),
        ("https://host.example/api", "https://host.example/api"),
        ("https://host.example/api/ai", "https://host.example/api/ai"),
        ("https://host.example/v2/compat/v1", "https://host.example/v2/compat/v1"),
        ("https://host.example/v22", "https://host.example/v22"),
        ("https://host.example/gpu-v2", "https://host.example/gpu-v2"),
    ],
)
def test_any_other_path_is_the_root_of_an_openai_compatible_server(given: str, root: str) -> None:
    config = configure(base_url=given)
    assert config.base_url == root
    assert config.openai_compatible
    assert config.storage_url == ""
    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - made above


@pytest.mark.parametrize("name", ["TELNYX_BASE_URL", "TELNYX_API_BASE"])
def test_the_base_url_comes_from_the_environment(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1/v2/ai/openai\n")
    assert configure().base_url == "http://127.0.0.1:1/v2"
    assert configure(base_url="http://127.0.0.1:2").base_url == "http://127.0.0.1:2/v2"


def test_the_newer_name_of_the_base_url_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_BASE", "http://127.0.0.1:1")
    monkeypatch.setenv("TELNYX_BASE_URL", "http://127.0.0.1:2")
    assert configure().base_url == "http://127.0.0.1:2/v2"


def test_empty_variables_count_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "BASE_URL", "API_BASE", "STORAGE_URL", "STORAGE_REGION"):
        monkeypatch.setenv(f"TELNYX_{name}", "")
    assert configure() == Config(
        api_key=None,
        base_url="https://api.telnyx.com/v2",
        storage_url="https://us-central-1.telnyxcloudstorage.com",
    )


@pytest.mark.parametrize(
    ("base_url", "storage_url"),
    [
        ("https://api.telnyx.com/v2", "https://us-central-1.telnyxcloudstorage.com"),
        ("https://api.telnyx.eu/v2", "https://us-central-1.telnyxcloudstorage.com"),
        ("https://api.telnyx.com.au", "https://us-central-1.telnyxcloudstorage.com"),
        ("https://telnyx.com/v2", "https://us-central-1.telnyxcloudstorage.com"),
        ("https://API.Telnyx.com/v2", "https://us-central-1.telnyxcloudstorage.com"),
        ("http://127.0.0.1:8787/v2/ai", "http://127.0.0.1:8787"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("https://mytelnyx.com/v2", "https://mytelnyx.com"),
        ("https://telnyx.com.example/v2", "https://telnyx.com.example"),
    ],
)
def test_the_storage_url_defaults_to_the_host_of_the_api(base_url: str, storage_url: str) -> None:
    assert configure(base_url=base_url).storage_url == storage_url


def test_the_storage_follows_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configure(region="eu-central-1").storage_url == (
        "https://eu-central-1.telnyxcloudstorage.com"
    )
    monkeypatch.setenv("TELNYX_STORAGE_REGION", "us-west-1")
    config = configure()
    assert config.region == "us-west-1"
    assert config.storage_url == "https://us-west-1.telnyxcloudstorage.com"


def test_the_storage_url_can_be_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_STORAGE_URL", "http://127.0.0.1:1/")
    assert configure().storage_url == "http://127.0.0.1:1"
    assert configure(storage_url="http://127.0.0.1:2/s3/").storage_url == "http://127.0.0.1:2/s3"


@pytest.mark.parametrize(
    "url",
    [
        "api.telnyx.com",
        "ftp://api.telnyx.com",
        "https://",
        "http://:80",
        "http://host:0",
        "http://host:99999",
        "http://host:port",
        "http://[::1",
        "http://a host",
        "http://a\x00b",
        "nonsense",
    ],
)
@pytest.mark.parametrize("name", ["base_url", "storage_url"])
def test_an_invalid_url_is_refused(name: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match=f"`{name}` is"):
        Telnyx(**{name: url})  # type: ignore[arg-type]  # one of two names of the same type


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pa55word@host/v2",
        "https://pa55word@host",
        "ftp://user:pa55word@host",
        "https://host/v2?key=pa55word",
        "https://host/v2#pa55word",
    ],
)
def test_a_url_with_credentials_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError, match="credentials") as caught:
        configure(base_url=url)
    assert "pa55word" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "http://api.example.com/v2"},
        {"base_url": "http://10.0.0.7:8000/v1"},
        {"base_url": "http://localhost.example.com"},
        {"base_url": "http://127.0.0.1.example.com"},
        {"base_url": "https://api.example.com", "storage_url": "http://storage.example.com"},
        {"base_url": "http://127.0.0.1:8000", "proxy": "http://me:pa55word@proxy.example.com:3128"},
    ],
)
def test_a_key_is_sent_unencrypted_only_if_allowed(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="allow_http=True") as caught:
        Telnyx(api_key=KEY, **options)
    assert "pa55word" not in str(caught.value)
    assert Telnyx(api_key=KEY, allow_http=True, **options).config.allow_http
    with pytest.raises(ConfigurationError):
        Telnyx(api_key=KEY, allow_http=False, **options)
    monkeypatch.setenv("TELNYX_ALLOW_HTTP", "1")
    assert Telnyx(api_key=KEY, **options).config.allow_http
    with pytest.raises(ConfigurationError):
        Telnyx(api_key=KEY, allow_http=False, **options)


async def test_a_client_passed_in_decides_how_it_sends_and_our_own_connections_do_not() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"data": []})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        telnyx = Telnyx(api_key=KEY, base_url="http://proxy.example/v2", http_client=client)
        assert telnyx.models.list() == []
        assert seen == ["http://proxy.example/v2/ai/openai/models"]
        with pytest.raises(ConfigurationError, match="allow_http=True"):
            await telnyx.aio.models.list()


def test_a_url_of_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_BASE_URL", "http://api.example.com/v2")
    for build in (Telnyx, lambda **o: ChatTelnyx(**o).telnyx, partial(TelnyxVectorStore, "docs")):
        with pytest.raises(ConfigurationError, match="allow_http=True"):
            build(api_key=KEY)


@pytest.mark.parametrize(
    "host", ["localhost:1", "LOCALHOST", "telnyx.localhost", "127.0.0.1:1", "127.8.9.1", "[::1]:80"]
)
def test_this_machine_needs_no_encryption(host: str) -> None:
    assert configure(api_key=KEY, base_url=f"http://{host}").base_url == f"http://{host}/v2"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "`timeout` is 0: pass a number of seconds above 0."),
        ({"timeout": -1.5}, "`timeout` is -1.5: pass a number of seconds above 0."),
        ({"max_retries": -1}, "`max_retries` is -1: pass 0 or more."),
        ({"max_connections": 0}, "`max_connections` is 0: pass 1 or more."),
    ],
)
def test_an_invalid_number_is_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Telnyx(**options)  # type: ignore[arg-type]  # each name has a number
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "headers", [{"x y": "v"}, {"": "v"}, {"x:": "v"}, {"x": "a\nb"}, {"x": "a\0"}, {"x": "é"}]
)
def test_a_header_that_http_does_not_allow_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="characters that HTTP does not allow"):
        configure(headers=headers)


def test_numeric_options_can_be_passed() -> None:
    config = configure(timeout=3, max_retries=0, deadline=9.5, max_connections=7)
    assert (config.timeout, config.max_retries) == (3.0, 0)
    assert (config.deadline, config.max_connections) == (9.5, 7)


def test_equal_options_make_equal_configurations() -> None:
    one = configure(api_key=KEY, headers={"X-Team": "a"}, timeout=3)
    two = configure(api_key=SecretStr(KEY), headers={"x-team": "a"}, timeout=3.0)
    assert one == two
    assert hash(one) == hash(two)
    assert one != configure(api_key="KEY_other", headers={"X-Team": "a"}, timeout=3)


def test_a_key_argument_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_environment")
    assert configure().key() == "KEY_environment"
    assert configure(api_key=KEY).key() == KEY
    assert configure(api_key=SecretStr(KEY)).key() == KEY


def test_a_key_set_after_construction_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configure()
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    assert config.key() == KEY


def test_a_key_function_is_called_for_each_request() -> None:
    keys = iter(["KEY_1", "KEY_2"])
    config = configure(api_key=lambda: next(keys))
    assert [config.key(), config.key()] == ["KEY_1", "KEY_2"]


def test_space_around_a_key_is_stripped() -> None:
    assert configure(api_key=f" {KEY}\r\n").key() == KEY


def test_no_key_is_an_error_that_says_where_to_put_one() -> None:
    with pytest.raises(ConfigurationError, match="pass `api_key=` or set TELNYX_API_KEY"):
        configure().key()


@pytest.mark.parametrize("key", ["", "  \n", "KEY\nINJECTED: x", "KEY\r\nx", "KÉY", "KEY 1", "a\0"])
def test_a_key_that_a_header_cannot_have_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        configure(api_key=key).key()
    assert key.strip() == "" or key not in "".join(traceback.format_exception(caught.value))


def test_the_key_is_not_in_any_text() -> None:
    telnyx = Telnyx(api_key=KEY, headers={"x-other": "pa55word"}, proxy="http://u:pa55word@h:1")
    parts = [telnyx, telnyx.config, telnyx.aio, telnyx.chat, telnyx.storage, telnyx.calls]
    for part in parts:
        assert KEY not in f"{part!r} {part!s}"
        assert "pa55word" not in f"{part!r} {part!s}"


def test_a_pickle_omits_the_key_and_reads_it_on_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pickled = pickle.dumps(configure(api_key=KEY, base_url="http://127.0.0.1:1", timeout=3))
    assert KEY.encode() not in pickled
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_there")
    loaded = pickle.loads(pickled)  # noqa: S301 - made above
    assert loaded == configure(api_key="KEY_there", base_url="http://127.0.0.1:1", timeout=3)


def test_a_copy_keeps_the_key() -> None:
    config = configure(api_key=KEY)
    assert copy.copy(config).key() == KEY
    assert copy.deepcopy({"config": config})["config"].key() == KEY
