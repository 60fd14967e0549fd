from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest

from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.model.request import ChatRequest
from langchain_telnyx.emulator.model.structured import schema_in_prompt, write
from langchain_telnyx.emulator.quirks import Quirks

TODAY = dt.date(2026, 1, 1)


def written(text: str, **form: Any) -> str:
    request = ChatRequest.model_validate({"messages": [{"role": "user", "content": text}], **form})
    return write(request, text, Quirks(), TODAY)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\d{3}-\d{4}", "Call 555-0199 now", "555-0199"),
        (r"[A-Z]{2}\d+", "no match here", "AA0"),
        (r"(yes|no)", "Well, no.", "no"),
        (r"(yes|no)", "Perhaps.", "yes"),
        (r"^[\w.]+@[\w.]+$", "Write to ann@x.org.", "ann@x.org"),
    ],
)
def test_a_guided_regex_is_matched_in_the_text_or_generated(
    pattern: str, text: str, expected: str
) -> None:
    assert written(text, guided_regex=pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [r"\w+\s\w+", r"[^abc]{4}", r"(a|b)*c+?", r"(?i:abc)|x", r"a{2,5}b", r"(.)\1", r"\$\d+\.\d{2}"],
)
def test_the_whole_answer_matches_a_guided_regex(pattern: str) -> None:
    assert re.fullmatch(pattern, written("", guided_regex=pattern))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"guided_regex": "("}, "not a regular expression"),
        ({"guided_regex": "a(?!a)(?<=b)"}, "No text was found"),
        ({"guided_choice": []}, "must not be empty"),
        ({"guided_json": {"type": "nonsense"}}, "not valid"),
    ],
)
def test_an_impossible_format_is_refused(form: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        written("text", **form)


def test_a_guided_choice_is_a_member() -> None:
    assert written("I had a great stay.", guided_choice=["negative", "positive"]) == "positive"


def test_json_mode_fills_the_keys_that_the_prompt_names() -> None:
    text = "Describe Ann. Return JSON with 'name' and 'city' keys. Name: Ann, city: Oslo"
    assert json.loads(written(text, response_format={"type": "json_object"})) == {
        "name": "Ann",
        "city": "Oslo",
    }


def test_json_mode_without_keys_uses_the_pairs_of_the_text() -> None:
    text = "color: red, size: 3"
    assert json.loads(written(text, response_format={"type": "json_object"})) == {
        "color": "red",
        "size": "3",
    }


def test_json_mode_always_gives_an_object() -> None:
    assert json.loads(written("Hello there", response_format={"type": "json_object"})) == {
        "answer": "Hello there"
    }


def test_a_schema_in_the_prompt_is_found_with_the_rest_of_the_prompt() -> None:
    prompt = (
        "Answer the query.\nAn example: the schema "
        '{"properties": {"foo": {"type": "string"}}} matches {"foo": "bar"}.\n'
        'Here is the output schema:\n```\n{"properties": {"city": {"type": "string"}}, '
        '"required": ["city"]}\n```\nI live in Oslo.'
    )
    assert schema_in_prompt(prompt) == (
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "I live in Oslo.",
    )


def test_a_prompt_without_a_schema_has_none() -> None:
    assert schema_in_prompt('Explain this JSON: {"properties": {}}') is None
