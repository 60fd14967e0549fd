"""The error for an answer that does not conform has it as `llm_output`, as in langchain-core."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Mode


class Moon(BaseModel):
    """A moon."""

    name: str


class Color(enum.Enum):
    """A color."""

    RED = "red"


KINDS: list[tuple[str, Any, str]] = [
    ("json_schema", Moon, '{"name": 5}'),
    ("function_calling", Moon, "I cannot say."),
    ("guided_choice", Color, "green"),
    ("guided_regex", r"\d{4}", "last year"),
]


@pytest.mark.parametrize(("method", "schema", "text"), KINDS)
def test_the_answer_is_the_errors_output(
    emulator: TelnyxEmulator, mode: Mode, method: Any, schema: Any, text: str
) -> None:
    model = ChatTelnyx(**emulator.options()).with_structured_output(schema, method=method)
    for call in (mode.invoke, mode.stream):
        emulator.say(text)
        with pytest.raises(OutputParserException) as caught:
            call(model)
        assert caught.value.llm_output == text
        # No observation, so nothing is sent back to an agent.
        assert (caught.value.observation, caught.value.send_to_llm) == (None, False)


def test_arguments_that_are_no_json_are_the_errors_output(
    emulator: TelnyxEmulator, mode: Mode
) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.call_tool("Moon", '{"name": Titan')
    with pytest.raises(OutputParserException) as caught:
        mode.invoke(model.with_structured_output(Moon, method="function_calling"))
    assert caught.value.llm_output == '{"name": Titan'
