"""Histories survive LangChain's serialization, and are sent in the same form."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.load import dumps, loads
from langchain_core.messages import BaseMessage, messages_from_dict, messages_to_dict

from langchain_telnyx import check_history
from langchain_telnyx.chat_models.history_adapter.messages import to_wire
from tests.chat_models.history_adapter.test_block_table import ALL, PLACES, message
from tests.support.hypothesis_profiles import examples

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")


def is_json(block: dict[str, Any]) -> bool:
    """Return whether a block can be stored as JSON: some contain bytes."""
    try:
        json.dumps(block)
    except TypeError:
        return False
    return True


BLOCKS = [each for each in ALL if is_json(each)]
HISTORIES = st.lists(
    st.builds(
        message,
        st.sampled_from(PLACES),
        st.lists(st.sampled_from(BLOCKS) | st.text(max_size=8), max_size=3),
    ),
    max_size=4,
)


@settings(max_examples=examples(100), deadline=None)
@given(HISTORIES)
def test_a_stored_history_is_sent_in_the_same_form(history: list[BaseMessage]) -> None:
    read: Any = loads(dumps(history), allowed_objects="core")
    for stored in (read, messages_from_dict(messages_to_dict(history))):
        assert wire(stored) == wire(history)
        assert str(check_history(stored)) == str(check_history(history))


@settings(max_examples=examples(100), deadline=None)
@given(HISTORIES)
def test_a_checked_history_can_be_stored(history: list[BaseMessage]) -> None:
    checked = check_history(history).messages
    stored: Any = loads(dumps(checked), allowed_objects="core")
    assert wire(stored) == wire(checked)
    assert check_history(stored).ok


def wire(history: list[BaseMessage]) -> Any:
    """Return the request, with a number in place of each generated id."""
    sent = json.dumps(to_wire(history, refusing="nothing"))
    ids = dict.fromkeys(re.findall(r"call_[0-9a-f]{32}", sent))
    for number, each in enumerate(ids):
        sent = sent.replace(each, f"call_{number}")
    return json.loads(sent)
