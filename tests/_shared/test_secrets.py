"""The key and the headers are in requests, and nowhere else."""

from __future__ import annotations

import copy
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.runnables import RunnableLambda

import langchain_telnyx
from langchain_telnyx import (
    ChatTelnyx,
    Telnyx,
    TelnyxChatMessageHistory,
    TelnyxClustersLoader,
    TelnyxCollectionRetriever,
    TelnyxConversationLoader,
    TelnyxEmbeddings,
    TelnyxError,
    TelnyxInsights,
    TelnyxMemoryRetriever,
    TelnyxRetriever,
    TelnyxStore,
    TelnyxToolkit,
    TelnyxTranscriptionLoader,
    TelnyxTranscriptionParser,
    TelnyxVectorStore,
    WebhookError,
    fine_tune,
    resume_fine_tuning,
)
from langchain_telnyx._shared.manifest import Manifest
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.webhooks import verify
from tests.support.secrets import KEY, Seen, leaks, representations, texts_in, watching

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.fixtures import Mode

TOKEN = "tokenInAHeader"
HEADERS = {"x-token": TOKEN}


def model(emulator: TelnyxEmulator, **options: Any) -> ChatTelnyx:
    """Return a model whose key the account refuses, so that calls fail with it in hand."""
    return ChatTelnyx(
        **{**emulator.options(), "api_key": KEY, "max_retries": 0, **options},
        default_headers=HEADERS,
    )


def shown_of(**seen: Any) -> list[str]:
    """Return what shows the key, or the headers' token, which pickles of ours keep."""
    return leaks(KEY, **seen) + [
        where for where in leaks(TOKEN, **seen) if not where.endswith(": pickle")
    ]


def renamed(options: dict[str, Any]) -> dict[str, Any]:
    """Return options by the names of 1.0.0 and langchain-openai."""
    old = {"api_key": "openai_api_key", "base_url": "openai_api_base"}
    return {old.get(name, name): value for name, value in options.items()}


ALL_TOOLS = ["read", "create_insight", "create_insight_group", "assign_insight"]
MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "chat": lambda o: ChatTelnyx(**o, default_headers=HEADERS),
    "embeddings": lambda o: TelnyxEmbeddings(**o, default_headers=HEADERS),
    "chat by old names": lambda o: ChatTelnyx(**renamed(o), default_query={"t": TOKEN}),
    "embeddings by old names": lambda o: TelnyxEmbeddings(**renamed(o), default_query={"t": TOKEN}),
    "chat through a proxy": lambda o: ChatTelnyx(**o, proxy=f"http://me:{TOKEN}@127.0.0.1:9"),
    "retriever": lambda o: TelnyxRetriever(bucket="b-1", **o, default_headers=HEADERS),
    "knowledge": lambda o: TelnyxCollectionRetriever(collection="calls", **o),
    "memory": lambda o: TelnyxMemoryRetriever(profile_id="ann", **o),
    "conversations": lambda o: langchain_telnyx.TelnyxConversationRetriever(**o),
    "web search": lambda o: langchain_telnyx.TelnyxWebSearchRetriever(**o),
    "web tool": lambda o: langchain_telnyx.TelnyxWebSearch(**o),
    "recording transcriptions": lambda o: langchain_telnyx.TelnyxRecordingTranscriptionLoader(**o),
    "insights": lambda o: TelnyxInsights(insights="Why?", **o, default_headers=HEADERS),
    "toolkit": lambda o: TelnyxToolkit(**o, default_headers=HEADERS),
    "client": lambda o: Telnyx(**o, headers=HEADERS),
    "store": lambda o: TelnyxVectorStore("documents", **o, headers=HEADERS),
    "retriever of a store": lambda o: TelnyxVectorStore("documents", **o).as_retriever(),
    "items": lambda o: TelnyxStore("items", **o, headers=HEADERS),
    "history": lambda o: TelnyxChatMessageHistory("ann", **o, headers=HEADERS),
    "clusters": lambda o: TelnyxClustersLoader("b-1", **o, headers=HEADERS),
    "conversation loader": lambda o: TelnyxConversationLoader(**o, headers=HEADERS),
    "recordings": lambda o: TelnyxTranscriptionLoader("a.wav", **o, headers=HEADERS),
    "parser": lambda o: TelnyxTranscriptionParser(**o, headers=HEADERS),
    "tools": lambda o: TelnyxToolkit(include=ALL_TOOLS, **o, default_headers=HEADERS).get_tools(),
}
EVERY = pytest.mark.parametrize("make", MADE.values(), ids=MADE)


@EVERY
def test_objects_with_a_key_do_not_show_it(
    emulator: TelnyxEmulator, make: Callable[[dict[str, Any]], Any]
) -> None:
    with watching() as seen:
        thing = make({**emulator.options(), "api_key": KEY})
        shown: dict[str, Any] = {
            "made": representations(thing),
            "copied": representations(copy.copy(thing)),
            "seen": seen,
        }
        used = getattr(thing, "telnyx", None)
        if isinstance(used, Telnyx):
            assert used.config.key() == KEY
            shown["used"] = [
                representations(used),
                representations(used.config),
                representations(thing),
            ]
    assert shown_of(**shown) == []


USES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "chat": lambda o: ChatTelnyx(**o).invoke("Hi"),
    "stream": lambda o: list(ChatTelnyx(**o).stream("Hi")),
    "models": lambda o: ChatTelnyx.list_models(**o),
    "embeddings": lambda o: TelnyxEmbeddings(**o).embed_query("Hi"),
    "retriever": lambda o: TelnyxRetriever(bucket="b-1", **o).invoke("Hi"),
    "knowledge": lambda o: TelnyxCollectionRetriever(collection="calls", **o).invoke("Hi"),
    "memory": lambda o: TelnyxMemoryRetriever(profile_id="ann", **o).invoke("Hi"),
    "conversations": lambda o: langchain_telnyx.TelnyxConversationRetriever(**o).invoke("Hi"),
    "web search": lambda o: langchain_telnyx.TelnyxWebSearchRetriever(**o).invoke("Hi"),
    "recording transcriptions": lambda o: langchain_telnyx.TelnyxRecordingTranscriptionLoader(
        **o
    ).load(),
    "insights": lambda o: TelnyxInsights(insights="Why?", **o).invoke("User: Hi"),
    "client": lambda o: Telnyx(**o).storage.get_object("b-1", "key"),
    "store": lambda o: TelnyxVectorStore("documents", **o).add_texts(["Hi"]),
    "items": lambda o: TelnyxStore("items", **o).get(("a",), "b"),
    "history": lambda o: TelnyxChatMessageHistory("ann", **o).messages,
    "clusters": lambda o: TelnyxClustersLoader("b-1", **o).load(),
    "conversation loader": lambda o: TelnyxConversationLoader(**o).load(),
    "recordings": lambda o: TelnyxTranscriptionLoader(b"RIFF", **o).load(),
    "tuning": lambda o: fine_tune(
        [[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]] * 10,
        model="m/m",
        bucket="b-1",
        **o,
    ),
    "tuned": lambda o: resume_fine_tuning("job-1", **o),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("quoted", [False, True], ids=["refused", "quoted"])
def test_no_failure_shows_the_key(
    emulator: TelnyxEmulator, use: Callable[[dict[str, Any]], Any], *, quoted: bool
) -> None:
    key = emulator.api_key if quoted else KEY
    if quoted:
        emulator.fail(401, detail=f"The key {key} is unknown.", times=20)
    with watching() as seen, pytest.raises(TelnyxError) as caught:
        use({**emulator.options(), "api_key": key, "max_retries": 0})
    assert leaks(key, error=representations(caught.value), seen=seen) == []
    sent = [[each.path, each.query, each.body] for each in emulator.requests]
    assert leaks(key, sent=sent) == []


ACCOUNT, GATEWAY, FOREIGN = KEY, "ltg_sk_canary0123456789abcdef", "sk-proj-canary0123456789abcdef"
ROOT = "https://llm.telnyx.com/v1"
# Their constructors do not show these options.
CHAT: Any = ChatTelnyx
EMBEDDINGS: Any = TelnyxEmbeddings
MIXED_UP: dict[str, tuple[str, Callable[[str], Any]]] = {
    "account key at the gateway": (ACCOUNT, lambda key: ChatTelnyx(api_key=key, base_url=ROOT)),
    "gateway key at the API": (GATEWAY, lambda key: ChatTelnyx(api_key=key)),
    "key of OpenAI": (FOREIGN, lambda key: CHAT(openai_api_key=key)),
    "key of OpenAI for embeddings": (
        FOREIGN,
        lambda key: EMBEDDINGS(openai_api_key=key),
    ),
    "misspelt": (KEY, lambda key: CHAT(api_key="KEY1", apikey=key)),
    "in a list": (KEY, lambda key: CHAT(api_key=[key])),
    "in the query": (KEY, lambda key: ChatTelnyx(api_key="KEY1", default_query={"api_key": {key}})),
    "in a call": (KEY, lambda key: ChatTelnyx(api_key="KEY1").invoke("Hi", token=key)),
    "in a bound call": (KEY, lambda key: ChatTelnyx(api_key="KEY1").bind(apikey=key).invoke("Hi")),
}


def ask(model: Any) -> Any:
    return model.invoke("Hi") if isinstance(model, ChatTelnyx) else model.embed_query("Hi")


@pytest.mark.parametrize(("key", "use"), MIXED_UP.values(), ids=MIXED_UP)
def test_no_refusal_of_a_key_shows_it(key: str, use: Callable[[str], Any]) -> None:
    with watching() as seen, pytest.raises(ValueError) as caught:  # noqa: PT011 - each another text
        ask(use(key))
    assert leaks(key, error=representations(caught.value), seen=seen) == []


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ["refused", "dropped", "quoted", None])
def test_no_call_of_a_model_shows_them(
    emulator: TelnyxEmulator, mode: Mode, fault: str | None, *, streamed: bool
) -> None:
    chat = model(emulator, **({} if fault == "refused" else {"api_key": emulator.api_key}))
    if fault == "dropped":
        emulator.script.drop_connection()
    if fault == "quoted":
        emulator.fail(401, detail=f"The key {emulator.api_key} is unknown.")
    ask = mode.stream if streamed else mode.invoke
    chain = RunnableLambda(lambda text: text) | chat
    shown: dict[str, Any] = {}
    with watching() as seen:
        if fault is None:
            shown["answer"] = repr(ask(chain, config={"callbacks": [seen.tracer]}))
        else:
            with pytest.raises(TelnyxError) as caught:
                ask(chain, config={"callbacks": [seen.tracer]})
            shown["error"] = representations(caught.value)
    assert len(seen["runs"]) >= 3
    assert len(seen["logs"]) > 0
    shown |= {"seen": seen, "model": representations(chat)}
    assert shown_of(**shown) + leaks(emulator.api_key, **shown) == []


STREAM = (
    b'data: {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "%s"}}]}\n\n'
)


@pytest.mark.parametrize("pieces", [[KEY], [KEY[:9], KEY[9:]]], ids=["whole", "in pieces"])
@pytest.mark.parametrize(
    "end",
    [
        b"",
        b'data: {"error": "%s"}\n\n',
        b'data: {"choices": "%s"}\n\n',
        b'data: {"choices": [5, "%s"]}\n\n',
    ],
    ids=["cut", "error", "odd", "odd choice"],
)
def test_broken_streams_do_not_show_the_key(
    served: Callable[[bytes], str], mode: Mode, pieces: list[str], end: bytes
) -> None:
    events = b"".join(STREAM % piece.encode() for piece in ["a", *pieces])
    content = events + end.replace(b"%s", KEY.encode())
    chat = ChatTelnyx(api_key=KEY, base_url=served(content), max_retries=0)
    with watching() as seen, pytest.raises(TelnyxError) as caught:
        mode.stream(chat)
    error: Any = caught.value
    assert error.partial.text == "a***"
    assert leaks(KEY, error=representations(error), seen=seen) == []


@pytest.mark.parametrize(
    "body",
    [
        {"no": KEY},
        {"choices": [], "error": KEY},
        {"choices": KEY},
        {"choices": [KEY]},
        {"choices": [{"message": {"content": 5, "key": KEY}}]},
        {"choices": [{"message": {"content": {"key": KEY}}}]},
        {"choices": [{"message": {"content": None, "tool_calls": KEY}}]},
        {"choices": [{"message": KEY}]},
        {"choices": [{"message": {"content": "Hi"}}], "usage": KEY},
        {"choices": [{"message": {"content": "Hi"}}], "usage": {"prompt_tokens": KEY}},
    ],
)
def test_invalid_responses_do_not_show_the_key(
    served: Callable[[bytes], str], mode: Mode, body: dict[str, Any]
) -> None:
    content = json.dumps(body).encode()
    chat = ChatTelnyx(api_key=KEY, base_url=served(content), max_retries=0)
    shown: list[Any] = []
    try:
        mode.invoke(chat)
    except Exception as error:  # noqa: BLE001 - of whatever kind
        shown.append(representations(error))
    assert leaks(KEY, shown=shown) == []


@pytest.mark.parametrize(
    "body",
    [{"no": KEY}, {"data": [{"embedding": KEY}]}, {"data": [KEY]}, {"data": KEY}],
)
def test_invalid_vectors_do_not_show_the_key(
    served: Callable[[bytes], str], embed: Any, body: dict[str, Any]
) -> None:
    url = served(json.dumps(body).encode())
    with pytest.raises(TelnyxError) as caught:
        embed(TelnyxEmbeddings(api_key=KEY, base_url=url, max_retries=0), ["Hi"])
    assert leaks(KEY, error=representations(caught.value)) == []


def test_a_trace_names_provider_and_model(emulator: TelnyxEmulator, mode: Mode) -> None:
    tracer = Seen().tracer
    chat = ChatTelnyx(temperature=0.5, **emulator.options())
    mode.invoke(chat, model="zai-org/GLM-5.3", config={"callbacks": [tracer]})
    metadata = tracer.events[0][2]["metadata"]
    assert metadata["ls_provider"] == "telnyx"
    assert metadata["ls_model_name"] == "zai-org/GLM-5.3"
    assert metadata["ls_temperature"] == 0.5


class Watched(InMemoryCache):
    """A cache that records its keys."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def lookup(self, prompt: str, llm_string: str) -> Any:
        self.keys += [prompt, llm_string]
        return super().lookup(prompt, llm_string)


def test_no_cache_key_holds_them(emulator: TelnyxEmulator, mode: Mode) -> None:
    cache = Watched()
    mode.invoke(model(emulator, api_key=emulator.api_key, cache=cache))
    assert len(cache.keys) == 2
    assert shown_of(keys=cache.keys) + leaks(emulator.api_key, keys=cache.keys) == []


def test_webhook_errors_do_not_show_the_body() -> None:
    with pytest.raises(WebhookError) as caught:
        verify(KEY.encode(), {"telnyx-signature-ed25519": KEY}, public_key="A" * 43 + "=")
    assert leaks(KEY, error=representations(caught.value)) == []


def permissions(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_only_the_owner_can_read_a_manifest(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "answers.jsonl"
    Manifest(file).store("key", "calls/1.wav", {"text": "private"})
    assert {permissions(file.parent.parent), permissions(file.parent)} == {"0o700"}
    assert permissions(file) == "0o600"
    file.chmod(0o640)
    Manifest(file).store("key", "calls/2.wav", {"text": "private"})
    assert permissions(file) == "0o640"
    assert len(file.read_text().splitlines()) == 2


def test_only_the_owner_can_read_the_emulators_data_without_a_key(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with TelnyxEmulator(sockets=False, data=folder, api_key=KEY) as emulator:
        store = TelnyxVectorStore("documents", **emulator.options())
        store.add_texts(["A moon."])
        ChatTelnyx(**emulator.options()).invoke("Hi")
        files = list(folder.iterdir())
        assert {permissions(file) for file in files} == {"0o600"}
        assert {permissions(folder), permissions(folder.parent)} == {"0o700"}
        assert leaks(KEY, files=texts_in(tmp_path)) == []
    folder.chmod(0o750)
    with TelnyxEmulator(sockets=False, data=folder):
        assert permissions(folder) == "0o750"
