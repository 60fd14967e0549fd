"""What the callers of a soak share: an account with the right answers, and models of its places."""

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
    """How an action ended: with a value, or with an error."""

    value: Any = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass
class World:
    """What every caller asks for and none changes, with the right answers.

    They are the answers that the server gives without the proxy.
    """

    chats: dict[str, str] = field(default_factory=dict)
    calls: dict[str, Any] = field(default_factory=dict)
    vectors: dict[str, list[float]] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    recording: bytes = b""
    said: str = ""
    namespace: str = ""

    @classmethod
    def of(cls, direct: Telnyx, recording: bytes) -> World:
        """Fill the account, and ask for the right answers."""
        world = cls(recording=recording)
        model, embeddings = ChatTelnyx(model=MODEL, client=direct), TelnyxEmbeddings(client=direct)
        tools = model.bind_tools([multiply], tool_choice="multiply")
        for prompt in PROMPTS:
            world.chats[prompt] = str(model.invoke(prompt).content)
        for prompt in PROMPTS[:8]:
            world.calls[prompt] = called(tools.invoke(prompt))
        world.vectors = dict(zip(TEXTS, embeddings.embed_documents(TEXTS), strict=True))
        _make(direct, BUCKET, SEARCHED, TRAINING)
        direct.storage.put_object(TRAINING, "chats.jsonl", CHAT_LINE * 10)
        chance = random.Random(0)
        for number, size in enumerate([1, 10, 1000, 20_000, 200_000] * 4):
            world.objects[f"fixed/{number}"] = chance.randbytes(size)
        for key, body in world.objects.items():
            direct.storage.put_object(BUCKET, key, body)
        store = TelnyxVectorStore(SEARCHED, client=direct)
        store.add_documents([Document(text, id=str(n)) for n, text in enumerate(TEXTS)])
        for text in TEXTS:
            world.found[text] = [hit.page_content for hit in store.similarity_search(text, k=2)]
        world.said = direct.audio.transcribe(("call.wav", recording), model=SPEECH).text
        namespace = direct.kvs.create("soak-values")
        world.namespace = direct.kvs.wait(namespace.id).id
        return world


def _make(direct: Telnyx, *buckets: str) -> None:
    for bucket in buckets:
        direct.storage.create_bucket(bucket)


def called(message: Any) -> Any:
    return [(call["name"], call["args"]) for call in message.tool_calls]


class Possible:
    """The values that a place may hold: the last acknowledged one, and later ones in doubt."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = [None]

    def writes(self, value: bytes | None, outcome: Outcome) -> None:
        self.values = [value] if outcome.ok else [*self.values, value]

    def saw(self, value: bytes | None) -> bool:
        """Whether it may hold that; whoever acts one by one then knows what it holds."""
        may = value in self.values
        self.values = [value] if may else self.values
        return may


@dataclass
class Talk:
    """A conversation, with what was said in it."""

    id: str
    acknowledged: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
