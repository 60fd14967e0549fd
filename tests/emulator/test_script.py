from __future__ import annotations

from collections import Counter

import pytest

from langchain_telnyx.emulator.script import Script


def test_replies_are_used_once_in_order() -> None:
    script = Script()
    script.say("one")
    script.call_tool("add", {"a": 1}, text="two", reasoning="why", id="call_1")
    first, second = script.next_reply(), script.next_reply()
    assert first is not None
    assert first.text == "one"
    assert second is not None
    assert (second.text, second.reasoning) == ("two", "why")
    assert second.finish_reason == "tool_calls"
    assert [(call.name, call.arguments, call.id) for call in second.tool_calls] == [
        ("add", '{"a": 1}', "call_1")
    ]
    assert script.next_reply() is None


def test_arguments_as_text_are_unchanged() -> None:
    script = Script()
    script.call_tools(("a", "{broken"), ("b", None), ids=["x", "y"])
    reply = script.next_reply()
    assert reply is not None
    assert [(call.id, call.arguments) for call in reply.tool_calls] == [
        ("x", "{broken"),
        ("y", "{}"),
    ]


def test_a_fault_applies_the_given_number_of_times() -> None:
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


def test_a_preflight_never_fails() -> None:
    script = Script()
    script.fail(500)
    assert script.next_fault("OPTIONS", "/") is None
    assert script.next_fault("GET", "/") is not None


def test_latency_lasts_until_it_is_changed() -> None:
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


def outcomes(script: Script, paths: list[str]) -> dict[str, int | str | None]:
    """Return the fault of a request to each path: a status, `drop` or None."""
    found: dict[str, int | str | None] = {}
    for path in paths:
        fault = script.next_fault("PUT", path)
        found[path] = None if fault is None else "drop" if fault.drop else fault.status
    return found


def test_a_share_of_requests_fails_with_every_kind_of_fault() -> None:
    script = Script()
    script.flaky(0.25)
    counts = Counter(outcomes(script, PATHS).values())
    assert set(counts) == {None, 429, 500, 503, "drop"}
    assert 250 < counts[None] < 350


def test_the_same_requests_fail_in_any_order() -> None:
    forth, back, other = Script(), Script(), Script()
    for script, seed in ((forth, 7), (back, 7), (other, 8)):
        script.flaky(0.25, seed=seed)
    expected = outcomes(forth, PATHS)
    assert outcomes(back, PATHS[::-1]) == expected
    assert outcomes(other, PATHS) != expected
    assert outcomes(forth, PATHS) != expected  # repeated requests have other outcomes


def test_random_faults_have_the_given_kinds_and_paths() -> None:
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
    assert set(outcomes(script, PATHS).values()) == {None}


def test_reset_deletes_everything() -> None:
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
def test_invalid_arguments_are_refused_at_once(write: object) -> None:
    assert callable(write)
    with pytest.raises(ValueError, match=r"\S"):
        write(Script())
