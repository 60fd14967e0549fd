"""Examples of chat, responses, embeddings, transcription and fine-tuning."""

from __future__ import annotations

import io
import json
import wave
from typing import TYPE_CHECKING, Any

import prerequisites
from examples import Arguments, Example, after_creating, arguments, with_created

from langchain_telnyx.emulator.runtime.pace import after_polls

if TYPE_CHECKING:
    from examples import SetUp
    from prerequisites import Account

_MODEL = "moonshotai/Kimi-K2.6"
_QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
_FLAT_TOOL = {"type": "function", "strict": False, **_TOOL["function"]}
_ITEMS = [
    {"role": "user", "content": "What is the weather in Paris?"},
    {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "It rains."},
]
_ANSWER = {
    "name": "answer",
    "schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
_CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is the weather in Paris?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "It rains."},
]
_PICTURE = [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
]
_SAMPLING: dict[str, Any] = {
    "temperature": 0.2,
    "top_p": 0.9,
    "min_p": 0.05,
    "max_tokens": 50,
    "n": 1,
    "stop": ["END"],
    "seed": 7,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.1,
    "logprobs": True,
    "top_logprobs": 2,
}


def fine_tuning_job(account: Account) -> str:
    """A completed fine-tuning job."""
    tuning = account.telnyx.fine_tuning
    model, file = training(account)
    job = tuning.create(model, file).id
    tuning.wait(job)
    return job


def running_job(account: Account) -> str:
    """A fine-tuning job that advances with each poll."""
    model, file = training(account)
    account.emulator.account.jobs.pace = after_polls(3)
    return account.telnyx.fine_tuning.create(model, file).id


def training(account: Account) -> tuple[str, str]:
    """A model that can be fine-tuned, and an object with examples."""
    lines = "".join(
        json.dumps({"messages": [*_QUESTION, {"role": "assistant", "content": answer}]}) + "\n"
        for answer in ("Paris.", "It is Paris.", "Paris, on the Seine.")
    )
    prerequisites.bucket_of(account, "training-bucket", {"train.jsonl": lines})
    model = next(model for model in account.telnyx.models.list() if model.is_fine_tunable)
    return model.id, "training-bucket/train.jsonl"


def recording(account: Account) -> bytes:
    """A recording that the emulator has a transcript of."""
    account.emulator.transcript(RECORDING, [{"text": "Hello there.", "speaker": 0}])
    return RECORDING


def _silence() -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(8000))
    return written.getvalue()


def in_conversation(account: Account) -> Arguments:
    """A question in an existing conversation."""
    made = account.telnyx.conversations.create(name="Chat")
    return Arguments(("And of Italy?",), {"model": _MODEL, "conversation": str(made.id)})


def _chats(operation: str, method: str) -> tuple[Example, ...]:
    def example(case: str, set_up: SetUp) -> Example:
        return Example(operation, method, set_up, case)

    return (
        example("", arguments(_QUESTION, model=_MODEL)),
        example("with sampling", arguments(_QUESTION, model=_MODEL, **_SAMPLING)),
        example(
            "with tools", arguments(_CONVERSATION, model=_MODEL, tools=[_TOOL], tool_choice="auto")
        ),
        example("with a picture", arguments([{"role": "user", "content": _PICTURE}], model=_MODEL)),
        example(
            "with a JSON schema",
            arguments(
                _QUESTION,
                model=_MODEL,
                response_format={"type": "json_schema", "json_schema": _ANSWER},
            ),
        ),
        example("guided", arguments(_QUESTION, model=_MODEL, guided_choice=["Paris", "Rome"])),
        example(
            "over buckets",
            after_creating(
                prerequisites.embedded_bucket,
                [{"role": "user", "content": "Where did the cat sit?"}],
                model=_MODEL,
                tools=[{"type": "retrieval", "retrieval": {"bucket_ids": ["docs-bucket"]}}],
            ),
        ),
    )


def _transcription(**named: Any) -> SetUp:
    def set_up(account: Account) -> Arguments:
        return Arguments((recording(account),), {"filename": "call.wav", **named})

    return set_up


RECORDING = _silence()

EXAMPLES = (
    *_chats("create_openai_chat_completion", "chat.create"),
    Example(
        "create_openai_chat_completion",
        "chat.stream",
        arguments(_QUESTION, model=_MODEL),
        "streamed",
    ),
    *_chats("chat_public_chat_completions_post", "chat.create_deprecated"),
    Example(
        "chat_public_chat_completions_post",
        "chat.stream_deprecated",
        arguments(_QUESTION, model=_MODEL),
        "streamed",
    ),
    Example("list_openai_models", "models.list", arguments()),
    Example("get_models_public_models_get", "models.list_deprecated", arguments()),
    Example(
        "create_openai_embeddings",
        "text_embeddings.create",
        arguments(["The quick brown fox", "A lazy dog"], model="thenlper/gte-large"),
    ),
    Example(
        "create_openai_embeddings",
        "text_embeddings.create",
        arguments("The quick brown fox", model="thenlper/gte-large", encoding_format="base64"),
        "as base64",
    ),
    Example("list_openai_embedding_models", "text_embeddings.models", arguments()),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.create",
        arguments("What is the capital of France?", model=_MODEL, instructions="Be brief."),
    ),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.create",
        in_conversation,
        "in a conversation",
    ),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.stream",
        arguments("What is the capital of France?", model=_MODEL),
        "streamed",
    ),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.create",
        arguments(_ITEMS, model=_MODEL, tools=[_FLAT_TOOL], tool_choice="auto"),
        "with tools",
    ),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.stream",
        arguments("What is the weather in Oslo?", model=_MODEL, tools=[_FLAT_TOOL]),
        "with tools, streamed",
    ),
    Example(
        "chat_public_openai_responses_completions_post",
        "responses.stream",
        in_conversation,
        "in a conversation, streamed",
    ),
    Example(
        "audio_public_audio_transcriptions_post",
        "audio.transcribe",
        _transcription(model="openai/whisper-large-v3-turbo"),
    ),
    Example(
        "audio_public_audio_transcriptions_post",
        "audio.transcribe",
        _transcription(
            model="deepgram/nova-3",
            language="en",
            response_format="verbose_json",
            timestamp_granularities=["segment"],
            model_config={"punctuate": True, "diarize": True},
        ),
        "in full",
    ),
    Example(
        "create_new_finetuningjob_public_finetuning_post",
        "fine_tuning.create",
        with_created(training, suffix="mine", n_epochs=2),
    ),
    Example(
        "get_finetuningjob_public_finetuning_get",
        "fine_tuning.list",
        after_creating(fine_tuning_job),
    ),
    Example(
        "get_finetuningjob_public_finetuning__job_id__get",
        "fine_tuning.get",
        with_created(fine_tuning_job),
    ),
    Example(
        "cancel_new_finetuningjob_public_finetuning_post",
        "fine_tuning.cancel",
        with_created(running_job),
    ),
)
