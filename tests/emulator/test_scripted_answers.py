"""Scripted answers for certain requests, as in the tests of an application."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool

from langchain_telnyx import ChatTelnyx, ServerError, TelnyxEmbeddings
from langchain_telnyx.client.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

GLM = "zai-org/GLM-5.3"
KIMI = "moonshotai/Kimi-K2.6"


@tool
def weather(city: str) -> str:
    """Return the weather in a city."""
    return f"It rains in {city}."


@tool
def send_mail(to: str) -> str:
    """Send a mail to a person."""
    return f"Sent to {to}."


def model(emulator: TelnyxEmulator, **options: Any) -> ChatTelnyx:
    return ChatTelnyx(**{"max_retries": 0, **emulator.options(), **options})


def after(called: str, text: str = "done") -> list[Any]:
    """A conversation that ends with the result of a tool."""
    call = {"name": called, "args": {}, "id": "call_1"}
    return [
        HumanMessage("Do it."),
        AIMessage("", tool_calls=[call]),
        ToolMessage(text, tool_call_id="call_1"),
    ]


def test_an_answer_waits_for_the_question_with_its_text(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say("Hello, Ann!", when="Ann")
    emulator.say("Hello, Bob!", when="Bob")
    chat = model(emulator)
    assert mode.invoke(chat, "Greet Bob.").text == "Hello, Bob!"
    assert mode.whole(chat, "Greet Ann.").text == "Hello, Ann!"
    emulator.assert_all_used()


def test_parallel_questions_get_their_answers(emulator: TelnyxEmulator, mode: Mode) -> None:
    names = [f"<{number}>" for number in range(20)]
    for name in reversed(names):
        emulator.say(f"Hello, {name}!", when=name)
    answers = mode.batch(model(emulator), [f"Greet {name}" for name in names])
    assert [answer.text for answer in answers] == [f"Hello, {name}!" for name in names]


def test_only_the_last_user_message_is_matched(emulator: TelnyxEmulator) -> None:
    emulator.say("matched", when="Ann")
    emulator.say("any")
    conversation = [
        SystemMessage("You serve Ann."),
        HumanMessage("I am Ann."),
        AIMessage("Hello, Ann."),
        HumanMessage("What is the time?"),
    ]
    assert model(emulator).invoke(conversation).text == "any"
    parts = HumanMessage([{"type": "text", "text": "Now"}, {"type": "text", "text": "greet Ann."}])
    assert model(emulator).invoke([parts]).text == "matched"


def test_among_answers_that_match_the_first_scripted_is_used_and_once(
    emulator: TelnyxEmulator,
) -> None:
    emulator.say("one", when="moon")
    emulator.say("two")
    emulator.say("three", when="moon")
    chat = model(emulator)
    assert [chat.invoke("A moon?").text for _ in range(3)] == ["one", "two", "three"]
    assert chat.invoke("A moon?").text not in {"one", "two", "three"}


def test_a_function_gets_the_request_body(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.say("cold", when=lambda body: body["temperature"] == 0)
    emulator.say("warm", when=lambda body: body["temperature"] > 0)
    assert mode.invoke(model(emulator, temperature=0.7)).text == "warm"
    assert mode.invoke(model(emulator, temperature=0)).text == "cold"


def test_a_function_may_script_the_next_answer(emulator: TelnyxEmulator) -> None:
    def scripts(body: dict[str, Any]) -> bool:
        emulator.say(f"next after {len(body['messages'])}")
        return True

    emulator.say("first", when=scripts)
    chat = model(emulator)
    assert [chat.invoke("Hi").text for _ in range(2)] == ["first", "next after 1"]


def test_an_error_of_a_function_names_its_answer(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.say("x", when=lambda body: body["nothing"] == 1)
    with pytest.raises(ServerError, match=r"when=.*lambda.* raised KeyError\('nothing'\)"):
        mode.invoke(model(emulator))
    emulator.reset()
    emulator.fail(429, when=lambda body: body["nothing"] == 1)
    with pytest.raises(ServerError, match=r"when=.*lambda.* raised KeyError\('nothing'\)"):
        mode.invoke(model(emulator))


def test_an_answer_may_be_for_one_model(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.say("I am Kimi.", model=KIMI)
    emulator.say("I am GLM.", model=GLM)
    assert mode.invoke(model(emulator, model=GLM)).text == "I am GLM."
    assert mode.invoke(model(emulator, model=KIMI)).text == "I am Kimi."


def test_an_answer_may_be_for_requests_with_a_tool(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.call_tool("send_mail", {"to": "Ann"}, tool="send_mail")
    emulator.call_tool("weather", {"city": "Oslo"}, tool="weather")
    chat = model(emulator)
    answers = [mode.invoke(chat.bind_tools([offered]), "Go") for offered in (weather, send_mail)]
    assert [answer.tool_calls[0]["name"] for answer in answers] == ["weather", "send_mail"]


def test_an_answer_may_come_after_the_result_of_a_tool(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say("Mail is out.", after_tool="send_mail")
    emulator.say("Take an umbrella.", after_tool="weather")
    chat = model(emulator).bind_tools([weather, send_mail])
    assert mode.invoke(chat, after("weather")).text == "Take an umbrella."
    assert mode.invoke(chat, [*after("send_mail"), HumanMessage("And?")]).text != "Mail is out."
    assert mode.invoke(chat, after("send_mail")).text == "Mail is out."


def test_all_matchers_must_match(emulator: TelnyxEmulator) -> None:
    emulator.say("both", when="Ann", model=GLM)
    emulator.say("any")
    emulator.say("any")
    assert model(emulator, model=KIMI).invoke("Ann").text == "any"
    assert model(emulator, model=GLM).invoke("Bob").text == "any"
    assert model(emulator, model=GLM).invoke("Ann").text == "both"


def test_a_failure_applies_to_matching_requests(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.fail(429, when="Ann")
    chat = model(emulator)
    assert mode.invoke(chat, "Greet Bob.").text
    with pytest.raises(RateLimitError):
        mode.invoke(chat, "Greet Ann.")
    assert mode.invoke(chat, "Greet Ann.").text


def test_a_failure_of_one_model_leads_to_the_fallback(emulator: TelnyxEmulator, mode: Mode) -> None:
    emulator.fail(503, model=KIMI)
    emulator.say("I am GLM.", model=GLM)
    chat = model(emulator, model=KIMI).with_fallbacks([model(emulator, model=GLM)])
    assert mode.invoke(chat).text == "I am GLM."
    assert [body["model"] for body in emulator.requests.chat.bodies] == [KIMI, GLM]


def test_a_failure_may_match_a_text_to_embed(
    emulator: TelnyxEmulator, embed: Callable[..., list[list[float]]]
) -> None:
    emulator.fail(429, when="Titan")
    embeddings = TelnyxEmbeddings(max_retries=0, **emulator.options())
    assert len(embed(embeddings, ["Io", "Europa"])) == 2
    with pytest.raises(RateLimitError):
        embed(embeddings, ["Titan", "Io"])


def test_a_long_body_that_a_failure_matched_is_complete(emulator: TelnyxEmulator) -> None:
    emulator.fail(429, when="Ann", optional=True)
    emulator.say("long", when=lambda body: body["messages"][-1]["content"].endswith("moons" * 9))
    assert model(emulator).invoke("moons" * 100_000).text == "long"


def test_unused_answers_are_listed_with_their_matchers_and_the_requests(
    emulator: TelnyxEmulator,
) -> None:
    emulator.say("Hello!", when="Ann", model=GLM)
    emulator.call_tool("weather", {"city": "Oslo"}, after_tool="weather")
    emulator.fail(429, path="/embeddings", tool="weather")
    emulator.cut_stream(after=2)
    emulator.say("perhaps", optional=True)
    emulator.latency(0.001)
    model(emulator, model=KIMI).invoke("Greet Bob.")
    with pytest.raises(AssertionError) as caught:
        emulator.assert_all_used()
    assert str(caught.value).splitlines()[:-1] == [
        "Scripted and never used (4):",
        "  fail(429, path='/embeddings', tool='weather')",
        f"  say('Hello!', when='Ann', model='{GLM}')",
        "  call_tool('weather', after_tool='weather')",
        "  cut_stream(after=2)",
        "Received requests (1):",
        f"  POST /v2/ai/openai/chat/completions: model '{KIMI}', user 'Greet Bob.'",
    ]


def test_a_failure_for_several_requests_counts_as_used_after_one(emulator: TelnyxEmulator) -> None:
    emulator.fail(429, times=5)
    with pytest.raises(RateLimitError):
        model(emulator).invoke("Hi")
    emulator.assert_all_used()


def test_an_emulator_without_the_fixture_checks_only_on_request(
    emulator: TelnyxEmulator,
) -> None:
    emulator.say("never")
    emulator.stop()
    with pytest.raises(AssertionError, match=r"say\('never'\)"):
        emulator.assert_all_used()
    emulator.script.reset()
    emulator.assert_all_used()


async def _asynchronous(_: dict[str, Any]) -> bool:
    return True


@pytest.mark.parametrize(
    "matchers",
    [{"when": ""}, {"when": 3}, {"when": _asynchronous}, {"model": ""}, {"tool": weather}],
)
def test_an_invalid_matcher_is_refused_at_once(
    emulator: TelnyxEmulator, matchers: dict[str, Any]
) -> None:
    [name] = matchers
    for script in (
        lambda: emulator.say("x", **matchers),
        lambda: emulator.call_tool("x", **matchers),
        lambda: emulator.fail(429, **matchers),
        lambda: emulator.requests.where(**matchers),
    ):
        with pytest.raises(TypeError, match=f"`{name}` is"):
            script()
    emulator.assert_all_used()


def test_requests_of_many_threads_share_a_script(emulator: TelnyxEmulator) -> None:
    for number in range(40):
        emulator.say(str(number), when="moon")
    found: list[str] = []
    chat = model(emulator)
    threads = [
        threading.Thread(target=lambda: found.append(chat.invoke("moon").text)) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [str(number) for number in range(40)]
