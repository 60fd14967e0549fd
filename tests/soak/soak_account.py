"""Shared data of a soak's callers: an account, expected results, and models of stored values."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from langchain_core.documents import Document
from langchain_core.tools import tool

from langchain_telnyx import ChatTelnyx, Telnyx, TelnyxEmbeddings, TelnyxVectorStore

MODEL = "moonshotai/Kimi-K2.6"
TUNED = "meta-llama/Meta-Llama-3.1-8B-Instruct"
SPEECH = "openai/whisper-large-v3-turbo"
BUCKET, SEARCHED, TRAINING = "soak-objects", "soak-searched", "soak-training"
PROMPTS = [
    *(f"Which is the moon number {n} of the planet {n % 8}?" for n in range(20)),
    *(f"Write about harbours, ships and lights, part {n}. " * 6 for n in range(20)),
]
TEXTS = [f"The lighthouse keeper {n} counts {n * 7} ships." for n in range(24)]
CHAT_LINE = (
    b'{"messages": [{"role": "user", "content": "Open?"}, '
    b'{"role": "assistant", "content": "Yes."}]}\n'
)


@tool
def multiply(first: int, second: int) -> int:
    """Multiply two numbers."""
    return first * second


@dataclass(frozen=True)
class Outcome:
    """The outcome of an action: a value or an error."""

    value: Any = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass
class SharedData:
    """Read-only data of all callers, with the expected results.

    The expected results are those of the server without the proxy.
    """

    chats: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Any] = field(default_factory=dict)
    vectors: dict[str, list[float]] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    recording: bytes = b""
    spoken_text: str = ""
    namespace: str = ""

    @classmethod
    def of(cls, direct: Telnyx, recording: bytes) -> SharedData:
        """Fill the account, and fetch the expected results."""
        shared = cls(recording=recording)
        model, embeddings = ChatTelnyx(model=MODEL, client=direct), TelnyxEmbeddings(client=direct)
        tools = model.bind_tools([multiply], tool_choice="multiply")
        for prompt in PROMPTS:
            shared.chats[prompt] = str(model.invoke(prompt).content)
        for prompt in PROMPTS[:8]:
            shared.calls[prompt] = called(tools.invoke(prompt))
        shared.vectors = dict(zip(TEXTS, embeddings.embed_documents(TEXTS), strict=True))
        _make(direct, BUCKET, SEARCHED, TRAINING)
        direct.storage.put_object(TRAINING, "chats.jsonl", CHAT_LINE * 10)
        chance = random.Random(0)
        for number, size in enumerate([1, 10, 1000, 20_000, 200_000] * 4):
            shared.objects[f"fixed/{number}"] = chance.randbytes(size)
        for key, body in shared.objects.items():
            direct.storage.put_object(BUCKET, key, body)
        store = TelnyxVectorStore(SEARCHED, client=direct)
        store.add_documents([Document(text, id=str(n)) for n, text in enumerate(TEXTS)])
        for text in TEXTS:
            shared.found[text] = [hit.page_content for hit in store.similarity_search(text, k=2)]
        shared.spoken_text = direct.audio.transcribe(("call.wav", recording), model=SPEECH).text
        namespace = direct.kvs.create("soak-values")
        shared.namespace = direct.kvs.wait(namespace.id).id
        return shared


def _make(direct: Telnyx, *buckets: str) -> None:
    for bucket in buckets:
        direct.storage.create_bucket(bucket)


def called(message: Any) -> Any:
    return [(call["name"], call["args"]) for call in message.tool_calls]


class PossibleValues:
    """The possible values of a key: the last acknowledged one, and later unacknowledged ones."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = [None]

    def record_write(self, value: bytes | None, outcome: Outcome) -> None:
        self.values = [value] if outcome.ok else [*self.values, value]

    def allows(self, value: bytes | None) -> bool:
        """Return whether a read value is possible; if so, it becomes the only possible one."""
        possible = value in self.values
        self.values = [value] if possible else self.values
        return possible


@dataclass
class Conversation:
    """A conversation with its messages."""

    id: str
    acknowledged: list[str] = field(default_factory=list)
    unacknowledged: set[str] = field(default_factory=set)
