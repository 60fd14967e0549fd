"""The calls of a soak, each with the answer that it must have.

A `Caller` makes one call after the other. It holds a model of what is its own (objects, values,
conversations, jobs) and judges every answer by it. After the last call `settle` looks into the
server, past the proxy: whether all that was acknowledged is there, and nothing twice.

The calls are written once, as generators of actions; `soak_runners` runs them on either face.
"""

from __future__ import annotations

import functools
import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from langchain_core.documents import Document
from soak_account import (
    BUCKET,
    MODEL,
    PROMPTS,
    SEARCHED,
    SPEECH,
    TEXTS,
    TRAINING,
    TUNED,
    Outcome,
    Possible,
    Talk,
    World,
    called,
    multiply,
)

from langchain_telnyx import (
    ChatTelnyx,
    ConflictError,
    NotFoundError,
    PartialError,
    StreamError,
    Telnyx,
    TelnyxEmbeddings,
    TelnyxVectorStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from soak_counts import Tally

Action: TypeAlias = "Callable[[Any], Any]"
Steps: TypeAlias = "Generator[Action, Outcome, None]"


class Caller:
    """Makes calls one after the other, and judges each.

    Args:
        name: Tells its things from those of other callers.
        seed: Decides on the calls.
        world: What is there for all.
        client: The client, which goes through the proxy.
        tally: Where verdicts go.
    """

    def __init__(self, name: str, seed: object, world: World, client: Telnyx, tally: Tally) -> None:
        self.name = name
        self.chance = random.Random(f"{seed} {name}")
        self.world = world
        self.tally = tally
        self.number = 0
        self.kind = ""
        self.model = ChatTelnyx(model=MODEL, client=client)
        self.tools = self.model.bind_tools([multiply], tool_choice="multiply")
        self.embeddings = TelnyxEmbeddings(client=client)
        self.searched = TelnyxVectorStore(SEARCHED, client=client)
        self.store = TelnyxVectorStore(f"soak-{name}", client=client)
        self.objects: dict[str, Possible] = {}
        self.values: dict[str, Possible] = {}
        self.documents: dict[str, str] = {}
        self.talks: list[Talk] = []
        # Names of what may be created once only, and whether that was acknowledged.
        self.created: dict[str, dict[str, bool]] = {"job": {}, "namespace": {}, "conversation": {}}

    # Which calls there are, and how many of a hundred.
    SHARES: ClassVar[dict[str, int]] = {
        "chat": 16, "stream": 14, "call_tool": 6, "embed": 6, "search": 9, "add": 3, "upload": 10,
        "download": 12, "delete": 2, "list_keys": 2, "transcribe": 5,
        "put_value": 4, "get_value": 4,
        "create_namespace": 1, "converse": 1, "say": 4, "transcript": 3, "tune": 2, "jobs": 1,
    }  # fmt: skip

    def next(self) -> Steps:
        """Return the next call."""
        self.number += 1
        [self.kind] = self.chance.choices([*self.SHARES], [*self.SHARES.values()])
        steps: Steps = getattr(self, self.kind)()
        return steps

    @property
    def where(self) -> str:
        return f"{self.name}#{self.number}"

    def expect(self, outcome: Outcome, right: Any, answer: Any = None) -> None:
        """Give a verdict where an answer came that is not the right one."""
        answer = outcome.value if answer is None else answer
        if outcome.ok and answer != right:
            self.give("wrong", f"{answer!r:.200} instead of {right!r:.200}")

    def give(self, verdict: str, why: str) -> None:
        self.tally.give(verdict, self.kind, self.where, why)

    def chat(self) -> Steps:
        prompt = self.chance.choice(PROMPTS)
        outcome = yield lambda face: face.adapter(self.model, "invoke", prompt)
        self.expect(outcome, self.world.chats[prompt], getattr(outcome.value, "content", None))

    def stream(self) -> Steps:
        prompt = self.chance.choice(PROMPTS)
        outcome = yield lambda face: face.stream(self.model, prompt)
        self.expect(outcome, self.world.chats[prompt])
        if isinstance(outcome.error, StreamError) and outcome.error.partial is not None:
            part = str(outcome.error.partial.content)
            if not self.world.chats[prompt].startswith(part):
                self.give("wrong", f"the partial answer {part!r}")

    def call_tool(self) -> Steps:
        prompt = self.chance.choice(PROMPTS[:8])
        outcome = yield lambda face: face.adapter(self.tools, "invoke", prompt)
        if outcome.ok:
            self.expect(outcome, self.world.calls[prompt], called(outcome.value))

    def embed(self) -> Steps:
        texts = self.chance.sample(TEXTS, 3)
        outcome = yield lambda face: face.adapter(self.embeddings, "embed_documents", texts)
        self.expect(outcome, [self.world.vectors[text] for text in texts])

    def search(self) -> Steps:
        text = self.chance.choice(TEXTS)
        outcome = yield lambda face: face.adapter(self.searched, "similarity_search", text, k=2)
        if outcome.ok:
            hits = [hit.page_content for hit in outcome.value]
            self.expect(outcome, self.world.found[text], hits)

    def add(self) -> Steps:
        id_ = f"{self.number}"
        document = Document(f"Document {id_} of {self.name} tells of the sea.", id=id_)
        outcome = yield lambda face: face.adapter(self.store, "add_documents", [document])
        self.expect(outcome, [id_])
        if outcome.ok or (isinstance(outcome.error, PartialError) and id_ in outcome.error.done):
            self.documents[id_] = document.page_content

    def upload(self) -> Steps:
        # Keys are few, so that many are written again.
        key = f"{self.name}/{self.chance.randrange(8)}"
        body = self.chance.randbytes(self.chance.choice([0, 10, 3_000, 100_000]))
        outcome = yield lambda face: face.api.storage.put_object(BUCKET, key, body)
        self.objects.setdefault(key, Possible()).writes(body, outcome)

    def download(self) -> Steps:
        key = self.chance.choice([*self.objects, *self.world.objects])
        if self.chance.random() < 0.3:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "object")
                outcome = yield lambda face: face.api.storage.download(BUCKET, key, file)
                if outcome.ok:
                    outcome = Outcome(file.read_bytes())
                left = [entry.name for entry in Path(folder).iterdir() if entry != file]
                if left:
                    self.give("leaked", f"the files {left}")
        else:
            outcome = yield lambda face: face.api.storage.get_object(BUCKET, key)
        if key in self.world.objects:
            self.expect(outcome, self.world.objects[key])
            self._exists(outcome)
        else:
            self._sees(self.objects[key], outcome)

    def delete(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        outcome = yield lambda face: face.api.storage.delete_object(BUCKET, key)
        self.objects.setdefault(key, Possible()).writes(None, outcome)

    def list_keys(self) -> Steps:
        outcome = yield lambda face: face.listed(
            lambda api: api.storage.list_objects(BUCKET, prefix=f"{self.name}/")
        )
        if outcome.ok:
            there = {found.key for found in outcome.value}
            must = {key for key, held in self.objects.items() if None not in held.values}
            may = {key for key, held in self.objects.items() if held.values != [None]}
            if not must <= there <= may:
                self.give("wrong", f"{sorted(there)}, not {sorted(must)} to {sorted(may)}")

    def transcribe(self) -> Steps:
        file = ("call.wav", self.world.recording)
        outcome = yield lambda face: face.api.audio.transcribe(file, model=SPEECH, timeout=2)
        self.expect(outcome, self.world.said, getattr(outcome.value, "text", None))

    def put_value(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        value = self.chance.randbytes(self.chance.choice([1, 100, 5_000]))
        outcome = yield lambda face: face.api.kvs.put_key(self.world.namespace, key, value)
        self.values.setdefault(key, Possible()).writes(value, outcome)

    def get_value(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        outcome = yield lambda face: face.api.kvs.get_key(self.world.namespace, key)
        self._sees(self.values.setdefault(key, Possible()), outcome)

    def create_namespace(self) -> Steps:
        name = f"soak-{self.name}-{self.number}"
        yield from self._create("namespace", name, lambda face: face.api.kvs.create(name))

    def converse(self) -> Steps:
        name = f"{self.name}-{self.number}"
        made = yield from self._create(
            "conversation", name, lambda face: face.api.conversations.create(name=name)
        )
        if made is not None:
            self.talks.append(Talk(made.id))

    def say(self) -> Steps:
        if not self.talks:
            return (yield from self.converse())
        talk = self.chance.choice(self.talks)
        text = f"Message {self.number} of {self.name}"
        for _ in range(3):
            outcome = yield lambda face: face.api.conversations.add_message(talk.id, "user", text)
            if outcome.ok:
                talk.acknowledged.append(text)
                return None
            talk.doubtful.add(text)
            self._exists(outcome)
            if getattr(outcome.error, "maybe_done", False):
                return None
        return None

    def transcript(self) -> Steps:
        if not self.talks:
            return
        talk = self.chance.choice(self.talks)
        outcome = yield lambda face: face.api.conversations.transcript(talk.id)
        self._exists(outcome)
        if outcome.ok:
            self.hears(talk, [message.text for message in outcome.value])

    def tune(self) -> Steps:
        suffix = f"{self.name}-{self.number}"
        yield from self._create(
            "job", suffix, lambda face: face.api.fine_tuning.create(TUNED, TRAINING, suffix=suffix)
        )

    def jobs(self) -> Steps:
        outcome = yield lambda face: face.api.fine_tuning.list()
        if outcome.ok:
            there = {suffix_of(job) for job in outcome.value}
            lost = {name for name, acknowledged in self.created["job"].items() if acknowledged}
            if lost - there:
                self.give("wrong", f"the jobs {sorted(lost - there)} are not listed")

    def hears(self, talk: Talk, said: list[str | None]) -> None:
        """Judge what a conversation holds: what was acknowledged in its order, nothing twice."""
        twice = [text for text, times in Counter(said).items() if times > 1]
        if twice:
            self.give("doubled", f"said {twice[:3]} twice")
        if missing := [text for text in talk.acknowledged if text not in said]:
            self.give("lost", f"the messages {missing[:3]} of {len(talk.acknowledged)}")
        if strange := [t for t in said if t not in talk.acknowledged and t not in talk.doubtful]:
            self.give("wrong", f"the messages {strange[:3]}")
        if [t for t in said if t in talk.acknowledged] != talk.acknowledged and not missing:
            self.give("wrong", "the messages are in another order")

    def _create(self, kind: str, name: str, action: Action) -> Generator[Action, Outcome, Any]:
        """Create something as a careful user does: again, unless the error says `maybe_done`."""
        self.created[kind][name] = False
        for _ in range(3):
            outcome = yield action
            if outcome.ok:
                self.created[kind][name] = True
                return outcome.value
            if isinstance(outcome.error, ConflictError):
                self.give("doubled", f"{kind} {name}: {outcome.error!r:.200}")
            if getattr(outcome.error, "maybe_done", False):
                return None
        return None

    def _exists(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, NotFoundError):
            self.give("wrong", f"not found: {outcome.error!r:.200}")

    def _sees(self, place: Possible, outcome: Outcome) -> None:
        missing = isinstance(outcome.error, NotFoundError)
        if (outcome.ok or missing) and not place.saw(None if missing else outcome.value):
            self.give("wrong", f"{outcome.value!r:.80} ({outcome.error!r:.100}), not what it holds")


def suffix_of(job: Any) -> str:
    """Return the suffix that a job's model has."""
    return re.sub(r"^.*?-[0-9a-f]{8}-", "", str(job.id))


def settle(callers: list[Caller], direct: Telnyx) -> None:
    """Look into the server: is all there that was acknowledged, and nothing twice?"""
    jobs = Counter(suffix_of(job) for job in direct.fine_tuning.list())
    namespaces = Counter(found.name for found in direct.kvs.list())
    conversations = Counter(found.name for found in direct.conversations.iterate())
    for caller in callers:
        caller.kind = "settle"
        for kind, names in caller.created.items():
            for name, acknowledged in names.items():
                times = {
                    "job": jobs[name],
                    "namespace": namespaces[name],
                    "conversation": conversations[name],
                }[kind]
                if times > 1:
                    caller.give("doubled", f"{kind} {name} is there {times} times")
                if acknowledged and not times:
                    caller.give("lost", f"{kind} {name}")
        for key, held in caller.objects.items():
            _holds(caller, key, held, functools.partial(direct.storage.get_object, BUCKET))
        values = functools.partial(direct.kvs.get_key, caller.world.namespace)
        for key, held in caller.values.items():
            _holds(caller, key, held, values)
        for talk in caller.talks:
            caller.hears(talk, [said.text for said in direct.conversations.transcript(talk.id)])
        _documents(caller, direct)


def _holds(caller: Caller, key: str, held: Possible, read: Callable[[str], bytes]) -> None:
    try:
        value: bytes | None = read(key)
    except NotFoundError:
        value = None
    if not held.saw(value):
        caller.give("lost", f"{key} holds {value!r:.80}, not {held.values!r:.200}")


def _documents(caller: Caller, direct: Telnyx) -> None:
    if caller.documents:
        store = TelnyxVectorStore(f"soak-{caller.name}", client=direct)
        there = {found.id: found.page_content for found in store.get_by_ids([*caller.documents])}
        if there != caller.documents:
            caller.give("lost", f"documents {caller.documents.keys() - there.keys()}")
