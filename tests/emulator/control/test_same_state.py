"""Commands over HTTP and calls of Python's methods lead to the same state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import strategies as st

from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.control import bodies
from langchain_telnyx.emulator.control.commands import COMMANDS, Command
from langchain_telnyx.emulator.reset_areas import AREAS
from tests.emulator.control.conftest import Control
from tests.support.hypothesis_profiles import examples

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NAME = {command.name: command for command in COMMANDS}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAME = st.sampled_from(["Ann", "Bob", "weather"])
SECONDS = st.floats(0, 1e6)
STATUS = st.integers(400, 599)
MATCHERS = {
    "when": NAME,
    "model": NAME,
    "tool": NAME,
    "after_tool": NAME,
    "optional": st.booleans(),
}
ERROR = {"code": TEXT, "title": TEXT, "detail": TEXT}
ARGUMENTS = st.dictionaries(TEXT, st.integers() | TEXT | st.none(), max_size=2)


def body(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


BODIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "say": body({"text": TEXT}, reasoning=TEXT, finish_reason=st.just("abort"), **MATCHERS),
    "call_tool": body({"name": NAME}, arguments=ARGUMENTS | TEXT, text=TEXT, id=TEXT, **MATCHERS),
    "fail": body(
        {"status": STATUS},
        times=st.integers(1, 3),
        retry_after=SECONDS,
        path=st.sampled_from(["/chat", "/models"]),
        **ERROR,
        **MATCHERS,
    ),
    "flaky": body(
        {"share": st.floats(0, 1)},
        seed=st.integers(),
        statuses=st.lists(STATUS, min_size=1, max_size=3),
        drops=st.booleans(),
    ),
    "drop_connection": body({}, times=st.integers(1, 3), path=st.just("/models")),
    "latency": body({"seconds": st.just(0.0)}),
    "cut_stream": body({}, after=st.integers(0, 5)),
    "stall_stream": body({}, after=st.integers(0, 5), seconds=SECONDS),
    "stream_error": body({}, after=st.integers(0, 5), status=STATUS, **ERROR),
    "raw_stream": body({"pieces": TEXT | st.lists(TEXT, max_size=3)}),
    "add_phone_number": body({"phone_number": st.integers(0, 5).map("+1312555010{}".format)}),
    "add_recording_transcription": body({"text": TEXT | st.none()}, duration=SECONDS),
    "add_web_page": body({"url": st.just("https://a.example/"), "title": TEXT, "text": TEXT}),
}
CALLS = st.one_of(
    *(st.tuples(st.just(name), fields) for name, fields in BODIES.items()),
    st.tuples(st.just("reset"), st.lists(st.sampled_from(AREAS), max_size=2, unique=True)),
    st.tuples(st.just("advance"), st.floats(-1e6, 1e6)),
    st.tuples(st.just("quirks"), body({}, odd_rows=st.booleans(), key_limit=st.integers(1, 9))),
    st.tuples(st.just("chat"), NAME),
)


def by_http(control: Control, name: str, given: Any) -> Any:
    if name == "reset":
        answer = control.send("POST", "/reset", json={"areas": given} if given else {})
    elif name == "advance":
        answer = control.send("POST", "/clock", json={"advance": given})
    elif name == "quirks":
        answer = control.send("PATCH", "/quirks", json=given)
    else:
        answer = control.send("POST", BY_NAME[name].path, json=given)
    assert answer.status_code in {200, 422}, answer.text
    return answer.json().get("id") if answer.status_code == 200 else "refused"


def by_python(emulator: TelnyxEmulator, name: str, given: Any) -> Any:
    calls: dict[str, Callable[[], Any]] = {
        "reset": lambda: emulator.reset(*given),
        "advance": lambda: emulator.advance_clock(given),
        "quirks": lambda: emulator.change_quirks(**given),
    }
    owner = emulator if hasattr(emulator, name) else emulator.script
    call = calls.get(name) or (lambda: getattr(owner, name)(**given))
    try:
        return call()
    except Exception:  # noqa: BLE001 - HTTP refuses whatever Python refuses
        return "refused"


def state(emulator: TelnyxEmulator) -> dict[str, Any]:
    account = emulator.account
    script = account.script.state()
    return {
        "script": [(pending.label, pending.item, pending.left) for pending in script.pending],
        "latency": script.latency,
        "flaky": script.random_faults,
        "requests": [
            (str(record), record.scripted, record.near_misses) for record in account.requests
        ],
        "numbers": [row[:] for row in account.store.rows("SELECT * FROM phone_numbers")],
        "recordings": [
            row[:] for row in account.store.rows("SELECT * FROM recording_transcriptions")
        ],
        "pages": account.web.all(),
        "quirks": account.settings.quirks,
        "time": account.clock.read(),
    }


def rows(emulator: TelnyxEmulator, table: str) -> list[Any]:
    return [row[:] for row in emulator.account.store.rows(f"SELECT * FROM {table}")]  # noqa: S608


@hypothesis.settings(
    max_examples=examples(15),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(calls=st.lists(CALLS, max_size=8))
def test_a_sequence_of_commands_is_that_of_the_methods(calls: list[tuple[str, Any]]) -> None:
    with TelnyxEmulator(sockets=False) as one, TelnyxEmulator(sockets=False) as other:
        control, twin = Control(one), Control(other)
        for name, given in calls:
            if name == "chat":
                answers = [_chat(each, given) for each in (control, twin)]
                assert answers[0] == answers[1]
            else:
                assert by_http(control, name, given) == by_python(other, name, given)
            assert state(one) == state(other)


def _chat(control: Control, text: str) -> Any:
    try:
        return control.chat(text).content
    except Exception as error:  # noqa: BLE001 - of a dropped connection
        return type(error)


def test_the_property_covers_the_commands() -> None:
    others = {"call_tools", "transcript", "end_conversation", "receive_message"}
    assert BODIES.keys() | others == BY_NAME.keys()
    assert all(isinstance(command, Command) for command in COMMANDS)
    assert all(issubclass(command.body, bodies.Body) for command in COMMANDS)
