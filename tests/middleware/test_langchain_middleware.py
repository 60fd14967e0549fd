"""Every middleware of `langchain.agents` that calls a model, or reads its answers, with
`ChatTelnyx`.

For summaries and retries, see `test_agents.py`; for model selection, `test_model_router.py`.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ClearToolUsesEdit,
    ContextEditingMiddleware,
    FilesystemFileSearchMiddleware,
    HumanInTheLoopMiddleware,
    LLMToolEmulator,
    LLMToolSelectorMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    PIIMiddleware,
    ProviderToolSearchMiddleware,
    TodoListMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
    ToolRetryMiddleware,
)
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langchain_telnyx import BadRequestError, ChatTelnyx, ServerError
from langchain_telnyx.middleware import TelnyxAnswerMiddleware, TelnyxHistoryMiddleware
from tests.chat_models.output.test_finish_reasons import completion, model_of, whole

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

REFUSING: Any = getattr(
    importlib.import_module("langchain.agents.middleware"), "ModelRefusalMiddleware", None
)
SPARE = "zai-org/GLM-5.3"

pytestmark = pytest.mark.default_quirks("Its models do not retry.", "rate_limited_share")


@tool
def weather(city: str) -> str:
    """Tell the weather in a city."""
    return f"It is sunny in {city}."


@tool
def clock(city: str) -> str:
    """Tell the time in a city."""
    return f"It is noon in {city}."


@tool
def broken(city: str) -> str:
    """Tell the tides of a city."""
    raise RuntimeError(f"No tides in {city}.")


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(max_retries=0, **emulator.options())


@pytest.fixture
def spare(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(model=SPARE, max_retries=0, **emulator.options())


def agent(model: Any, *middleware: Any, tools: Any = (weather, clock), **options: Any) -> Any:
    ours = [TelnyxHistoryMiddleware(), TelnyxAnswerMiddleware()]
    return create_agent(model, [*tools], middleware=[*middleware, *ours], **options)


def question(text: str = "What is the weather in Oslo?") -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def bodies(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in emulator.requests]


def results(state: Any) -> list[Any]:
    return [message for message in state["messages"] if isinstance(message, ToolMessage)]


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_fallback_takes_over_with_all_tools_and_its_own_options(
    emulator: TelnyxEmulator, model: ChatTelnyx, spare: ChatTelnyx, mode: Mode, status: int
) -> None:
    bound: Any = spare.bind(seed=7)
    falling = ModelFallbackMiddleware(bound)
    talking = agent(model.bind(temperature=0.5), falling, system_prompt="Be brief.")
    emulator.fail(status)
    emulator.say("Sunny.")
    assert mode.invoke(talking, question())["messages"][-1].text == "Sunny."
    first, second = bodies(emulator)
    assert (first["temperature"], second["seed"], second["model"]) == (0.5, 7, SPARE)
    assert not first.keys() & {"seed"}
    assert not second.keys() & {"temperature"}
    assert [each["function"]["name"] for each in second["tools"]] == ["weather", "clock"]
    assert second["messages"] == first["messages"]


def test_a_fallback_takes_over_after_unusable_answers(
    emulator: TelnyxEmulator, model: ChatTelnyx, spare: ChatTelnyx, mode: Mode
) -> None:
    for _ in range(3):
        emulator.say("")
    emulator.say("Sunny.")
    state = mode.invoke(agent(model, ModelFallbackMiddleware(spare)), question())
    assert state["messages"][-1].text == "Sunny."
    assert [body["model"] == SPARE for body in bodies(emulator)] == [False] * 3 + [True]


def test_an_error_of_the_last_fallback_is_raised(
    emulator: TelnyxEmulator, model: ChatTelnyx, spare: ChatTelnyx, mode: Mode
) -> None:
    emulator.fail(503)
    emulator.fail(400)
    with pytest.raises(BadRequestError):
        mode.invoke(agent(model, ModelFallbackMiddleware(spare)), question())
    emulator.fail(503, times=2)
    with pytest.raises(ServerError):
        mode.invoke(agent(model, ModelFallbackMiddleware(spare)), question())


def test_marks_of_another_providers_cache_are_not_sent(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    class Claude(FakeListChatModel):
        """A model that always fails."""

        responses: list[str] = []  # noqa: RUF012 - pydantic copies it

        def bind_tools(self, *_: Any, **__: Any) -> Any:
            return self

    mark = {"cache_control": {"type": "ephemeral"}}
    prompt: Any = SystemMessage([{"type": "text", "text": "Be brief.", **mark}])
    talking = agent(Claude(), ModelFallbackMiddleware(model), system_prompt=prompt)
    emulator.say("Sunny.")
    marked = HumanMessage([{"type": "text", "text": "The weather in Oslo?", **mark}])
    assert mode.invoke(talking, {"messages": [marked]})["messages"][-1].text == "Sunny."
    assert b"cache_control" not in emulator.requests[-1].body
    emulator.say("Rainy.")
    assert mode.invoke(model, [prompt, marked]).text == "Rainy."
    assert b"cache_control" not in emulator.requests[-1].body


def test_old_results_of_tools_are_cleared(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    clearing: Any = ContextEditingMiddleware(
        edits=[ClearToolUsesEdit(trigger=1, keep=0)], token_count_method="model"
    )
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("Sunny.")
    mode.invoke(agent(model, clearing), question())
    assert bodies(emulator)[-1]["messages"][-1]["content"] == "[cleared]"


def test_files_are_searched(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode, tmp_path: Path
) -> None:
    (tmp_path / "moons.txt").write_text("Titan")
    searching = FilesystemFileSearchMiddleware(root_path=str(tmp_path), use_ripgrep=False)
    emulator.call_tool("glob_search", {"pattern": "*.txt"})
    emulator.say("There is one.")
    [found] = results(mode.invoke(agent(model, searching), question("Which files are there?")))
    assert "moons.txt" in found.content


def test_a_person_approves_a_call(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    approving = HumanInTheLoopMiddleware({"weather": True})
    talking = agent(model, approving, checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("Sunny.")
    state = mode.invoke(talking, question(), config=thread)
    assert state["__interrupt__"][0].value["action_requests"][0]["args"] == {"city": "Oslo"}
    approved: Any = Command(resume={"decisions": [{"type": "approve"}]})
    state = mode.invoke(talking, approved, config=thread)
    assert state["messages"][-1].text == "Sunny."


def test_a_model_stands_in_for_tools(
    emulator: TelnyxEmulator, model: ChatTelnyx, spare: ChatTelnyx, mode: Mode
) -> None:
    pretending = LLMToolEmulator(tools=["weather"], model=spare)
    emulator.call_tool("weather", {"city": "Oslo"})
    emulator.say("It is foggy.")
    emulator.say("Foggy.")
    [result] = results(mode.invoke(agent(model, pretending), question()))
    assert result.content == "It is foggy."
    assert bodies(emulator)[1]["model"] == SPARE


def test_a_model_chooses_the_tools_of_the_call(
    emulator: TelnyxEmulator, model: ChatTelnyx, spare: ChatTelnyx, mode: Mode
) -> None:
    choosing = LLMToolSelectorMiddleware(model=spare, max_tools=1)
    emulator.say('{"tools": ["weather"]}')
    emulator.say("Sunny.")
    mode.invoke(agent(model, choosing), question())
    assert [each["function"]["name"] for each in bodies(emulator)[-1]["tools"]] == ["weather"]


def test_calls_of_a_model_are_limited(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.call_tool("weather", {"city": "Oslo"})
    limited = agent(model, ModelCallLimitMiddleware(run_limit=1))
    assert "limit" in mode.invoke(limited, question())["messages"][-1].text
    assert len(emulator.requests) == 1


def test_calls_of_tools_are_limited(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    emulator.script.call_tools(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    emulator.say("Sunny in one of them.")
    limited = agent(model, ToolCallLimitMiddleware(run_limit=1))
    states = [each.status for each in results(mode.invoke(limited, question()))]
    assert sorted(states) == ["error", "success"]


def test_personal_data_is_not_sent(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    emulator.say("I shall.")
    mode.invoke(agent(model, PIIMiddleware("email")), question("Write to ada@example.com."))
    assert b"ada@example.com" not in emulator.requests[-1].body
    assert b"REDACTED_EMAIL" in emulator.requests[-1].body


def test_a_todo_list_is_stored(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    todo = {"content": "Find Titan.", "status": "in_progress"}
    emulator.call_tool("write_todos", {"todos": [todo]})
    emulator.say("I look.")
    assert mode.invoke(agent(model, TodoListMiddleware()), question())["todos"] == [todo]


def test_errors_of_tools_go_to_the_model(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    reporting: Any = ToolErrorMiddleware(lambda error, _: str(error))
    emulator.call_tool("broken", {"city": "Oslo"})
    emulator.say("No tides.")
    state = mode.invoke(agent(model, reporting, tools=[broken]), question())
    assert bodies(emulator)[-1]["messages"][-1]["content"] == "No tides in Oslo."
    assert state["messages"][-1].text == "No tides."


def test_tools_are_retried(emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode) -> None:
    attempts: list[str] = []

    @tool
    def tides(city: str) -> str:
        """Tell the tides of a city."""
        attempts.append(city)
        if len(attempts) == 1:
            raise ConnectionError
        return "High."

    emulator.call_tool("tides", {"city": "Oslo"})
    emulator.say("High.")
    again = ToolRetryMiddleware(max_retries=1, initial_delay=0, jitter=False)
    assert (
        results(mode.invoke(agent(model, again, tools=[tides]), question()))[0].content == "High."
    )
    assert len(attempts) == 2


@pytest.mark.skipif(REFUSING is None, reason="langchain has it since 1.5")
def test_a_refusal_is_an_error_with_its_middleware_and_leads_to_the_fallback(
    emulator: TelnyxEmulator, spare: ChatTelnyx, mode: Mode
) -> None:
    errors: Any = importlib.import_module("langchain_core.exceptions")
    body = completion("stop", "")
    body["choices"][0]["message"] |= {"content": None, "refusal": "I cannot."}
    model, _ = model_of(whole(body))
    with pytest.raises(errors.ModelRefusalError, match="I cannot"):
        mode.invoke(agent(model, REFUSING()), question())
    emulator.say("Sunny.")
    state = mode.invoke(agent(model, ModelFallbackMiddleware(spare), REFUSING()), question())
    assert state["messages"][-1].text == "Sunny."


def test_a_search_of_tools_by_the_provider_is_refused_by_langchain(
    emulator: TelnyxEmulator, model: ChatTelnyx, mode: Mode
) -> None:
    searching: Any = ProviderToolSearchMiddleware(searchable_tools=["weather"])
    with pytest.raises(ValueError, match="tool search"):
        mode.invoke(agent(model, searching), question())
    assert len(emulator.requests) == 0
