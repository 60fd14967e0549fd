"""`TelnyxToolkit`: which tools it gives, what they share, and what never shows."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ValidationError

from langchain_telnyx import (
    ConfigurationError,
    Telnyx,
    TelnyxReadConversationTool,
    TelnyxSearchTool,
    TelnyxToolkit,
    TelnyxTranscribeTool,
    tools,
)

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from tests.support.fixtures import Face
    from tests.tools.conftest import Hands, World

READING = [
    "telnyx_list_buckets",
    "telnyx_list_files",
    "telnyx_search",
    "telnyx_summarize_file",
    "telnyx_transcribe_file",
    "telnyx_bucket_clusters",
    "telnyx_list_conversations",
    "telnyx_read_conversation",
    "telnyx_conversation_insights",
    "telnyx_list_insights",
    "telnyx_count_insights",
]
WRITING = ["telnyx_create_insight", "telnyx_create_insight_group", "telnyx_assign_insight"]


def given(**options: Any) -> list[str]:
    return [tool.name for tool in TelnyxToolkit(api_key="KEY1", **options).get_tools()]


def test_only_reading_tools_are_given_unless_a_writing_one_is_named() -> None:
    assert given() == READING
    assert given(include=["read"]) == READING
    assert given(include=["read", "create_insight"]) == [*READING, "telnyx_create_insight"]
    assert given(include=WRITING) == WRITING
    assert given(include=["telnyx_search", "list_files"]) == ["telnyx_list_files", "telnyx_search"]
    assert given(exclude=["telnyx_search", "transcribe_file"]) == [
        name for name in READING if name not in {"telnyx_search", "telnyx_transcribe_file"}
    ]
    assert given(include=["search", "assign_insight"], exclude=["read"]) == [
        "telnyx_assign_insight"
    ]
    assert given(include=[]) == []


def test_every_tool_is_in_the_toolkit() -> None:
    kinds = [getattr(tools, name) for name in tools.__all__ if name.endswith("Tool")]
    names = {kind.model_fields["name"].default for kind in kinds}
    assert names == {*READING, *WRITING}


@pytest.mark.parametrize("where", ["include", "exclude"])
def test_a_name_of_no_tool_is_an_error_that_lists_the_names(where: str) -> None:
    with pytest.raises(ValidationError, match="There is no tool 'serch'") as raised:
        given(**{where: ["search", "telnyx_serch"]})
    assert all(name.removeprefix("telnyx_") in str(raised.value) for name in [*READING, *WRITING])
    with pytest.raises(ValidationError, match="A list of names is wanted, not 'search'"):
        given(**{where: "search"})


def test_the_tools_share_the_toolkits_client_and_options() -> None:
    telnyx = Telnyx(api_key="KEY1")
    toolkit = TelnyxToolkit(client=telnyx, bucket="a-bucket", max_chars=3000, wait_timeout=7)
    made: list[Any] = toolkit.get_tools()
    assert {id(tool.telnyx) for tool in made} == {id(telnyx)}
    assert {tool.max_chars for tool in made} == {3000}
    assert {tool.bucket for tool in made if hasattr(tool, "bucket")} == {"a-bucket"}
    assert {tool.wait_timeout for tool in made if hasattr(tool, "wait_timeout")} == {7}
    own = TelnyxToolkit(api_key="KEY1", base_url="http://127.0.0.1:1/v2")
    assert {id(tool.telnyx) for tool in own.get_tools()} == {id(own.telnyx)}  # type: ignore[attr-defined]  # ours
    with pytest.raises(ValidationError, match="Both `client` and"):
        TelnyxToolkit(client=telnyx, api_key="KEY2")


def test_a_toolkit_says_how_recordings_are_transcribed() -> None:
    toolkit = TelnyxToolkit(
        api_key="KEY1",
        transcription_model="deepgram/nova-3",
        transcription_options={"diarize": True},
    )
    told = [
        (tool.name, tool.model, tool.model_options)
        for tool in toolkit.get_tools()
        if isinstance(tool, TelnyxTranscribeTool)
    ]
    assert told == [("telnyx_transcribe_file", "deepgram/nova-3", {"diarize": True})]


def test_options_that_a_tool_would_not_take_are_refused_at_once() -> None:
    refused: list[dict[str, Any]] = [
        {"max_chars": 10},
        {"wait_timeout": -1},
        {"buckets": []},
        {"bucket": "other", "buckets": ["one"]},
        {"bucket": ".."},
    ]
    for wrong in refused:
        with pytest.raises(ValidationError):
            given(**wrong)


def test_an_agent_that_is_limited_to_buckets_is_told_and_cannot_leave_them(
    world: World, hands: Hands
) -> None:
    toolkit = TelnyxToolkit(buckets=["minutes"], **hands.options)
    named = {tool.name: tool for tool in toolkit.get_tools()}
    looking = [tool for tool in named.values() if "buckets you may" in tool.description.lower()]
    assert [tool.name for tool in looking] == READING[:6]
    assert all(tool.description.endswith(" into: minutes.") for tool in looking)
    asked = len(world.emulator.requests)
    for name, arguments in (
        ("telnyx_list_files", {"bucket": "recipes"}),
        ("telnyx_search", {"query": "Bread", "buckets": ["recipes"]}),
        ("telnyx_summarize_file", {"bucket": "recipes", "filename": "bread.txt"}),
        ("telnyx_transcribe_file", {"bucket": "recipes", "filename": "calls/call.wav"}),
        ("telnyx_bucket_clusters", {"bucket": "recipes"}),
    ):
        assert hands.use(named[name], **arguments).status == "error"
    assert len(world.emulator.requests) == asked


@pytest.mark.parametrize("name", ["..", ".", "a/../../b", ""])
def test_no_name_leads_to_another_resource(world: World, hands: Hands, name: str) -> None:
    asked = len(world.emulator.requests)
    for kind, arguments in (
        ("summarize_file", {"bucket": "minutes", "filename": name}),
        ("read_conversation", {"conversation_id": name}),
        *([("list_files", {"bucket": name})] if name != "a/../../b" else []),
    ):
        with pytest.raises(ValidationError):
            hands.call(kind, **arguments)
    assert len(world.emulator.requests) == asked


def test_arguments_that_no_tool_has_are_refused(hands: Hands) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        hands.call("list_conversations", created_at="gte.2026-01-01")


def test_a_missing_key_is_no_error_for_the_model(face: Face) -> None:
    tool = TelnyxReadConversationTool(base_url="http://127.0.0.1:1/v2")
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        face.invoke(tool, {"conversation_id": "c-1"})


def test_an_ordinary_bug_is_not_swallowed(face: Face) -> None:
    class Broken(TelnyxReadConversationTool):
        def _find(self, asked: Any) -> Any:
            yield from ()
            return {}[asked.conversation_id]

    with pytest.raises(KeyError, match="c-1"):
        face.invoke(Broken(api_key="KEY1"), {"conversation_id": "c-1"})


def test_schemas_describe_every_argument_and_name_what_comes_back() -> None:
    toolkit = TelnyxToolkit(api_key="KEY1", include=["read", *WRITING])
    for tool in toolkit.get_tools():
        function = convert_to_openai_tool(tool)["function"]
        assert function["name"].startswith("telnyx_")
        assert re.search("Comes back:| Returns ", function["description"])
        parameters = function["parameters"]
        assert all(part.get("description") for part in parameters["properties"].values())
        assert len(json.dumps(function)) < 3000


class Heard(BaseCallbackHandler):
    def __init__(self) -> None:
        self.all: list[Any] = []

    def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
        self.all += [args, kwargs]

    def on_tool_end(self, *args: Any, **kwargs: Any) -> None:
        self.all += [args, kwargs]


def test_no_key_in_a_repr_a_schema_a_trace_or_a_pickle(world: World, face: Face) -> None:
    heard = Heard()
    toolkit = TelnyxToolkit(include=["read", *WRITING], **world.emulator.options())
    key = world.emulator.api_key
    assert key not in repr(toolkit)
    assert key.encode() not in pickle.dumps(toolkit)
    for tool in toolkit.get_tools():
        shown = f"{tool!r} {tool} {tool.args} {convert_to_openai_tool(tool)} {dumps(tool)}"
        assert key not in shown
        assert key.encode() not in pickle.dumps(tool)
    face.invoke(toolkit.get_tools()[0], {}, config={"callbacks": [heard]})
    assert len(heard.all) == 4
    assert key not in repr(heard.all)


def test_tools_and_toolkits_survive_a_pickle_and_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch, face: Face
) -> None:
    # A pickled tool finds its key where it is loaded, and talks to the same address.
    monkeypatch.setenv("TELNYX_API_KEY", world.emulator.api_key)
    made: list[BaseTool] = [
        TelnyxSearchTool(bucket="minutes", limit=2, **world.emulator.options()),
        TelnyxTranscribeTool(model="m", model_options={"diarize": True}, api_key="KEY1"),
        *TelnyxToolkit(buckets=["minutes"], client=world.telnyx).get_tools(),
    ]
    for tool in made:
        for twin in (pickle.loads(pickle.dumps(tool)), copy.deepcopy(tool), tool.model_copy()):  # noqa: S301 - our own
            assert (type(twin), twin.name) == (type(tool), tool.name)
            assert twin.description == tool.description
    used = copy.deepcopy(made[-1])
    assert "results counted" in face.invoke(used, {})
    toolkit = TelnyxToolkit(buckets=["minutes"], exclude=["search"], **world.emulator.options())
    loaded = pickle.loads(pickle.dumps(toolkit))  # noqa: S301 - our own
    assert [tool.name for tool in loaded.get_tools()] == [tool.name for tool in toolkit.get_tools()]


def test_what_one_key_was_shown_is_not_shown_to_another(world: World, hands: Hands) -> None:
    id_ = world.conversations["praise"]
    world.telnyx.conversations.add_message(id_, "user", "word " * 1000)
    tool = TelnyxReadConversationTool(max_chars=2000, max_retries=0, **hands.options)
    hands.use(tool, conversation_id=id_)
    assert hands.use(tool, conversation_id=id_, offset=1500).status == "success"
    other = tool.model_copy(update={"telnyx_api_key": "KEY-of-somebody-else"})
    refused = hands.use(other, conversation_id=id_, offset=1500)
    assert (refused.status, "answered 401" in refused.text) == ("error", True)
