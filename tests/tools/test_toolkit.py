"""`TelnyxToolkit`: its selection of tools, their shared options, and secrets."""

from __future__ import annotations

import copy
import json
import pickle
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

    from tests.support.fixtures import Mode
    from tests.tools.conftest import ToolUser, World

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
WRITING = [
    "telnyx_create_insight",
    "telnyx_create_insight_group",
    "telnyx_assign_insight",
    "telnyx_text_to_speech",
]

WEB = ["telnyx_web_search", "telnyx_web_contents", "telnyx_web_research"]


def names_of(**options: Any) -> list[str]:
    return [tool.name for tool in TelnyxToolkit(api_key="KEY1", **options).get_tools()]


def test_tools_that_write_are_included_only_by_name() -> None:
    assert names_of() == READING
    assert names_of(include=["read"]) == READING
    assert names_of(include=["read", "create_insight"]) == [*READING, "telnyx_create_insight"]
    assert names_of(include=WRITING) == WRITING
    assert names_of(include=["telnyx_search", "list_files"]) == [
        "telnyx_list_files",
        "telnyx_search",
    ]
    assert names_of(exclude=["telnyx_search", "transcribe_file"]) == [
        name for name in READING if name not in {"telnyx_search", "telnyx_transcribe_file"}
    ]
    assert names_of(include=["search", "assign_insight"], exclude=["read"]) == [
        "telnyx_assign_insight"
    ]
    assert names_of(include=[]) == []


def test_tools_for_the_web_are_included_by_name_or_group() -> None:
    assert names_of(include=["read", "web"]) == [*READING, *WEB]
    assert names_of(include=["web"], exclude=["web_research"]) == WEB[:2]
    assert names_of(include=["telnyx_web_search"]) == WEB[:1]
    assert names_of(include=["read", "web"], exclude=["web"]) == READING


def test_a_toolkit_limits_the_domains_of_search_and_contents() -> None:
    toolkit = TelnyxToolkit(api_key="KEY1", include=["web"], include_domains=["ArXiv.org"])
    domains = [getattr(tool, "include_domains", None) for tool in toolkit.get_tools()]
    assert domains == [["arxiv.org"], ["arxiv.org"], None]
    with pytest.raises(ValidationError, match="the API refuses both"):
        names_of(include=["web"], include_domains=["a.example"], exclude_domains=["b.example"])


def test_every_tool_is_in_the_toolkit() -> None:
    kinds = [getattr(tools, name) for name in tools.__all__ if name != "TelnyxToolkit"]
    names = {kind.model_fields["name"].default for kind in kinds}
    assert names == {*READING, *WRITING, *WEB}


@pytest.mark.parametrize("where", ["include", "exclude"])
def test_an_unknown_name_raises_an_error_that_lists_the_names(where: str) -> None:
    with pytest.raises(ValidationError, match="Unknown tool: 'serch'") as raised:
        names_of(**{where: ["search", "telnyx_serch"]})
    assert all(
        name.removeprefix("telnyx_") in str(raised.value) for name in [*READING, *WRITING, *WEB]
    )
    with pytest.raises(ValidationError, match="Expected a list of names, not 'search'"):
        names_of(**{where: "search"})


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


def test_a_toolkit_sets_the_transcription_model_and_options() -> None:
    toolkit = TelnyxToolkit(
        api_key="KEY1",
        transcription_model="deepgram/nova-3",
        transcription_options={"diarize": True},
    )
    options = [
        (tool.name, tool.model, tool.model_options)
        for tool in toolkit.get_tools()
        if isinstance(tool, TelnyxTranscribeTool)
    ]
    assert options == [("telnyx_transcribe_file", "deepgram/nova-3", {"diarize": True})]


def test_invalid_options_of_tools_raise_when_the_toolkit_is_created() -> None:
    invalid: list[dict[str, Any]] = [
        {"max_chars": 10},
        {"wait_timeout": -1},
        {"buckets": []},
        {"bucket": "other", "buckets": ["one"]},
        {"bucket": ".."},
    ]
    for options in invalid:
        with pytest.raises(ValidationError):
            names_of(**options)


def test_an_agent_limited_to_buckets_sees_the_limit_and_cannot_read_others(
    world: World, tool_user: ToolUser
) -> None:
    toolkit = TelnyxToolkit(buckets=["minutes"], **tool_user.options)
    named = {tool.name: tool for tool in toolkit.get_tools()}
    limited = [tool for tool in named.values() if "only these buckets" in tool.description]
    assert [tool.name for tool in limited] == READING[:6]
    assert all(
        tool.description.endswith("You may read only these buckets: minutes.") for tool in limited
    )
    before = len(world.emulator.requests)
    for name, arguments in (
        ("telnyx_list_files", {"bucket": "recipes"}),
        ("telnyx_search", {"query": "Bread", "buckets": ["recipes"]}),
        ("telnyx_summarize_file", {"bucket": "recipes", "filename": "bread.txt"}),
        ("telnyx_transcribe_file", {"bucket": "recipes", "filename": "calls/call.wav"}),
        ("telnyx_bucket_clusters", {"bucket": "recipes"}),
    ):
        assert tool_user.use(named[name], **arguments).status == "error"
    assert len(world.emulator.requests) == before


@pytest.mark.parametrize("name", ["..", ".", "a/../../b", ""])
def test_names_cannot_change_the_path_of_a_request(
    world: World, tool_user: ToolUser, name: str
) -> None:
    before = len(world.emulator.requests)
    for kind, arguments in (
        ("summarize_file", {"bucket": "minutes", "filename": name}),
        ("read_conversation", {"conversation_id": name}),
        *([("list_files", {"bucket": name})] if name != "a/../../b" else []),
    ):
        with pytest.raises(ValidationError):
            tool_user.call(kind, **arguments)
    assert len(world.emulator.requests) == before


def test_unknown_arguments_raise_an_error(tool_user: ToolUser) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        tool_user.call("list_conversations", created_at="gte.2026-01-01")


def test_a_missing_key_is_raised_instead_of_returned_to_the_model(mode: Mode) -> None:
    tool = TelnyxReadConversationTool(base_url="http://127.0.0.1:1/v2")
    with pytest.raises(ConfigurationError, match="TELNYX_API_KEY"):
        mode.invoke(tool, {"conversation_id": "c-1"})


def test_a_bug_in_a_tool_is_raised(mode: Mode) -> None:
    class Broken(TelnyxReadConversationTool):
        def _execute(self, arguments: Any) -> Any:
            yield from ()
            return {}[arguments.conversation_id]

    with pytest.raises(KeyError, match="c-1"):
        mode.invoke(Broken(api_key="KEY1"), {"conversation_id": "c-1"})


def test_descriptions_cover_every_argument_and_the_return_value() -> None:
    toolkit = TelnyxToolkit(api_key="KEY1", include=["read", *WRITING])
    for tool in toolkit.get_tools():
        function = convert_to_openai_tool(tool)["function"]
        assert function["name"].startswith("telnyx_")
        assert " Returns " in function["description"]
        parameters = function["parameters"]
        assert all(part.get("description") for part in parameters["properties"].values())
        assert len(json.dumps(function)) < 3000


class CallbackRecorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.all: list[Any] = []

    def on_tool_start(self, *args: Any, **kwargs: Any) -> None:
        self.all += [args, kwargs]

    def on_tool_end(self, *args: Any, **kwargs: Any) -> None:
        self.all += [args, kwargs]


def test_the_key_is_absent_from_repr_schema_trace_and_pickle(world: World, mode: Mode) -> None:
    recorder = CallbackRecorder()
    toolkit = TelnyxToolkit(include=["read", *WRITING], **world.emulator.options())
    key = world.emulator.api_key
    assert key not in repr(toolkit)
    assert key.encode() not in pickle.dumps(toolkit)
    for tool in toolkit.get_tools():
        shown = f"{tool!r} {tool} {tool.args} {convert_to_openai_tool(tool)} {dumps(tool)}"
        assert key not in shown
        assert key.encode() not in pickle.dumps(tool)
    mode.invoke(toolkit.get_tools()[0], {}, config={"callbacks": [recorder]})
    assert len(recorder.all) == 4
    assert key not in repr(recorder.all)


def test_tools_and_toolkits_survive_a_pickle_and_a_copy(
    world: World, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    # An unpickled tool reads its key from the environment, and uses the same address.
    monkeypatch.setenv("TELNYX_API_KEY", world.emulator.api_key)
    made: list[BaseTool] = [
        TelnyxSearchTool(bucket="minutes", limit=2, **world.emulator.options()),
        TelnyxTranscribeTool(model="m", model_options={"diarize": True}, api_key="KEY1"),
        *TelnyxToolkit(buckets=["minutes"], client=world.telnyx).get_tools(),
    ]
    for tool in made:
        for copied in (pickle.loads(pickle.dumps(tool)), copy.deepcopy(tool), tool.model_copy()):  # noqa: S301 - our own
            assert (type(copied), copied.name) == (type(tool), tool.name)
            assert copied.description == tool.description
    used = copy.deepcopy(made[-1])
    assert "results counted" in mode.invoke(used, {})
    toolkit = TelnyxToolkit(buckets=["minutes"], exclude=["search"], **world.emulator.options())
    loaded = pickle.loads(pickle.dumps(toolkit))  # noqa: S301 - our own
    assert [tool.name for tool in loaded.get_tools()] == [tool.name for tool in toolkit.get_tools()]


def test_cached_results_are_not_shown_to_another_key(world: World, tool_user: ToolUser) -> None:
    id_ = world.conversations["praise"]
    world.telnyx.conversations.add_message(id_, "user", "word " * 1000)
    tool = TelnyxReadConversationTool(max_chars=2000, max_retries=0, **tool_user.options)
    tool_user.use(tool, conversation_id=id_)
    assert tool_user.use(tool, conversation_id=id_, offset=1500).status == "success"
    other = tool.model_copy(update={"telnyx_api_key": "KEY-of-somebody-else"})
    refused = tool_user.use(other, conversation_id=id_, offset=1500)
    assert (refused.status, "returned 401" in refused.text) == ("error", True)
