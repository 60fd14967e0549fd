from __future__ import annotations

from collections import Counter

import pytest

from langchain_telnyx.emulator.script import Script


def test_replies_come_in_the_order_written_and_once() -> None:
    script = Script()
    script.say("one")
    script.call_tool("add", {"a": 1}, text="two", id="call_1")
    first, second = script.next_reply(), script.next_reply()
    assert first is not None
    assert first.text == "one"
    assert second is not None
    assert (second.text, second.finish_reason) == ("two", "tool_calls")
    assert [(call.name, call.arguments, call.id) for call in second.tool_calls] == [
        ("add", '{"a": 1}', "call_1")
    ]
    assert script.next_reply() is None


def test_arguments_given_as_text_stay_as_they_are() -> None:
    script = Script()
    script.call_tools(("a", "{broken"), ("b", None), ids=["x", "y"])
    reply = script.next_reply()
    assert reply is not None
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [
        ("x", "{broken"),
        ("y", "{}"),
    ]


def test_a_fault_strikes_as_often_as_told() -> None:
    script = Script()
    script.fail(429, times=2, retry_after=1.5)
    for _ in range(2):
        fault = script.next_fault("POST", "/v2/anything")
        assert fault is not None
        assert fault.status == 429
        assert fault.headers == {"retry-after": "1.5"}
        assert fault.body == {
            "errors": [
                {
                    "code": "10011",
                    "title": "Too many requests",
                    "detail": "You have exceeded the maximum number of allowed requests.",
                }
            ]
        }
    assert script.next_fault("POST", "/v2/anything") is None


def test_a_fault_waits_for_its_path() -> None:
    script = Script()
    script.fail(503, path="/embeddings", code="1", title="T", detail="D")
    assert script.next_fault("GET", "/v2/ai/models") is None
    fault = script.next_fault("GET", "/v2/ai/embeddings")
    assert fault is not None
    assert fault.body == {"errors": [{"code": "1", "title": "T", "detail": "D"}]}


def test_a_preflight_meets_no_fault() -> None:
    script = Script()
    script.fail(500)
    assert script.next_fault("OPTIONS", "/") is None
    assert script.next_fault("GET", "/") is not None


def test_latency_lasts_until_told_otherwise() -> None:
    script = Script()
    script.latency(0.5)
    script.drop_connection()
    first, second = script.next_fault("GET", "/"), script.next_fault("GET", "/")
    assert first is not None
    assert (first.drop, first.delay) == (True, 0.5)
    assert second is not None
    assert (second.drop, second.status, second.delay) == (False, None, 0.5)
    script.latency(0)
    assert script.next_fault("GET", "/") is None


PATHS = [f"/moons/{number}" for number in range(400)]


def fates(script: Script, paths: list[str]) -> dict[str, int | str | None]:
    """Return what befalls a request to each path: a status, `drop` or nothing."""
    fates: dict[str, int | str | None] = {}
    for path in paths:
        fault = script.next_fault("PUT", path)
        fates[path] = None if fault is None else "drop" if fault.drop else fault.status
    return fates


def test_a_share_of_requests_fails_in_every_way_there_is() -> None:
    script = Script()
    script.flaky(0.25)
    counts = Counter(fates(script, PATHS).values())
    assert set(counts) == {None, 429, 500, 503, "drop"}
    assert 250 < counts[None] < 350


def test_the_same_requests_fail_in_whatever_order_they_come() -> None:
    forth, back, other = Script(), Script(), Script()
    for script, seed in ((forth, 7), (back, 7), (other, 8)):
        script.flaky(0.25, seed=seed)
    expected = fates(forth, PATHS)
    assert fates(back, PATHS[::-1]) == expected
    assert fates(other, PATHS) != expected
    assert fates(forth, PATHS) != expected  # asked again, they meet another fate


def test_random_faults_are_of_the_kinds_and_at_the_paths_asked_for() -> None:
    script = Script()
    script.flaky(1, statuses=[503], drops=False, retry_after=0, path="/moons")
    fault = script.next_fault("PUT", "/moons/1")
    assert fault is not None
    assert (fault.status, fault.headers) == (503, {"retry-after": "0"})
    assert script.next_fault("PUT", "/stars/1") is None
    script.fail(404)
    scripted = script.next_fault("PUT", "/moons/1")
    assert scripted is not None
    assert scripted.status == 404
    script.flaky(0)
    assert set(fates(script, PATHS).values()) == {None}


def test_reset_forgets_everything() -> None:
    script = Script()
    script.flaky(1)
    script.say("x")
    script.fail(500)
    script.cut_stream()
    script.latency(1)
    script.reset()
    assert script.next_reply() is None
    assert script.next_stream() is None
    assert script.next_fault("GET", "/") is None


@pytest.mark.parametrize(
    "write",
    [
        lambda script: script.fail(200),
        lambda script: script.fail(500, times=0),
        lambda script: script.flaky(1.5),
        lambda script: script.flaky(0.5, statuses=[200]),
        lambda script: script.flaky(0.5, statuses=[], drops=False),
        lambda script: script.say("abc", chunks=["a", "b"]),
        lambda script: script.call_tools(("a", {}), ids=["x", "y"]),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(write: object) -> None:
    assert callable(write)
    with pytest.raises(ValueError, match=r"\S"):
        write(Script())
