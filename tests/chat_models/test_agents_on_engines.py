"""Agents run their tools with engines that leave calls in the text, and never end with markup."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, get_args

import pytest
from langchain.agents import create_agent

from langchain_telnyx import ChatTelnyx, StreamError
from langchain_telnyx.emulator import Quirks, TelnyxEmulator
from langchain_telnyx.emulator.quirks import ToolMarkup

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOKING = {
    "name": "12",
    "nights": 3,
    "quiet": True,
    "price": 99.5,
    "guests": ["Ann", "Bob"],
    "address": {"street": "Main", "no": 7},
}


@pytest.fixture(params=get_args(ToolMarkup))
def emulator(request: pytest.FixtureRequest) -> Iterator[TelnyxEmulator]:
    with TelnyxEmulator(quirks=Quirks(tool_markup=request.param)) as running:
        yield running


def model_on(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(base_url=emulator.base_url, api_key=emulator.api_key)


def agent_on(emulator: TelnyxEmulator, ran: list[Any]) -> Any:
    def book_room(
        *,
        name: str,
        nights: int,
        quiet: bool,
        price: float,
        guests: list[str],
        address: dict[str, Any],
    ) -> str:
        """Book a room."""
        ran.append(
            {
                "name": name,
                "nights": nights,
                "quiet": quiet,
                "price": price,
                "guests": guests,
                "address": address,
            }
        )
        return "booked"

    return create_agent(model_on(emulator), [book_room])


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
def test_an_agent_runs_tool_calls_in_the_text(emulator: TelnyxEmulator, way: str) -> None:
    ran: list[Any] = []
    agent = agent_on(emulator, ran)
    emulator.script.call_tools(
        ("book_room", BOOKING), ("book_room", {**BOOKING, "nights": 4}), text="I book."
    )
    emulator.script.say("They are booked.")
    given = {"messages": [("user", "Book two rooms.")]}

    async def stream() -> None:
        async for _ in agent.astream(given, stream_mode="messages"):
            pass

    match way:
        case "invoke":
            assert agent.invoke(given)["messages"][-1].text == "They are booked."
        case "ainvoke":
            state = asyncio.run(agent.ainvoke(given))
            assert state["messages"][-1].text == "They are booked."
        case "stream":
            list(agent.stream(given, stream_mode="messages"))
        case "astream":
            asyncio.run(stream())
    assert sorted(ran, key=lambda each: each["nights"]) == [BOOKING, {**BOOKING, "nights": 4}]


def test_a_call_of_a_tool_that_was_not_offered_stays_text(emulator: TelnyxEmulator) -> None:
    emulator.script.call_tool("delete_all", {"path": "/"})
    model = model_on(emulator).bind_tools([agent_tool])
    answer = model.invoke("Hi")
    assert answer.tool_calls == []
    assert "delete_all" in answer.text


def agent_tool(city: str) -> str:
    """Tell the weather."""
    return city


@pytest.mark.parametrize("finish", ["abort", "error"])
def test_an_agent_raises_for_an_aborted_answer(finish: Any) -> None:
    with TelnyxEmulator() as emulator:
        agent: Any = create_agent(model_on(emulator), [agent_tool])
        emulator.script.say("half an", finish_reason=finish)
        with pytest.raises(StreamError) as caught:
            agent.invoke({"messages": [("user", "Hi")]})
        assert caught.value.partial.text == "half an"
