"""Callers' patterns: matched as Python's `re` does, by whichever engine, or declined."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.model import patterns, regexes, work
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.schema import SchemaDocument

ATOMS = st.sampled_from(["a", "b", ".", r"\d", r"\w", "[a-c]", "[^a]", "é", "(?:ab)", "x|y"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map("".join)
        | inner.map("({})".format)
        | inner.map("(?:{})?".format)
        | inner.map("(?:{}){{1,3}}".format)
        | st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format)
    ),
    max_leaves=6,
)
TEXTS = st.text("abcxyé1 ", max_size=12)


@pytest.fixture(params=["google-re2", "regex"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the engines; without google-re2 as where it is not installed."""
    if request.param == "regex":
        monkeypatch.setattr(patterns, "_RE2", None)
    patterns.compiled.cache_clear()
    return str(request.param)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("pattern", [r"^\d{3}-[a-z]+$", r"(?i)abc", r"a(?=b)", r"(a)\1", "é+"])
def test_both_engines_match_as_python_does(pattern: str) -> None:
    for text in ("123-abc", "ABC", "ab", "aa", "éé", "123-abc\n", ""):
        found = patterns.compiled(pattern)
        assert found.search(text) == bool(re.search(pattern, text))
        assert found.fullmatch(text) == bool(re.fullmatch(pattern, text))
        assert list(found.finditer(text)) == [match[0] for match in re.finditer(pattern, text)]


@given(PATTERNS, TEXTS)
def test_any_pattern_matches_as_python_says(pattern: str, text: str) -> None:
    found = patterns.compiled(pattern)
    assert found.search(text) == bool(re.search(pattern, text))
    assert found.fullmatch(text) == bool(re.fullmatch(pattern, text))


@given(PATTERNS, TEXTS)
def test_what_is_made_for_a_pattern_matches_it(pattern: str, text: str) -> None:
    made = next(regexes.matching(pattern, text, whole=True), None)
    assert made is not None
    assert re.fullmatch(pattern, made)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of `re`, which is asked for comparison
@given(st.text("ab()[]{}|*+?\\^$.1,:=!<>-", max_size=15))
def test_any_text_is_a_pattern_or_a_pattern_error(pattern: str) -> None:
    try:
        patterns.compiled(pattern).search("ab1")
    except patterns.PatternError:
        with pytest.raises((re.error, OverflowError)):
            re.compile(pattern)
    except Refusal:
        pass


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("text", ["a" * 40 + "b", "é" + "a" * 40 + "b"])
def test_without_a_linear_engine_a_slow_pattern_is_declined(engine: str, text: str) -> None:
    pattern = patterns.compiled(r"^é?(a|a)*$")
    if engine == "google-re2" and text.isascii():
        pattern = patterns.compiled(r"^(a|a)*$")
        assert not pattern.search(text)
        return
    with pytest.raises(Refusal, match="too complex"):
        pattern.search(text)


@pytest.mark.parametrize("kind", ["$schema", "2020"])
def test_a_bounded_validator_judges_as_the_library_does(kind: str) -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "^x"}},
        "patternProperties": {"^n": {"type": "integer"}},
        "additionalProperties": {"type": "boolean"} if kind == "2020" else False,
    }
    if kind == "$schema":
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    document = SchemaDocument(schema)
    assert document.accepts({"a": "xy", "n1": 2})
    assert document.accepts({"b": True}) == (kind == "2020")
    assert not document.accepts({"a": "y"})
    assert not document.accepts({"n1": "2"})
    assert not document.accepts({"b": 1})


def test_a_schema_with_a_wrong_pattern_is_named() -> None:
    with pytest.raises(Refusal, match="not valid"):
        SchemaDocument({"type": "string", "pattern": "("})


def test_work_is_shared_within_a_request() -> None:
    with work.bounded() as outer, work.bounded() as inner:
        assert inner is outer
        with pytest.raises(Refusal, match="too complex"):
            work.spend(work.STEPS + 1)
