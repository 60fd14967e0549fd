"""`Transcript`: all inputs give the same turns."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.prompt_values import ChatPromptValue

from langchain_telnyx import Transcript, Turn, training_jsonl
from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import Conversation, ConversationMessage
from langchain_telnyx.webhooks import ConversationEndedEvent

CALL = Transcription.model_validate(
    {
        "text": "I want to cancel. No.",
        "duration": 200.0,
        "language": "en",
        "segments": [
            {"start": 3.2, "end": 4.0, "text": "I want to cancel.", "speakers": [1]},
            {"start": 192.1, "end": 193.0, "text": "No.", "speakers": [0]},
        ],
    }
)
TOOL_CALL = {"id": "c1", "function": {"name": "look", "arguments": '{"a": 1}'}}
NAMES: dict[Any, str] = {0: "Agent", 1: "Caller"}


def turns(given: Any) -> list[tuple[str | None, str]]:
    transcript = Transcript.of(given)
    return [(transcript.label(turn), turn.text) for turn in transcript.turns]


@pytest.mark.parametrize(
    "given",
    [
        "User: Hello.\nAssistant: Hi.",
        "User: Hello.\n\nAssistant: Hi.",
        Document("User: Hello.\nAssistant: Hi."),
        [Document("User: Hello."), Document("Assistant: Hi.")],
        [HumanMessage("Hello."), AIMessage("Hi.")],
        [("human", "Hello."), ("ai", "Hi.")],
        (("user", "Hello."), ("assistant", "Hi.")),
        [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}],
        {"messages": [{"role": "user", "content": "Hello."}, ("assistant", "Hi.")]},
        [{"type": "human", "content": "Hello."}, {"type": "ai", "data": {"content": "Hi."}}],
        [
            HumanMessage([{"type": "text", "text": "Hello."}]),
            ChatMessage(content="Hi.", role="assistant"),
        ],
        ChatPromptValue(messages=[HumanMessage("Hello."), AIMessage("Hi.")]),
        [ConversationMessage(role="user", text="Hello."), {"role": "assistant", "text": "Hi."}],
        Transcript.from_messages([("user", "Hello."), ("assistant", "Hi.")]),
        Transcript.from_messages([("user", "Hello."), ("assistant", "Hi.")]).model_dump(),
        (message for message in [HumanMessage("Hello."), AIMessage("Hi.")]),
    ],
)
def test_every_form_gives_the_same_turns(given: Any) -> None:
    assert turns(given) == [("User", "Hello."), ("Assistant", "Hi.")]


@pytest.mark.parametrize(
    "given", [CALL, CALL.model_dump(), [CALL], json.loads(CALL.model_dump_json())]
)
def test_a_transcription_has_speakers_and_times(given: Any) -> None:
    transcript = Transcript.of(given)
    assert transcript.text() == "[00:03] Speaker 1: I want to cancel.\n[03:12] Speaker 0: No."
    assert (transcript.duration, transcript.language) == (200.0, "en")
    named = transcript.named(NAMES)
    assert named.text() == "[00:03] Caller: I want to cancel.\n[03:12] Agent: No."
    assert named.text(times=False) == "Caller: I want to cancel.\nAgent: No."


def test_turns_are_cited_by_source_and_time() -> None:
    transcript = Transcript.from_transcription(CALL, source="call 7")
    assert transcript.cite(1) == "call 7, 03:12"
    assert transcript.cite(transcript.turns[0]) == "call 7, 00:03"
    assert Transcript(turns=[Turn(text="Late.", start=3792.9)]).cite(0) == "1:03:12"
    assert Transcript.from_messages([("user", "Hi.")], source="chat 1").cite(-1) == "chat 1, turn 1"
    twice = Transcript(turns=[Turn(text="Yes."), Turn(text="Yes.")])
    assert [twice.cite(turn) for turn in twice.turns] == ["turn 1", "turn 2"]
    with pytest.raises(ValueError, match="There is no turn 2: the transcript has 2"):
        transcript.cite(2)
    with pytest.raises(ValueError, match="The turn is not in this transcript"):
        transcript.cite(Turn(text="x"))


def test_documents_of_several_recordings_have_their_own_citations() -> None:
    documents = [
        Document("Hello.", metadata={"source": "a.wav", "speaker": 0, "start": 1.0, "end": 2.0}),
        Document("Bye.", metadata={"source": "a.wav", "speaker": 1, "start": 2.0, "end": 3.0}),
        Document("Hello.", metadata={"source": "b.wav", "speaker": 0, "start": 5.0, "end": 6.0}),
    ]
    transcript = Transcript.from_documents(documents)
    assert transcript.text() == (
        "# a.wav\n[00:01] Speaker 0: Hello.\n[00:02] Speaker 1: Bye.\n"
        "# b.wav\n[00:05] Speaker 0: Hello."
    )
    assert [transcript.cite(at) for at in range(3)] == [
        "a.wav, 00:01",
        "a.wav, 00:02",
        "b.wav, 00:05",
    ]
    assert Transcript.from_documents(documents[:2]).source == "a.wav"
    with pytest.raises(ValueError, match="of several recordings"):
        transcript.to_srt()


def test_documents_of_words_and_sentences_become_turns() -> None:
    def document(text: str, start: float, **metadata: Any) -> Document:
        return Document(
            text, metadata={"source": "a", "start": start, "end": start + 1, **metadata}
        )

    words = [
        document("I", 0, speaker=1),
        document("see.", 1, speaker=1),
        document("OK", 2, speaker=0),
    ]
    transcript = Transcript.from_documents(words)
    assert [(turn.text, turn.speaker, turn.end) for turn in transcript.turns] == [
        ("I see.", 1, 2),
        ("OK", 0, 3),
    ]
    assert [word.text for word in transcript.turns[0].words or ()] == ["I", "see."]
    sentences = [document("I see.", 0, speakers=[1]), document("Oh dear.", 1, speakers=[1])]
    assert [turn.text for turn in Transcript.of(sentences).turns] == ["I see. Oh dear."]
    plain = [document("One two.", 0), document("Three four.", 1)]
    assert Transcript.of(plain).text() == "[00:00] One two.\n[00:01] Three four."


def test_invalid_metadata_is_skipped_and_reported() -> None:
    document = Document(
        "Hello.",
        metadata={
            "source": "a.wav",
            "start": "1.5",
            "end": "soon",
            "speaker": [],
            "channel": "1",
            "confidence": None,
        },
    )
    failed = Document("", metadata={"source": "b.wav", "error": "HTTP 400"})
    transcript = Transcript.of([document, failed])
    [turn] = transcript.turns
    assert (turn.start, turn.end, turn.speaker, turn.channel) == (1.5, None, None, 1)
    assert transcript.defects == [
        "Document 0: `speaker` is [], which is neither a number nor a name.",
        "Document 0: `end` is 'soon', which is not a number.",
        "b.wav: HTTP 400",
    ]


def test_messages_of_a_conversation_loader_have_their_roles_and_names() -> None:
    metadata = {
        "conversation_id": "c1",
        "source": "c1",
        "name": "Voice call",
        "channel": "sms_chat",
    }
    documents = [
        Document("Hello.", metadata={**metadata, "role": "user", "position": 0}),
        Document("", metadata={**metadata, "role": "assistant", "tool_calls": [TOOL_CALL]}),
    ]
    transcript = Transcript.of(documents)
    assert transcript.text() == 'User: Hello.\nAssistant calls look({"a": 1})'
    assert transcript.cite(0) == "Voice call, turn 1"
    whole = Document("User: Hello.\n  Assistant: no\nNyx: Hi.", metadata=metadata)
    assert turns(whole) == [("User", "Hello.\nAssistant: no"), ("Nyx", "Hi.")]


def test_a_conversation_is_named_and_ordered() -> None:
    messages = [
        ConversationMessage.model_validate(
            {"role": "assistant", "text": "Hi.", "sent_at": "2026-01-02T00:00:00Z"}
        ),
        ConversationMessage.model_validate(
            {"role": "user", "text": "Hello.", "sent_at": "2026-01-01T00:00:00Z"}
        ),
    ]
    conversation = Conversation(id="c1", name="call 7")
    transcript = Transcript.from_conversation(conversation, messages, speakers={"assistant": "Nyx"})
    assert transcript.text() == "User: Hello.\nNyx: Hi."
    assert transcript.cite(1) == "call 7, turn 2"
    with pytest.raises(ValueError, match="from_conversation"):
        Transcript.of(conversation)


def test_the_event_of_a_call_that_has_ended_is_a_transcript() -> None:
    event = ConversationEndedEvent.model_validate(
        {
            "event_type": "call.conversation.ended",
            "payload": {},
            "conversation_id": "c1",
            "messages": [
                {"role": "user", "content": "Hi.\nNyx: no", "timestamp": "2026-01-01T00:00:00Z"},
                {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
                {"role": "tool", "content": "Sunny.", "tool_call_id": "c1"},
            ],
        }
    )
    transcript = Transcript.of(event)
    assert transcript.text() == (
        'User: Hi.\n  Nyx: no\nAssistant calls look({"a": 1})\nTool: Sunny.'
    )
    assert transcript.cite(2) == "c1, turn 3"
    assert transcript.turns[0].sent_at is not None
    assert Transcript.of(event.messages).turns == transcript.turns


def test_tool_calls_results_names_and_unknown_blocks() -> None:
    call = {"name": "book", "args": {"guests": 4}, "id": "1", "type": "tool_call"}
    given = [
        SystemMessage("Be kind."),
        HumanMessage([{"type": "image_url", "image_url": "x"}, "See?"], name="ann"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("Done", tool_call_id="1"),
        {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL, {"id": "c2"}]},
    ]
    transcript = Transcript.from_messages(given)
    assert transcript.text() == (
        'Instructions: Be kind.\nann: See?\nAssistant calls book({"guests": 4})\nTool: Done\n'
        'Assistant calls look({"a": 1})'
    )
    assert transcript.defects == [
        "Message 1: block 0 of type 'image_url' has no text.",
        "Message 4: tool call 1 has no name.",
    ]
    back = transcript.to_messages()
    assert [message.type for message in back] == ["system", "human", "ai", "tool", "ai"]
    answered = back[2]
    assert isinstance(answered, AIMessage)
    assert answered.tool_calls == [call]


def test_an_unknown_role_is_a_name() -> None:
    given = [("Nurse", "Next!"), ("human", "Me."), ("Doctor: x\nUser", "Hm.")]
    assert turns(given) == [("Nurse", "Next!"), ("User", "Me."), ("Doctor- x User", "Hm.")]


def test_text_that_is_not_labelled_stays_as_it_is() -> None:
    text = "Dear all,\n\nNote: we close at five.\nAnn"
    assert Transcript.of(text).text() == text
    assert [turn.speaker for turn in Transcript.of(text).turns] == [None]
    # Among others it is nobody's.
    assert Transcript.of([text, ("user", "Why?")]).text().startswith("Unknown speaker: Dear all,\n")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "A int is not a transcript"),
        (b"x", "A bytes is not a transcript"),
        ({"text": "x"}, "A dict with 'text' is not a transcript"),
        (["a", 5], "Item 1: A int is not"),
        ([("user", "a"), {}], "Item 1: A dict with nothing is not"),
        ({"segments": 4, "text": []}, "cannot be read: text"),
    ],
)
def test_unsupported_inputs_raise_with_their_position(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Transcript.of(given)


def test_channels_and_speakers_are_named() -> None:
    given = [
        Turn(text="a", channel=0, speaker=0),
        Turn(text="b", channel=1, speaker=0),
        Turn(text="c", channel=1),
        Turn(text="d", speaker=2),
        Turn(text="e", speakers=[0, 2]),
        Turn(text="f"),
    ]
    transcript = Transcript(turns=given)
    labels = [transcript.label(turn) for turn in given]
    assert labels == [
        "Channel 0 speaker 0",
        "Channel 1 speaker 0",
        "Channel 1",
        "Speaker 2",
        "Speaker 0 and Speaker 2",
        None,
    ]
    named = transcript.named({0: "Agent", "channel-1": "Caller", "Speaker 2": "Boss"})
    assert [named.label(turn) for turn in given] == [
        "Agent",
        "Caller",
        "Caller",
        "Boss",
        "Agent and Boss",
        None,
    ]
    both = transcript.named({(1, 0): "Ann", "channel-1": "Caller"})
    assert [both.label(turn) for turn in given[1:3]] == ["Ann", "Caller"]
    for odd in ({1.5: "x"}, {"": "x"}, {0: ""}, {0: None}, {True: "x"}):
        with pytest.raises(ValueError, match="speaker"):
            transcript.named(odd)  # type: ignore[arg-type]  # wrong on purpose


def test_transcripts_of_several_calls_have_their_own_names() -> None:
    first = Transcript.from_transcription(CALL, source="call 7", speakers=NAMES)
    second = Transcript.from_transcription(CALL, source="call 8", speakers={0: "Ann"})
    both = Transcript.of([first, second])
    assert both.text().splitlines() == [
        "# call 7",
        "[00:03] Caller: I want to cancel.",
        "[03:12] Agent: No.",
        "# call 8",
        "[00:03] Speaker 1: I want to cancel.",
        "[03:12] Ann: No.",
    ]
    assert both.cite(3) == "call 8, 03:12"


def test_a_recording_becomes_messages_and_a_training_example() -> None:
    transcript = Transcript.from_transcription(CALL, speakers=NAMES)
    for assistant in (0, "Agent", "speaker-0"):
        found = transcript.to_messages(assistant=assistant)
        assert [(message.type, message.text, message.name) for message in found] == [
            ("human", "I want to cancel.", "Caller"),
            ("ai", "No.", "Agent"),
        ]
    [line] = training_jsonl([found]).decode().splitlines()
    assert [message["role"] for message in json.loads(line)["messages"]] == ["user", "assistant"]
    with pytest.raises(ValueError, match=r"no speaker 'Boss' .* \['Agent', 'Caller'\]"):
        transcript.to_messages(assistant="Boss")


def test_subtitles_name_speakers_and_place_turns_without_times() -> None:
    given = [
        Turn(text="Hello.", speaker=0, start=-1.0, end=1.0),
        Turn(text="Hm.", speaker="A<b>\nc", start=None),
        Turn(text="Bye.", speaker=0, start=3.0, end=2.0),
    ]
    transcript = Transcript(turns=given, speakers=NAMES, duration=4.0)
    assert transcript.to_vtt() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Agent>Hello.</v>\n\n"
        "00:00:01.000 --> 00:00:03.000\n<v A&lt;b&gt; c>Hm.</v>\n\n"
        "00:00:03.000 --> 00:00:04.000\n<v Agent>Bye.</v>\n"
    )
    assert transcript.to_srt().startswith("1\n00:00:00,000 --> 00:00:01,000\nAgent:\nHello.\n")


def test_a_transcript_is_serialised_pickled_and_frozen() -> None:
    transcript = Transcript.from_transcription(CALL, source="call 7", speakers=NAMES)
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
    assert pickle.loads(pickle.dumps(transcript)) == transcript  # noqa: S301 - made above
    assert str(transcript) == transcript.text()
    with pytest.raises(ValueError, match="frozen"):
        transcript.source = "x"
    with pytest.raises(ValueError, match="colour"):
        Turn(text="x", colour="red")  # type: ignore[call-arg]  # wrong on purpose
