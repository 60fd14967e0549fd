"""An account with files, a recording, conversations and insights, and its tools, sync and async."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from langchain_telnyx import TaskError, Telnyx, TelnyxToolkit
from langchain_telnyx.emulator import TelnyxEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import ToolMessage
    from langchain_core.tools import BaseTool

    from tests.support.fixtures import Mode

CALLERS = {
    "billing": ("I was charged twice. I am angry, this is terrible.", "phone_call", "assistant-1"),
    "praise": ("Thank you, great service, I am very happy.", "web_chat", "assistant-1"),
    "refund": ("Thanks, that was helpful, perfect.", "phone_call", "assistant-2"),
}


class World(NamedTuple):
    """The contents of the account.

    Attributes:
        emulator: The account.
        telnyx: A client of it.
        conversations: Name to id.
        satisfaction: The id of the template "User Satisfaction".
        group: The id of the group "After a call".
    """

    emulator: TelnyxEmulator
    telnyx: Telnyx
    conversations: dict[str, str]
    satisfaction: str
    group: str

    def embed(self, bucket: str, **options: Any) -> None:
        """Embed a bucket. On a pessimistic service, a file that nobody uploaded fails."""
        embeddings = self.telnyx.bucket_embeddings
        task = embeddings.embed(bucket, **options)
        failed: set[str] = set()
        try:
            embeddings.wait(task.task_id, bucket_name=bucket)
        except TaskError as error:
            failed.update(error.reasons)
        assert not failed & {each.key for each in self.telnyx.storage.list_objects(bucket)}


def recording() -> bytes:
    """Return a second of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return written.getvalue()


def fill_account(emulator: TelnyxEmulator) -> World:
    """Fill an account with data for the tools."""
    telnyx = Telnyx(**emulator.options())
    files = {
        "minutes": {"moons.txt": b"Titan is the largest moon of Saturn. Phobos orbits Mars."},
        "recipes": {"bread.txt": b"Bread needs flour and water.", "calls/call.wav": recording()},
    }
    emulator.transcript("call.wav", "Speaker 0: How can I help?\nSpeaker 1: I want a refund.")
    for bucket, objects in files.items():
        telnyx.storage.create_bucket(bucket)
        for key, content in objects.items():
            telnyx.storage.put_object(bucket, key, content)
    satisfaction = next(i.id for i in telnyx.insights.list() if i.name == "User Satisfaction")
    group = telnyx.insight_groups.create("After a call").id
    telnyx.insight_groups.assign(group, satisfaction)
    conversations: dict[str, str] = {}
    for number, (name, (message, channel, assistant)) in enumerate(CALLERS.items()):
        conversation = telnyx.conversations.create(
            name=f"About {name}",
            metadata={
                "assistant_id": assistant,
                "telnyx_conversation_channel": channel,
                "telnyx_end_user_target": f"+1312555000{number}",
                "telnyx_agent_target": "+18005550100",
            },
        )
        telnyx.conversations.add_message(conversation.id, "assistant", "How can I help?")
        telnyx.conversations.add_message(conversation.id, "user", message)
        conversations[name] = conversation.id
    return World(emulator, telnyx, conversations, satisfaction, group)


def embed(world: World) -> World:
    """Embed both buckets, so that they can be searched."""
    world.embed("minutes")
    world.embed("recipes")
    return world


@pytest.fixture
def world(emulator: TelnyxEmulator) -> World:
    return fill_account(emulator)


@pytest.fixture
def embedded(world: World) -> World:
    return embed(world)


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    """An account for tests that do not depend on its exact contents."""
    with TelnyxEmulator(sockets=False) as emulator:
        yield embed(fill_account(emulator))


class ToolUser:
    """Invokes tools with a tool call, as an agent does, sync or async.

    Args:
        mode: Sync or async.
        options: The connection options.
    """

    def __init__(self, mode: Mode, options: dict[str, Any]) -> None:
        self._mode = mode
        self.options = options

    def use(self, tool: BaseTool, /, **arguments: Any) -> ToolMessage:
        call = {"type": "tool_call", "id": "call-1", "name": tool.name, "args": arguments}
        message: ToolMessage = (
            asyncio.run(tool.ainvoke(call)) if self._mode.awaited else tool.invoke(call)
        )
        return message

    def call(self, name: str, /, **arguments: Any) -> ToolMessage:
        """Use a tool of a toolkit by its name."""
        kit = TelnyxToolkit(include=[name], **self.options)
        return self.use(kit.get_tools()[0], **arguments)


@pytest.fixture
def tool_user(mode: Mode, world: World) -> ToolUser:
    return ToolUser(mode, world.emulator.options())
