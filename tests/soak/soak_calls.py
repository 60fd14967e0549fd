"""The calls of a soak, with checks of their results.

A `Caller` makes one call after the other. It has a model of its own data (objects, values,
conversations, jobs) and checks every result by it. After the last call `check_server` reads the
server without the proxy, and checks that all acknowledged data exists, and exists once.

The calls are generators of actions; `soak_runners` runs them in sync or async mode.
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
    Conversation,
    Outcome,
    PossibleValues,
    SharedData,
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

    from soak_tally import Tally

Action: TypeAlias = "Callable[[Any], Any]"
Steps: TypeAlias = "Generator[Action, Outcome, None]"


class Caller:
    """Makes calls one after the other, and checks each result.

    Args:
        name: The prefix of its keys and names.
        seed: Determines the calls.
        shared: Read-only data of all callers.
        client: A client that uses the proxy.
        tally: Collects the violations.
    """

    def __init__(
        self, name: str, seed: object, shared: SharedData, client: Telnyx, tally: Tally
    ) -> None:
        self.name = name
        self.chance = random.Random(f"{seed} {name}")
        self.shared = shared
        self.tally = tally
        self.number = 0
        self.kind = ""
        self.model = ChatTelnyx(model=MODEL, client=client)
        self.tools = self.model.bind_tools([multiply], tool_choice="multiply")
        self.embeddings = TelnyxEmbeddings(client=client)
        self.searched = TelnyxVectorStore(SEARCHED, client=client)
        self.store = TelnyxVectorStore(f"soak-{name}", client=client)
        self.objects: dict[str, PossibleValues] = {}
        self.values: dict[str, PossibleValues] = {}
        self.documents: dict[str, str] = {}
        self.conversations: list[Conversation] = []
        # Names of resources that must be created once, and whether the creation was acknowledged.
        self.created: dict[str, dict[str, bool]] = {"job": {}, "namespace": {}, "conversation": {}}

    # The kinds of calls, in percent.
    SHARES: ClassVar[dict[str, int]] = {
        "chat": 16, "stream": 14, "call_tool": 6, "embed": 6, "search": 9, "add": 3, "upload": 10,
        "download": 12, "delete": 2, "list_keys": 2, "transcribe": 5,
        "put_value": 4, "get_value": 4,
        "create_namespace": 1, "create_conversation": 1, "add_message": 4, "transcript": 3,
        "tune": 2, "jobs": 1,
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

    def expect(self, outcome: Outcome, expected: Any, actual: Any = None) -> None:
        """Report a result that differs from the expected one."""
        actual = outcome.value if actual is None else actual
        if outcome.ok and actual != expected:
            self.report("wrong", f"{actual!r:.200} instead of {expected!r:.200}")

    def report(self, verdict: str, why: str) -> None:
        self.tally.report(verdict, self.kind, self.where, why)

    def chat(self) -> Steps:
        prompt = self.chance.choice(PROMPTS)
        outcome = yield lambda mode: mode.adapter(self.model, "invoke", prompt)
        self.expect(outcome, self.shared.chats[prompt], getattr(outcome.value, "content", None))

    def stream(self) -> Steps:
        prompt = self.chance.choice(PROMPTS)
        outcome = yield lambda mode: mode.stream(self.model, prompt)
        self.expect(outcome, self.shared.chats[prompt])
        if isinstance(outcome.error, StreamError) and outcome.error.partial is not None:
            part = str(outcome.error.partial.content)
            if not self.shared.chats[prompt].startswith(part):
                self.report("wrong", f"the partial answer {part!r}")

    def call_tool(self) -> Steps:
        prompt = self.chance.choice(PROMPTS[:8])
        outcome = yield lambda mode: mode.adapter(self.tools, "invoke", prompt)
        if outcome.ok:
            self.expect(outcome, self.shared.calls[prompt], called(outcome.value))

    def embed(self) -> Steps:
        texts = self.chance.sample(TEXTS, 3)
        outcome = yield lambda mode: mode.adapter(self.embeddings, "embed_documents", texts)
        self.expect(outcome, [self.shared.vectors[text] for text in texts])

    def search(self) -> Steps:
        text = self.chance.choice(TEXTS)
        outcome = yield lambda mode: mode.adapter(self.searched, "similarity_search", text, k=2)
        if outcome.ok:
            hits = [hit.page_content for hit in outcome.value]
            self.expect(outcome, self.shared.found[text], hits)

    def add(self) -> Steps:
        id_ = f"{self.number}"
        document = Document(f"Document {id_} of {self.name} is about the sea.", id=id_)
        outcome = yield lambda mode: mode.adapter(self.store, "add_documents", [document])
        self.expect(outcome, [id_])
        if outcome.ok or (isinstance(outcome.error, PartialError) and id_ in outcome.error.done):
            self.documents[id_] = document.page_content

    def upload(self) -> Steps:
        # Few keys, so that many are overwritten.
        key = f"{self.name}/{self.chance.randrange(8)}"
        body = self.chance.randbytes(self.chance.choice([0, 10, 3_000, 100_000]))
        outcome = yield lambda mode: mode.api.storage.put_object(BUCKET, key, body)
        self.objects.setdefault(key, PossibleValues()).record_write(body, outcome)

    def download(self) -> Steps:
        key = self.chance.choice([*self.objects, *self.shared.objects])
        if self.chance.random() < 0.3:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "object")
                outcome = yield lambda mode: mode.api.storage.download(BUCKET, key, file)
                if outcome.ok:
                    outcome = Outcome(file.read_bytes())
                left = [entry.name for entry in Path(folder).iterdir() if entry != file]
                if left:
                    self.report("leaked", f"the files {left}")
        else:
            outcome = yield lambda mode: mode.api.storage.get_object(BUCKET, key)
        if key in self.shared.objects:
            self.expect(outcome, self.shared.objects[key])
            self._exists(outcome)
        else:
            self._check_read(self.objects[key], outcome)

    def delete(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        outcome = yield lambda mode: mode.api.storage.delete_object(BUCKET, key)
        self.objects.setdefault(key, PossibleValues()).record_write(None, outcome)

    def list_keys(self) -> Steps:
        outcome = yield lambda mode: mode.listed(
            lambda api: api.storage.list_objects(BUCKET, prefix=f"{self.name}/")
        )
        if outcome.ok:
            there = {found.key for found in outcome.value}
            must = {key for key, held in self.objects.items() if None not in held.values}
            may = {key for key, held in self.objects.items() if held.values != [None]}
            if not must <= there <= may:
                self.report("wrong", f"{sorted(there)}, not {sorted(must)} to {sorted(may)}")

    def transcribe(self) -> Steps:
        file = ("call.wav", self.shared.recording)
        outcome = yield lambda mode: mode.api.audio.transcribe(file, model=SPEECH, timeout=2)
        self.expect(outcome, self.shared.spoken_text, getattr(outcome.value, "text", None))

    def put_value(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        value = self.chance.randbytes(self.chance.choice([1, 100, 5_000]))
        outcome = yield lambda mode: mode.api.kvs.put_key(self.shared.namespace, key, value)
        self.values.setdefault(key, PossibleValues()).record_write(value, outcome)

    def get_value(self) -> Steps:
        key = f"{self.name}/{self.chance.randrange(8)}"
        outcome = yield lambda mode: mode.api.kvs.get_key(self.shared.namespace, key)
        self._check_read(self.values.setdefault(key, PossibleValues()), outcome)

    def create_namespace(self) -> Steps:
        name = f"soak-{self.name}-{self.number}"
        yield from self._create("namespace", name, lambda mode: mode.api.kvs.create(name))

    def create_conversation(self) -> Steps:
        name = f"{self.name}-{self.number}"
        made = yield from self._create(
            "conversation", name, lambda mode: mode.api.conversations.create(name=name)
        )
        if made is not None:
            self.conversations.append(Conversation(made.id))

    def add_message(self) -> Steps:
        if not self.conversations:
            return (yield from self.create_conversation())
        conversation = self.chance.choice(self.conversations)
        text = f"Message {self.number} of {self.name}"
        for _ in range(3):
            outcome = yield lambda mode: mode.api.conversations.add_message(
                conversation.id, "user", text
            )
            if outcome.ok:
                conversation.acknowledged.append(text)
                return None
            conversation.unacknowledged.add(text)
            self._exists(outcome)
            if getattr(outcome.error, "maybe_done", False):
                return None
        return None

    def transcript(self) -> Steps:
        if not self.conversations:
            return
        conversation = self.chance.choice(self.conversations)
        outcome = yield lambda mode: mode.api.conversations.transcript(conversation.id)
        self._exists(outcome)
        if outcome.ok:
            self.check_conversation(conversation, [message.text for message in outcome.value])

    def tune(self) -> Steps:
        suffix = f"{self.name}-{self.number}"
        yield from self._create(
            "job", suffix, lambda mode: mode.api.fine_tuning.create(TUNED, TRAINING, suffix=suffix)
        )

    def jobs(self) -> Steps:
        outcome = yield lambda mode: mode.api.fine_tuning.list()
        if outcome.ok:
            there = {suffix_of(job) for job in outcome.value}
            lost = {name for name, acknowledged in self.created["job"].items() if acknowledged}
            if lost - there:
                self.report("wrong", f"the jobs {sorted(lost - there)} are not listed")

    def check_conversation(self, conversation: Conversation, texts: list[str | None]) -> None:
        """Check the messages: all acknowledged ones in order, none of them twice."""
        acknowledged = conversation.acknowledged
        sent = {*acknowledged, *conversation.unacknowledged}
        twice = [text for text, times in Counter(texts).items() if times > 1]
        if twice:
            self.report("doubled", f"the messages {twice[:3]}")
        if missing := [text for text in acknowledged if text not in texts]:
            self.report("lost", f"the messages {missing[:3]} of {len(acknowledged)}")
        if strange := [text for text in texts if text not in sent]:
            self.report("wrong", f"the messages {strange[:3]}")
        if [text for text in texts if text in acknowledged] != acknowledged and not missing:
            self.report("wrong", "the order of the messages")

    def _create(self, kind: str, name: str, action: Action) -> Generator[Action, Outcome, Any]:
        """Create a resource; repeat a failed call unless the error has `maybe_done`."""
        self.created[kind][name] = False
        for _ in range(3):
            outcome = yield action
            if outcome.ok:
                self.created[kind][name] = True
                return outcome.value
            if isinstance(outcome.error, ConflictError):
                self.report("doubled", f"{kind} {name}: {outcome.error!r:.200}")
            if getattr(outcome.error, "maybe_done", False):
                return None
        return None

    def _exists(self, outcome: Outcome) -> None:
        if isinstance(outcome.error, NotFoundError):
            self.report("wrong", f"not found: {outcome.error!r:.200}")

    def _check_read(self, place: PossibleValues, outcome: Outcome) -> None:
        missing = isinstance(outcome.error, NotFoundError)
        if (outcome.ok or missing) and not place.allows(None if missing else outcome.value):
            self.report(
                "wrong",
                f"{outcome.value!r:.80} ({outcome.error!r:.100}), not {place.values!r:.100}",
            )


def suffix_of(job: Any) -> str:
    """Return the suffix of a job's model."""
    return re.sub(r"^.*?-[0-9a-f]{8}-", "", str(job.id))


def check_server(callers: list[Caller], direct: Telnyx) -> None:
    """Check that all acknowledged data is on the server, and nothing twice."""
    jobs = Counter(suffix_of(job) for job in direct.fine_tuning.list())
    namespaces = Counter(found.name for found in direct.kvs.list())
    conversations = Counter(found.name for found in direct.conversations.iterate())
    for caller in callers:
        caller.kind = "check_server"
        for kind, names in caller.created.items():
            for name, acknowledged in names.items():
                times = {
                    "job": jobs[name],
                    "namespace": namespaces[name],
                    "conversation": conversations[name],
                }[kind]
                if times > 1:
                    caller.report("doubled", f"{kind} {name} exists {times} times")
                if acknowledged and not times:
                    caller.report("lost", f"{kind} {name}")
        for key, held in caller.objects.items():
            _check_value(caller, key, held, functools.partial(direct.storage.get_object, BUCKET))
        values = functools.partial(direct.kvs.get_key, caller.shared.namespace)
        for key, held in caller.values.items():
            _check_value(caller, key, held, values)
        for conversation in caller.conversations:
            messages = direct.conversations.transcript(conversation.id)
            caller.check_conversation(conversation, [message.text for message in messages])
        _documents(caller, direct)


def _check_value(
    caller: Caller, key: str, held: PossibleValues, read: Callable[[str], bytes]
) -> None:
    try:
        value: bytes | None = read(key)
    except NotFoundError:
        value = None
    if not held.allows(value):
        caller.report("lost", f"{key} is {value!r:.80}, not {held.values!r:.200}")


def _documents(caller: Caller, direct: Telnyx) -> None:
    if caller.documents:
        store = TelnyxVectorStore(f"soak-{caller.name}", client=direct)
        there = {found.id: found.page_content for found in store.get_by_ids([*caller.documents])}
        if there != caller.documents:
            caller.report("lost", f"documents {caller.documents.keys() - there.keys()}")
