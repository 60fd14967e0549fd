"""Sends a recorded request to the emulator, with the state that its response needs."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from langchain_telnyx import Telnyx
from langchain_telnyx.client.call import Reply
from langchain_telnyx.client.errors import APIStatusError, ConflictError
from langchain_telnyx.emulator import TelnyxEmulator
from langchain_telnyx.emulator.runtime.pace import after_polls
from tests.cassettes.client_methods import SPEECH, raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cassettes.cassettes import Cassette

_TEXT = "The lighthouse keeper of Utsira counts seven herring gulls every morning."
_BROKEN = b"%PDF-1.7 not a document"
_ERROR = 400
_BOUND = 30.0
_UNFINISHED = {"queued", "processing", "pending", "in_progress", "running", "indexing"}
_FAILED = {"failure", "failed", "error", "partial_success"}


def response(cassette: Cassette) -> Reply:
    """Return the emulator's response to a recorded request.

    Args:
        cassette: The exchange. It determines the emulator's quirks and state.
    """
    with TelnyxEmulator(sockets=False, quirks=cassette.emulated) as emulator:
        telnyx = Telnyx(**emulator.options())
        path = _State(telnyx, emulator, cassette).create()
        if cassette.entry["request"].get("authenticated") is False:
            return _without_key(emulator, cassette)
        return _sent(telnyx, cassette, path)


def _sent(telnyx: Telnyx, cassette: Cassette, path: str) -> Reply:
    try:
        return telnyx.send(raw(cassette, path))
    except APIStatusError as error:
        return error.response


def _without_key(emulator: TelnyxEmulator, cassette: Cassette) -> Reply:
    found = emulator.http_client.request(
        cassette.method, f"{emulator.base_url}{cassette.path}", json=cassette.json
    )
    return Reply(found.status_code, dict(found.headers), found.content)


class _State:
    """Creates what a recorded request refers to.

    Args:
        telnyx: A client of the emulator.
        emulator: The emulator.
        cassette: The exchange.
    """

    def __init__(self, telnyx: Telnyx, emulator: TelnyxEmulator, cassette: Cassette) -> None:
        self._telnyx = telnyx
        self._emulator = emulator
        self._cassette = cassette

    def create(self) -> str:
        """Create it, and return the request's path with the ids of what was created."""
        cassette = self._cassette
        if cassette.status == 403:
            [error] = cassette.body["errors"]
            fields = {name: error.get(name) for name in ("code", "title", "detail")}
            self._emulator.fail(403, **fields)
        elif cassette.host == "storage":
            bucket, _, key = cassette.path.strip("/").partition("/")
            self._bucket(unquote(bucket))
            if key and cassette.method in {"GET", "HEAD"} and cassette.status < _ERROR:
                self._put(unquote(bucket), unquote(key))
        elif cassette.status not in {401, 404}:
            for pattern, create in self._creators():
                if found := re.fullmatch(pattern, cassette.path):
                    made = create(*map(unquote, found.groups("")))
                    return cassette.path.replace(found[1], made) if made else cassette.path
        return cassette.path

    def _creators(self) -> list[tuple[str, Callable[..., str | None]]]:
        """Return what creates the state, by path; ids in paths are those of another account."""
        fields = self._cassette.json if isinstance(self._cassette.json, dict) else {}
        return [
            ("/storage/buckets/([^/]+)/([^/]+)/presigned_url", self._bucket),
            ("/ai/embeddings/buckets/([^/]+)", self._files),
            ("/ai/embeddings/similarity-search", self._hits),
            ("/ai/embeddings/(?!buckets$|url$)([^/]+)", self._task),
            ("/ai/embeddings", lambda: self._bucket(fields["bucket_name"], "a.txt")),
            ("/ai/audio/transcriptions", self._transcript),
            ("/ai/summarize", lambda: self._bucket(fields["bucket"], fields["filename"])),
            ("/ai/conversations/([0-9a-f-]{36})(/.*)?", self._conversation),
            ("/ai/openai/chat/completions", self._script),
        ]

    def _bucket(self, name: str, *keys: str) -> None:
        with suppress(ConflictError):
            self._telnyx.storage.create_bucket(name)
        for key in keys:
            self._put(name, key)

    def _files(self, bucket: str) -> None:
        """Create a file for each recorded row, in the row's state."""
        rows = self._cassette.body["data"] if self._cassette.is_json else []
        self._bucket(bucket)
        unfinished = [row for row in rows if row["status"] in _UNFINISHED]
        # The file list of a second task: the rows have the time of the first one.
        new = [row for row in unfinished if row.get("last_embedded_at") is None]
        for row in rows:
            if row not in new:
                self._put(bucket, row["filename"], fails=row["status"] in _FAILED)
        self._embedded(bucket)
        self._emulator.account.jobs.pace = after_polls(3)
        for row in new:
            self._put(bucket, row["filename"])
        if unfinished:
            self._telnyx.bucket_embeddings.embed(bucket)

    def _put(self, bucket: str, key: str, *, fails: bool = False) -> None:
        content, kind = (_BROKEN, "application/pdf") if fails else (_TEXT.encode(), "text/plain")
        if key.endswith(".wav"):
            content, kind = SPEECH, "audio/wav"
            self._transcript()
        self._telnyx.storage.put_object(bucket, key, content, content_type=kind)

    def _embedded(self, bucket: str) -> None:
        self._wait(self._telnyx.bucket_embeddings.embed(bucket).task_id)

    def _wait(self, task: str) -> None:
        end = time.monotonic() + _BOUND
        while time.monotonic() < end:
            with suppress(APIStatusError):  # the quirk `task_visible_after`
                if self._telnyx.bucket_embeddings.task(task).finished_at is not None:
                    return
            time.sleep(0.005)
        raise TimeoutError(f"The task is not finished after {_BOUND:g} s.")

    def _task(self, _id: str) -> str:
        row = self._cassette.body["data"]
        self._bucket("a-bucket", "a.txt")
        if row["status"] in _FAILED:
            self._put("a-bucket", "broken.pdf", fails=True)
        finished = row.get("finished_at") is not None
        if not finished:
            self._emulator.account.jobs.pace = after_polls(3)
        task = self._telnyx.bucket_embeddings.embed("a-bucket").task_id
        if finished:
            self._wait(task)
        for _ in range(self._cassette.emulated.task_visible_after):
            with suppress(APIStatusError):
                self._telnyx.bucket_embeddings.task(task)
        return task

    def _hits(self) -> None:
        """Create an object for each recorded hit."""
        bucket = self._cassette.json["bucket_name"]
        hits = self._cassette.body.get("data", []) if self._cassette.is_json else []
        self._bucket(bucket, "a.txt", *{hit["metadata"]["filename"] for hit in hits})
        self._embedded(bucket)

    def _conversation(self, _id: str, rest: str = "") -> str:
        telnyx = self._telnyx
        body = self._cassette.body.get("data") if self._cassette.is_json else None
        fields = body if isinstance(body, dict) else {}
        created = telnyx.conversations.create(
            name=fields.get("name"), metadata=fields.get("metadata")
        )
        conversation = str(created.id)
        telnyx.conversations.add_message(conversation, role="user", content="Yes.")
        if rest == "/conversations-insights" and body:
            group = str(telnyx.insight_groups.create("A group").id)
            closed = {"type": "object", "properties": {}, "additionalProperties": False}
            for at, row in enumerate(body[0]["conversation_insights"]):
                schema = closed if row["result"].startswith("{") else None
                made = telnyx.insights.create(f"I{at}", instructions="Say.", json_schema=schema)
                telnyx.insight_groups.assign(group, str(made.id))
            self._emulator.end_conversation(conversation, group)
        return conversation

    def _transcript(self) -> None:
        """Let the emulated recogniser return the recorded segments."""
        body = self._cassette.body if isinstance(self._cassette.body, dict) else {}
        segments = [
            {name: segment[name] for name in ("text", "start", "end") if name in segment}
            | {"words": [_word(word) for word in segment.get("words", [])] or None}
            for segment in body.get("segments", [])
        ]
        written = [
            {name: each for name, each in one.items() if each is not None} for one in segments
        ]
        self._emulator.transcript(SPEECH, written or [{"text": _TEXT, "speaker": 0}])

    def _script(self) -> None:
        """Let the emulated model answer as the recorded one: the text is not the API's shape."""
        body = self._cassette.body
        if not isinstance(body, dict) or not body.get("choices"):
            return
        choice = body["choices"][0]
        message: dict[str, Any] = choice["message"]
        calls = message.get("tool_calls")
        content = message.get("content")
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        if calls:
            each = [call["function"] for call in calls]
            pairs = [(function["name"], function["arguments"]) for function in each]
            self._emulator.script.call_tools(*pairs, text=content or "", reasoning=reasoning)
        elif content is not None:
            finish: Any = choice.get("finish_reason") or "stop"
            self._emulator.say(content, reasoning=reasoning, finish_reason=finish)


def _word(word: dict[str, Any]) -> dict[str, Any]:
    return {name: word[name] for name in ("word", "start", "end", "confidence") if name in word}
