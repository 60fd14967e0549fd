"""Fields of training data other than text: weights, and warnings for unsupported fields."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumpd
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
    messages_to_dict,
)
from langsmith.schemas import Example

from langchain_telnyx import (
    BadRequestError,
    ChatTelnyx,
    Telnyx,
    TrainingDataError,
    fine_tune,
    training_jsonl,
)

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

QUESTION = {"role": "user", "content": "When are you open?"}
WRONG = {"role": "assistant", "content": "Never."}
RIGHT = {"role": "assistant", "content": "From six in the morning."}
# Names that no form of a message, an example or a run has.
NAMES = st.from_regex(r"\A[a-z]{3,8}_x\Z")
SOMETHING = st.text(min_size=1, max_size=5) | st.integers() | st.booleans() | st.just([0])


def line(example: Any) -> Any:
    return json.loads(training_jsonl([example]))


def weights(example: Any) -> list[Any]:
    return [message.get("weight") for message in line(example)["messages"]]


WEIGHTED: dict[str, Any] = {
    "the chat format": [QUESTION, {**WRONG, "weight": 0}, QUESTION, {**RIGHT, "weight": 1}],
    "LangChain's": [
        HumanMessage("When?"),
        AIMessage("Never.", additional_kwargs={"weight": 0}),
        HumanMessage("When?"),
        AIMessage("From six.", weight=1),
    ],
    "numbers of another kind": [
        QUESTION,
        {**WRONG, "weight": 0.0},
        QUESTION,
        {**RIGHT, "weight": 1.0},
    ],
}
WEIGHTED["dumped"] = [
    *[dumpd(message) for message in WEIGHTED["LangChain's"][:3]],
    dumpd(AIMessage("From six.", additional_kwargs={"weight": 1})),  # it drops other fields
]
WEIGHTED["in dicts"] = messages_to_dict(WEIGHTED["LangChain's"])


@pytest.mark.parametrize("messages", WEIGHTED.values(), ids=list(WEIGHTED))
def test_weights_are_sent_in_every_form(messages: Any) -> None:
    assert weights(messages) == weights({"messages": messages}) == [None, 0, None, 1]
    traced = {"inputs": {"messages": messages[:3]}, "outputs": {"message": messages[3]}}
    assert weights(traced) == [None, 0, None, 1]


def test_weights_belong_to_their_message_among_tool_calls() -> None:
    chat = [
        HumanMessage("When?"),
        AIMessage(
            "",
            tool_calls=[ToolCall(name="hours", args={}, id="c1")],
            additional_kwargs={"weight": 0},
        ),
        ToolMessage("6-18", tool_call_id="c1"),
        ChatMessage(content="From six.", role="assistant"),
        HumanMessage("Thanks"),
        AIMessage("Bye", additional_kwargs={"weight": 1}),
    ]
    assert weights(chat) == [None, 0, None, None, None, 1]


REFUSED: list[tuple[Any, str]] = [
    ([QUESTION, {**RIGHT, "weight": 2}], "message 1 has the `weight` 2: it must be 0 or 1"),
    ([QUESTION, {**RIGHT, "weight": True}], "message 1 has the `weight` True"),
    ([QUESTION, {**RIGHT, "weight": [1]}], r"message 1 has the `weight` \[1\]"),
    ([{**QUESTION, "weight": 1}, RIGHT], "message 0 has a `weight`, which only the assistant's"),
    ([QUESTION, {**RIGHT, "weight": 0}], "has the `weight` 0: there is nothing to learn"),
    (
        {"messages": [QUESTION, RIGHT], "functions": [{"name": "f"}]},
        "the format does not support 'functions'",
    ),
    (
        [QUESTION, {**RIGHT, "function_call": {"name": "f", "arguments": "{}"}}],
        "message 1: the format does not support 'function_call'",
    ),
    (
        [QUESTION, {**RIGHT, "reasoning_content": "Six."}],
        "message 1: the format does not support 'reasoning_content'",
    ),
]


@pytest.mark.parametrize(("example", "reason"), REFUSED)
def test_unsupported_keys_raise_with_their_names(example: Any, reason: str) -> None:
    with pytest.raises(TrainingDataError, match=f"example 1: .*{reason}"):
        training_jsonl([[QUESTION, RIGHT], example])


@given(name=NAMES, value=SOMETHING, at=st.integers(0, 1), inside=st.booleans())
def test_any_unknown_key_of_the_chat_format_raises_with_its_name(
    name: str, value: Any, at: int, *, inside: bool
) -> None:
    messages: list[dict[str, Any]] = [dict(QUESTION), dict(RIGHT)]
    example: dict[str, Any] = {"messages": messages}
    (messages[at] if inside else example)[name] = value
    with pytest.raises(TrainingDataError, match=repr(name)):
        training_jsonl([example])


@given(name=NAMES, value=SOMETHING, at=st.integers(0, 1), place=st.sampled_from("aiomtx"))
def test_generated_fields_that_are_not_sent_are_reported_with_their_names(
    name: str, value: Any, at: int, place: str
) -> None:
    more = {name: value}
    spoken: list[BaseMessage] = [
        HumanMessage("When?", additional_kwargs=more if (place, at) == ("a", 0) else {}),
        AIMessage("Six.", additional_kwargs=more if (place, at) == ("a", 1) else {}),
    ]
    traced = [dict(QUESTION), dict(RIGHT)]
    traced[at] |= more
    examples: dict[str, Any] = {
        "a": spoken,
        "i": {"inputs": {"question": "When?", **more}, "outputs": {"answer": "Six."}},
        "o": {"inputs": {"question": "When?"}, "outputs": {"answer": "Six.", **more}},
        "m": {"inputs": {"messages": traced[:1]}, "outputs": {"message": traced[1]}},
        "t": {**more, "inputs": {"question": "When?"}, "outputs": {"answer": "Six."}},
        "x": [spoken[0], AIMessage("Six.", **more)],
    }
    with pytest.warns(UserWarning, match=f"`{name}` \\(example 1, "):
        training_jsonl([[QUESTION, RIGHT], examples[place]])


def test_one_warning_names_all_fields_that_are_left_out() -> None:
    thinking = AIMessage(
        [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Six."}],
        additional_kwargs={"reasoning_content": "Hm."},
    )
    traced = {
        "inputs": {"question": "When?", "context": "Open from six.", "input": "?"},
        "outputs": {"generations": [[{"message": dumpd(thinking)}, {"message": dumpd(thinking)}]]},
    }
    with pytest.warns(
        UserWarning, match="does not support some fields of the training data"
    ) as warned:
        training_jsonl([[HumanMessage("When?"), thinking], traced])
    assert len(warned) == 1
    text = str(warned[0].message)
    for part in (
        "`reasoning_content` (example 0, message 1, and 1 more times)",
        "`reasoning block` (example 0, message 1, and 1 more times)",
        "`context` (example 1, `inputs`)",
        "`question` (example 1, `inputs`)",
        "`generations behind the first` (example 1, `outputs`)",
    ):
        assert part in text
    assert warned[0].filename == __file__


def test_ids_metadata_and_empty_fields_give_no_warning() -> None:
    answer = AIMessage(
        "Six.",
        id="a-1",
        response_metadata={"model_name": "m"},
        usage_metadata={"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        additional_kwargs={"refusal": None, "audio": {}},
    )
    examples: list[Any] = [
        [HumanMessage("When?", id="h-1"), answer],
        {"messages": [QUESTION, {**RIGHT, "refusal": None, "annotations": []}], "functions": None},
        [answer.model_dump()],
        {"id": "x", "metadata": {"a": 1}, "inputs": {"question": "?"}, "outputs": {"answer": "!"}},
        {
            "inputs": {"question": "?"},
            "outputs": {
                "generations": [[{"message": dumpd(answer)}]],
                "llm_output": {"token_usage": {"total_tokens": 2}},
                "type": "LLMResult",
            },
        },
        Example(id="00000000-0000-0000-0000-000000000001", inputs={"q": "?"}, outputs={"a": "!"}),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        training_jsonl(examples)


def test_a_model_does_not_learn_messages_of_weight_zero(emulator: TelnyxEmulator) -> None:
    base = "meta-llama/Meta-Llama-3.1-8B-Instruct"
    chats: list[Any] = [
        [QUESTION, {**WRONG, "weight": 0}],
        [{"role": "user", "content": "Do you have rye?"}, {"role": "assistant", "content": "No."}],
    ]
    chats[0] += [QUESTION, RIGHT]
    tuned = fine_tune(chats, model=base, bucket="training-1", **emulator.options())
    assert isinstance(tuned, ChatTelnyx)
    assert tuned.invoke("When are you open?").text == RIGHT["content"]


STRICT: list[tuple[dict[str, Any], str]] = [
    ({"messages": [QUESTION, RIGHT], "functions": []}, "unknown key 'functions'"),
    (
        {"messages": [QUESTION, {**RIGHT, "refusal": None}]},
        "message 2 has the unknown key 'refusal'",
    ),
    ({"messages": [{**QUESTION, "weight": 1}, RIGHT]}, "message 1 has a `weight` other than"),
    ({"messages": [QUESTION, {**RIGHT, "weight": 2}]}, "message 2 has a `weight` other than"),
    ({"messages": [QUESTION, {**RIGHT, "weight": 0}]}, "nothing to train on"),
]


@pytest.mark.parametrize(("chat", "reason"), STRICT)
def test_the_emulator_refuses_unknown_keys(
    emulator: TelnyxEmulator, chat: dict[str, Any], reason: str
) -> None:
    telnyx = Telnyx(**emulator.options())
    telnyx.storage.create_bucket("training-2")
    telnyx.storage.put_object("training-2", "chats.jsonl", json.dumps(chat).encode())
    with pytest.raises(BadRequestError, match=reason):
        telnyx.fine_tuning.create("meta-llama/Meta-Llama-3.1-8B-Instruct", "training-2")
