"""An answer that does not fit stands on the error as langchain-core has it: as `llm_output`."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel

from langchain_telnyx import ChatTelnyx

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator
    from tests.support.fixtures import Face


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


@pytest.mark.parametrize(("method", "schema", "said"), KINDS)
def test_the_answer_is_the_errors_output(
    emulator: TelnyxEmulator, face: Face, method: Any, schema: Any, said: str
) -> None:
    model = ChatTelnyx(**emulator.options()).with_structured_output(schema, method=method)
    for ask in (face.invoke, face.stream):
        emulator.say(said)
        with pytest.raises(OutputParserException) as caught:
            ask(model)
        assert caught.value.llm_output == said
        # What was seen of a tool: nothing, so that there is nothing to send back to an agent.
        assert (caught.value.observation, caught.value.send_to_llm) == (None, False)


def test_arguments_that_are_no_json_are_the_errors_output(
    emulator: TelnyxEmulator, face: Face
) -> None:
    model = ChatTelnyx(**emulator.options())
    emulator.call_tool("Moon", '{"name": Titan')
    with pytest.raises(OutputParserException) as caught:
        face.invoke(model.with_structured_output(Moon, method="function_calling"))
    assert caught.value.llm_output == '{"name": Titan'
