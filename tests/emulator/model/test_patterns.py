"""Patterns of requests match as in Python's `re`, with each engine, or are refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_telnyx.emulator.model import pattern_strings, patterns, work_budget
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
    """Run a test with each engine; `regex` simulates that google-re2 is not installed."""
    if request.param == "regex":
        monkeypatch.setattr(patterns, "_RE2", None)
    patterns.compiled.cache_clear()
    return str(request.param)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("pattern", [r"^\d{3}-[a-z]+$", r"(?i)abc", r"a(?=b)", r"(a)\1", "é+"])
def test_both_engines_match_like_re(pattern: str) -> None:
    for text in ("123-abc", "ABC", "ab", "aa", "éé", "123-abc\n", ""):
        found = patterns.compiled(pattern)
        assert found.search(text) == bool(re.search(pattern, text))
        assert found.fullmatch(text) == bool(re.fullmatch(pattern, text))
        assert list(found.finditer(text)) == [match[0] for match in re.finditer(pattern, text)]


@given(PATTERNS, TEXTS)
def test_any_pattern_matches_like_re(pattern: str, text: str) -> None:
    found = patterns.compiled(pattern)
    assert found.search(text) == bool(re.search(pattern, text))
    assert found.fullmatch(text) == bool(re.fullmatch(pattern, text))


@given(PATTERNS, TEXTS)
def test_a_generated_string_matches_its_pattern(pattern: str, text: str) -> None:
    made = next(pattern_strings.matching(pattern, text, whole=True), None)
    assert made is not None
    assert re.fullmatch(pattern, made)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # raised by `re`
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
def test_a_slow_pattern_is_refused_without_a_linear_engine(engine: str, text: str) -> None:
    pattern = patterns.compiled(r"^é?(a|a)*$")
    if engine == "google-re2" and text.isascii():
        pattern = patterns.compiled(r"^(a|a)*$")
        assert not pattern.search(text)
        return
    with pytest.raises(Refusal, match="too complex"):
        pattern.search(text)


@pytest.mark.parametrize("kind", ["$schema", "2020"])
def test_a_bounded_validator_agrees_with_jsonschema(kind: str) -> None:
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


def test_a_schema_with_an_invalid_pattern_is_refused() -> None:
    with pytest.raises(Refusal, match="not valid"):
        SchemaDocument({"type": "string", "pattern": "("})


def test_nested_limits_share_one_budget() -> None:
    with work_budget.limited() as outer, work_budget.limited() as inner:
        assert inner is outer
        with pytest.raises(Refusal, match="too complex"):
            work_budget.spend(work_budget.MAX_STEPS + 1)
