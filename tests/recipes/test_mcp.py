"""The toolkit as an MCP server, and an agent that uses it: the programs of docs/mcp.md."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from langchain_mcp_adapters.tools import load_mcp_tools, to_fastmcp
from mcp.server.fastmcp import FastMCP
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.types import TextContent

from langchain_telnyx import TelnyxToolkit
from langchain_telnyx.emulator import TelnyxEmulator
from tests.tools.conftest import embed, fill_account

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from langchain_core.tools import BaseTool
    from mcp import ClientSession
    from mcp.types import CallToolResult

    from tests.tools.conftest import World

T = TypeVar("T")
PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"
EVERYTHING = ["read", "web", "create_insight", "create_insight_group", "assign_insight"]


def documented(name: str) -> str:
    """Return a program of the page."""
    block = rf'^```python title="{re.escape(name)}"\n(.*?)^```$'
    [code] = re.findall(block, PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert isinstance(code, str)
    return code


def served(folder: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> FastMCP[Any]:
    """Return the server of the page."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = folder / "telnyx_server.py"
    file.write_text(documented(file.name), "utf-8")
    spec = importlib.util.spec_from_file_location("telnyx_server", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server: FastMCP[Any] = module.server
    return server


def asking(server: FastMCP[Any], ask: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Connect a client with a server in memory, and return what it gets."""

    async def connected() -> T:
        async with create_connected_server_and_client_session(server) as session:
            return await ask(session)

    return asyncio.run(connected())


def call(server: FastMCP[Any], name: str, /, **arguments: Any) -> CallToolResult:
    return asking(server, lambda session: session.call_tool(name, arguments))


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.fixture(scope="module")
def account() -> Iterator[World]:
    """An account that processes with its settings in the environment can reach."""
    with TelnyxEmulator() as emulator:
        yield embed(fill_account(emulator))


@pytest.fixture
def server(account: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastMCP[Any]:
    return served(tmp_path, monkeypatch, **account.emulator.environment())


def test_names_descriptions_and_schemas_are_those_of_the_tools(account: World) -> None:
    kit = TelnyxToolkit(include=EVERYTHING, **account.emulator.options())
    tools: list[BaseTool] = kit.get_tools()
    server = FastMCP("telnyx", tools=[to_fastmcp(tool) for tool in tools])
    listed = asking(server, lambda session: session.list_tools()).tools
    assert [(tool.name, tool.description) for tool in listed] == [
        (tool.name, tool.description) for tool in tools
    ]
    for mine, theirs in zip(tools, listed, strict=True):
        schema: Any = mine.tool_call_schema
        assert theirs.inputSchema == schema.model_json_schema()
        assert set(theirs.inputSchema["properties"]) == set(mine.args)


def test_only_tools_that_read_are_served(server: FastMCP[Any], account: World) -> None:
    listed = asking(server, lambda session: session.list_tools()).tools
    reading = TelnyxToolkit(include=["read"], **account.emulator.options()).get_tools()
    assert [tool.name for tool in listed] == [tool.name for tool in reading]
    assert all(tool.annotations and tool.annotations.readOnlyHint for tool in listed)


def test_a_result_is_text(server: FastMCP[Any]) -> None:
    found = call(server, "telnyx_search", query="Titan", buckets=["minutes"], limit=1)
    assert not found.isError
    assert "Titan is the largest moon of Saturn." in text_of(found)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("telnyx_list_files", {"bucket": "nowhere"}, "There is no bucket 'nowhere'"),
        ("telnyx_read_conversation", {"conversation_id": "x"}, "telnyx_list_conversations"),
        ("telnyx_search", {}, "query\n  Field required"),
        ("telnyx_search", {"query": "Titan", "buckets": ["minutes"], "limit": 99}, "less than"),
        ("telnyx_search", {"query": "Titan"}, "Pass `buckets`: telnyx_list_buckets lists them."),
        ("telnyx_delete_account", {}, "Unknown tool"),
    ],
)
def test_an_error_is_an_mcp_error(
    server: FastMCP[Any], name: str, arguments: dict[str, Any], message: str
) -> None:
    refused = call(server, name, **arguments)
    assert refused.isError
    assert message in text_of(refused)


def test_an_error_has_the_status_of_an_error_for_an_agent(server: FastMCP[Any]) -> None:
    async def use(session: ClientSession) -> Any:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        wrong = {"type": "tool_call", "id": "call-1", "args": {"bucket": "nowhere"}}
        return await tools["telnyx_list_files"].ainvoke({"name": "telnyx_list_files", **wrong})

    message = asking(server, use)
    assert message.status == "error"
    assert "There is no bucket 'nowhere'" in message.text


def test_the_key_does_not_reach_the_client(
    account: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = account.emulator.api_key
    server = served(tmp_path, monkeypatch, **account.emulator.environment())
    account.emulator.fail(401, detail=f"The key {key} is not valid.")  # a service that quotes it

    async def everything(session: ClientSession) -> str:
        tools = await session.list_tools()
        refused = await session.call_tool("telnyx_list_conversations", {})
        assert refused.isError
        return f"{await session.initialize()} {tools} {refused}"

    got = asking(server, everything)
    assert "is not valid" in got
    assert key not in got


def test_without_a_key_a_call_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    refused = call(served(tmp_path, monkeypatch), "telnyx_list_buckets")
    assert refused.isError
    assert "TELNYX_API_KEY" in text_of(refused)


def test_the_documented_test_passes(telnyx_emulator: TelnyxEmulator) -> None:
    names: dict[str, Any] = {}
    exec(documented("test_files.py"), names)  # noqa: S102 - our own document
    names["test_a_client_lists_the_files"](telnyx_emulator)


@pytest.mark.waits
def test_an_agent_uses_the_server_on_standard_input_and_output(
    account: World, tmp_path: Path
) -> None:
    for name in ("telnyx_server.py", "agent.py"):
        (tmp_path / name).write_text(documented(name), "utf-8")
    name = "telnyx_search"
    search = {"query": "the largest moon of Saturn", "buckets": ["minutes"]}
    account.emulator.call_tool(name, search)
    account.emulator.say("Titan.", after_tool=name)
    done = subprocess.run(
        [sys.executable, "agent.py"],
        cwd=tmp_path,
        env={**os.environ, **account.emulator.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    human, asked, *found, answer = done.stdout.splitlines()
    assert (human, asked) == (
        "human: Search the files: when does the bridge open?",
        f"ai: ['{name}']",
    )
    assert "Titan is the largest moon of Saturn." in "\n".join(found)
    assert answer == "ai: Titan."
    assert account.emulator.api_key not in done.stdout + done.stderr
