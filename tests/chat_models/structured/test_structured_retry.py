"""Retry of answers that do not conform to a schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.tools import tool
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode

BAD, GOOD = '{"name": "Titan", "year": "long ago"}', '{"name": "Titan", "year": 1655}'


class Moon(BaseModel):
    """A moon."""

    name: str
    year: int


@tool
def look_up(name: str) -> str:
    """Look a moon up."""
    return name


@pytest.fixture
def model(emulator: TelnyxEmulator) -> ChatTelnyx:
    return ChatTelnyx(**emulator.options())


def requests(emulator: TelnyxEmulator) -> list[list[dict[str, Any]]]:
    bodies = [json.loads(request.body) for request in emulator.requests]
    return [body["messages"] for body in bodies if "messages" in body]


@pytest.mark.default_quirks(
    "It counts requests.", "rate_limited_share", "response_format_json_schema"
)
def test_the_errors_are_sent_to_the_model(
    model: ChatTelnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say(BAD)
    emulator.say(GOOD)
    chain = model.with_structured_output(Moon, max_repair_attempts=1)
    assert mode.invoke(chain, "When was Titan found?") == Moon(name="Titan", year=1655)
    first, second = requests(emulator)
    assert second[: len(first)] == first
    assert second[1] == {"role": "assistant", "content": BAD}
    assert second[2]["role"] == "user"
    assert "does not conform to Moon" in second[2]["content"]
    assert "year" in second[2]["content"]


@pytest.mark.default_quirks("It counts requests.", "rate_limited_share", "strict_histories")
def test_a_call_that_does_not_conform_gets_an_error_result(
    model: ChatTelnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.call_tool("Moon", json.loads(BAD))
    emulator.call_tool("Moon", json.loads(GOOD))
    chain = model.with_structured_output(Moon, method="function_calling", max_repair_attempts=1)
    assert mode.invoke(chain, "When was Titan found?") == Moon(name="Titan", year=1655)
    _, (_, call, objection) = requests(emulator)
    assert objection["role"] == "tool"
    assert objection["tool_call_id"] == call["tool_calls"][0]["id"]


@pytest.mark.default_quirks(
    "It counts requests.", "rate_limited_share", "response_format_json_schema"
)
def test_after_the_last_attempt_the_error_is_raised(
    model: ChatTelnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    for _ in range(3):
        emulator.say(BAD)
    with pytest.raises(OutputParserException, match="does not conform to Moon"):
        mode.invoke(model.with_structured_output(Moon, max_repair_attempts=2), "When was it found?")
    assert len(requests(emulator)) == 3


def test_include_raw_returns_the_last_message(
    model: ChatTelnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.say(BAD)
    emulator.say(GOOD)
    chain = model.with_structured_output(Moon, max_repair_attempts=1, include_raw=True)
    answer = mode.invoke(chain, "When was Titan found?")
    assert answer["raw"].text == GOOD
    assert answer["parsed"] == Moon(name="Titan", year=1655)
    assert answer["parsing_error"] is None


def test_a_call_of_another_tool_is_left_to_the_caller(
    model: ChatTelnyx, emulator: TelnyxEmulator, mode: Mode
) -> None:
    emulator.call_tool("look_up", {"name": "Titan"})
    chain = model.with_structured_output(
        Moon, method="function_calling", tools=[look_up], max_repair_attempts=3, include_raw=True
    )
    answer = mode.invoke(chain, "When was Titan found?")
    assert [call["name"] for call in answer["raw"].tool_calls] == ["look_up"]
    assert len(requests(emulator)) == 1
