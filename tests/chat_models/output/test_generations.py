"""Answers that are built directly equal those of langchain-core's constructors."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, message_to_dict
from langchain_core.outputs import ChatGeneration

from langchain_telnyx.chat_models.output import generations
from langchain_telnyx.chat_models.output.generations import generation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
CALLS = st.builds(
    lambda name, args, identity: {"name": name, "args": args, "id": identity, "type": "tool_call"},
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=5), JSON, max_size=2),
    st.text(max_size=5),
)
INVALID = st.builds(
    lambda name, args: {
        "name": name,
        "args": args,
        "id": "1",
        "error": "No JSON.",
        "type": "invalid_tool_call",
    },
    st.none() | st.text(max_size=5),
    st.text(max_size=5),
)
COUNTS = st.integers(min_value=0, max_value=10**12)
USAGE = st.none() | st.fixed_dictionaries(
    {"input_tokens": COUNTS, "output_tokens": COUNTS, "total_tokens": COUNTS},
    optional={
        "input_token_details": st.fixed_dictionaries({"cache_read": COUNTS}),
        "output_token_details": st.fixed_dictionaries({"reasoning": COUNTS}),
    },
)
FIELDS = st.fixed_dictionaries(
    {
        "calls": st.lists(CALLS, max_size=2),
        "invalid": st.lists(INVALID, max_size=2),
        "usage": USAGE,
    }
)


@given(st.text(), st.sampled_from([{}, {"reasoning_content": "hm"}]), JSON, FIELDS)
def test_an_answer_equals_that_of_the_constructors(
    text: str, additional: Any, raw: Any, fields: Any
) -> None:
    metadata = {"finish_reason": "stop", "model_name": "m", "raw": raw}
    expected = AIMessage(
        content=text,
        additional_kwargs=copy.deepcopy(additional),
        response_metadata=copy.deepcopy(metadata),
        tool_calls=copy.deepcopy(fields["calls"]),
        invalid_tool_calls=copy.deepcopy(fields["invalid"]),
        usage_metadata=copy.deepcopy(fields["usage"]),
    )
    made = generation(text, additional, metadata, **fields)
    assert isinstance(made.message, AIMessage)
    assert made.message == expected
    assert message_to_dict(made.message) == message_to_dict(expected)
    assert json.loads(dumps(made.message)) == json.loads(dumps(expected))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - its own pickle
    assert copy.deepcopy(made) == made
    assert made.message.content_blocks == expected.content_blocks
    assert made == ChatGeneration(message=expected, generation_info={"finish_reason": "stop"})
    assert made.text == text


def test_direct_construction_is_used_with_this_version_of_langchain_core() -> None:
    assert generations._make is generations._direct  # noqa: SLF001 - otherwise slow, not wrong


def test_a_version_of_langchain_core_with_other_fields_gets_its_constructors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Other(AIMessage):
        more: int = 0

    monkeypatch.setattr(generations, "AIMessage", Other)
    assert not generations._equals_constructors()  # noqa: SLF001 - decides on import
