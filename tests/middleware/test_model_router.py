"""The router selects the model of an agent's run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import Field

from langchain_telnyx import AuthenticationError, ChatTelnyx, register_provider
from langchain_telnyx.middleware import (
    ModelChoice,
    TelnyxAnswerMiddleware,
    TelnyxHistoryMiddleware,
    TelnyxModelRouterMiddleware,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

SMALL, LARGE, OWN = "zai-org/GLM-5.3-Flash", "moonshotai/Kimi-K3", "moonshotai/Kimi-K2.6"


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


def model(emulator: TelnyxEmulator, name: str) -> ChatTelnyx:
    return ChatTelnyx(model=name, **emulator.options())


def router(emulator: TelnyxEmulator, **options: Any) -> TelnyxModelRouterMiddleware:
    choices = {
        "small": ModelChoice(model(emulator, SMALL), "Small talk."),
        "large": ModelChoice(model(emulator, LARGE), "Plans and proofs."),
    }
    return TelnyxModelRouterMiddleware(choices, router=model(emulator, SMALL), **options)


def agent(emulator: TelnyxEmulator, *, options: Any = None, **more: Any) -> Any:
    middleware: Any = [
        router(emulator, **(options or {})),
        TelnyxHistoryMiddleware(),
        TelnyxAnswerMiddleware(),
    ]
    return create_agent(model(emulator, OWN), [weather], middleware=middleware, **more)


def question(*content: Any) -> dict[str, Any]:
    return {"messages": [HumanMessage(*content)]}


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


@pytest.mark.default_quirks(
    "It lists the requests.",
    "rate_limited_share",
    "response_format_json_schema",
    "strict_histories",
)
def test_all_calls_of_a_run_go_to_the_selected_model(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.say('{"route": "large"}')
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("Sunny.")
    state = mode.invoke(agent(emulator), question("Plan my day in Oslo."))
    assert (state["model_route"], state["messages"][-1].text) == ("large", "Sunny.")
    first, *others = bodies(emulator)
    assert [body["model"] for body in (first, *others)] == [SMALL, LARGE, LARGE]
    system, task = first["messages"]
    assert "- small: Small talk.\n- large: Plans and proofs." in system["content"]
    assert task == {"role": "user", "content": "Plan my day in Oslo."}
    schema = first["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["route"]["enum"] == ["small", "large"]
    assert "tools" not in first


@pytest.mark.default_quirks(
    "It lists the requests.", "rate_limited_share", "response_format_json_schema"
)
def test_each_run_of_a_thread_is_routed(emulator: TelnyxEmulator, mode: Mode) -> None:
    talking = agent(emulator, checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    for route, text in (("small", "Hello."), ("large", "Here is the proof.")):
        emulator.say(json.dumps({"route": route}))
        emulator.say(text)
        state = mode.invoke(talking, question(text), config=thread)
        assert state["model_route"] == route
    assert [body["model"] for body in bodies(emulator)] == [SMALL, SMALL, SMALL, LARGE]


def test_the_routers_output_is_not_streamed(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.say('{"route": "small"}', chunks=['{"route": ', '"small"}'])
    emulator.say("Hello.", chunks=["Hel", "lo."])
    streamed = mode.stream(agent(emulator), question("Hi"), stream_mode="messages")
    assert [chunk.text for chunk, _ in streamed if chunk.text] == ["Hel", "lo."]


@pytest.mark.default_quirks(
    "It reads requests by their position.",
    "rate_limited_share",
    "response_format_json_schema",
    "image_url",
)
def test_images_are_named_and_long_messages_are_shortened(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    picture = {"type": "image", "url": "https://example.com/saturn.png"}
    emulator.say('{"route": "large"}')
    emulator.say("Saturn.")
    mode.invoke(agent(emulator), question([{"type": "text", "text": "What is this?"}, picture]))
    assert bodies(emulator)[0]["messages"][1]["content"] == "What is this?\n[image]"
    emulator.say('{"route": "small"}')
    emulator.say("Long.")
    mode.invoke(agent(emulator), question("Begin. " + "word " * 9000 + "End."))
    task = bodies(emulator)[2]["messages"][1]["content"]
    assert task.startswith("Begin. ")
    assert task.endswith("End.")
    assert "[…]" in task
    assert len(task) < 8100


def test_without_a_task_the_agents_own_model_is_called(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say("Hello.")
    state = mode.invoke(agent(emulator), {"messages": [AIMessage("How can I help?")]})
    assert state["model_route"] is None
    assert [body["model"] for body in bodies(emulator)] == [OWN]


def test_an_error_of_the_router_ends_the_run(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.fail(401)
    with pytest.raises(AuthenticationError):
        mode.invoke(agent(emulator), question("Hi"))
    emulator.say('{"route": "medium"}')
    with pytest.raises(OutputParserException, match="medium"):
        mode.invoke(agent(emulator), question("Hi"))
    assert {body["model"] for body in bodies(emulator)} == {SMALL}


class Careless(FakeListChatModel):
    """A model of another provider without validation of answers."""

    responses: list[str] = Field(default=[""])

    def with_structured_output(self, *_: Any, **__: Any) -> Any:
        return RunnableLambda(lambda _: {"route": "x"})


def test_an_invalid_route_is_an_error(emulator: TelnyxEmulator, mode: Mode) -> None:
    choices = {"a": ModelChoice(model(emulator, OWN), ""), "b": ModelChoice(Careless(), "")}
    routing = TelnyxModelRouterMiddleware(choices, router=Careless())
    routed: Any = create_agent(model(emulator, OWN), [], middleware=[routing])
    with pytest.raises(OutputParserException, match="returned 'x' instead of 'a' or 'b'"):
        mode.invoke(routed, question("Hi"))
    assert len(emulator.requests) == 0


@pytest.mark.default_quirks(
    "It lists the requests.", "rate_limited_share", "response_format_json_schema"
)
def test_models_may_be_given_by_name(telnyx_emulator: TelnyxEmulator, mode: Mode) -> None:
    register_provider()
    chooser = model(telnyx_emulator, SMALL)
    named = TelnyxModelRouterMiddleware(
        {"large": ModelChoice(f"telnyx:{LARGE}", "All tasks.")},
        router=chooser,
        instructions="Choose the large one.",
    )
    talking: Any = create_agent(chooser, [], middleware=[named])
    telnyx_emulator.say('{"route": "large"}')
    telnyx_emulator.say("Hello.")
    assert mode.invoke(talking, question("Hi"))["messages"][-1].text == "Hello."
    assert [body["model"] for body in bodies(telnyx_emulator)] == [SMALL, LARGE]
    assert bodies(telnyx_emulator)[0]["messages"][0]["content"].startswith("Choose the large one.")


def test_a_router_needs_choices(emulator: TelnyxEmulator) -> None:
    with pytest.raises(ValueError, match="`choices` is empty"):
        TelnyxModelRouterMiddleware({}, router=model(emulator, SMALL))
