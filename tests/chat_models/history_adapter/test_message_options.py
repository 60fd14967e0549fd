"""Options about messages, with a server that validates the format of requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tracers.run_collector import RunCollectorCallbackHandler

from langchain_telnyx import BadRequestError, ChatTelnyx
from langchain_telnyx.emulator import Quirks, TelnyxEmulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Mode

PICTURE = b"\x89PNG\r\n\x1a\nrest"
LOOK = [HumanMessage(["Look:", {"type": "image", "data": PICTURE}])]


def last_sent(emulator: TelnyxEmulator) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads(emulator.requests[-1].body)["messages"]
    return messages


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_replayed_in_the_field_it_was_received_in(
    mode: Mode, field: Literal["reasoning_content", "reasoning"], *, streamed: bool
) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(reasoning_field=field)) as emulator:
        model = ChatTelnyx(replay_reasoning=True, **emulator.options())
        emulator.say("Titan.", reasoning="The largest.")
        answer = (mode.whole if streamed else mode.invoke)(model, "A moon?")
        history = [HumanMessage("A moon?"), answer, HumanMessage("Another?")]
        mode.invoke(model, history)
        assert last_sent(emulator)[1] == {
            "role": "assistant",
            "content": "Titan.",
            field: "The largest.",
        }
        mode.invoke(model.model_copy(update={"replay_reasoning": False}), history)
        assert last_sent(emulator)[1] == {"role": "assistant", "content": "Titan."}


def test_image_urls_can_be_sent_as_strings(mode: Mode) -> None:
    with TelnyxEmulator(sockets=False, quirks=Quirks(image_url="string")) as emulator:
        with pytest.raises(BadRequestError):
            mode.invoke(ChatTelnyx(**emulator.options()), LOOK)
        model = ChatTelnyx(image_url_as_string=True, **emulator.options())
        assert mode.invoke(model, LOOK).text


@pytest.mark.default_quirks("Images are sent as objects.", "image_url")
def test_bytes_and_paths_can_be_sent_and_traced(
    emulator: TelnyxEmulator, mode: Mode, tmp_path: Path
) -> None:
    file = tmp_path / "saturn.png"
    file.write_bytes(PICTURE)
    tracer = RunCollectorCallbackHandler()
    for block in ({"type": "image", "data": PICTURE}, {"type": "image", "path": file}):
        model = ChatTelnyx(**emulator.options())
        message = HumanMessage(["Look:", block])
        assert mode.invoke(model, [message], config={"callbacks": [tracer]}).text
        [_, part] = last_sent(emulator)[-1]["content"]
        assert part["image_url"]["url"].startswith("data:image/png;base64,")
    assert len(tracer.traced_runs) == 2
