"""Creates transcripts from all supported inputs, by type."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from langchain_core.documents import Document
from langchain_core.prompt_values import PromptValue
from pydantic import BaseModel

from langchain_telnyx.client.api.audio import Transcription
from langchain_telnyx.client.api.conversation_results import Conversation
from langchain_telnyx.transcripts.documents import of_documents
from langchain_telnyx.transcripts.messages import KNOWN, is_message, of_messages
from langchain_telnyx.transcripts.recordings import of_transcription
from langchain_telnyx.transcripts.speakers import given_name
from langchain_telnyx.transcripts.transcript import Transcript

_SUPPORTED = "text, documents, messages, a transcription, a transcript, or an event with messages"
# Fields that identify the JSON object of a transcription.
_TIMED = ("segments", "words", "duration")


def of(given: Any) -> Transcript:
    """Create a transcript from any supported input; see `Transcript.of`.

    Raises:
        ValueError: The input is not supported.
    """
    if isinstance(given, PromptValue):
        given = given.to_messages()
    if _is_one(given):
        return _of_run(_kind(given), [given])
    # Pydantic objects and mappings are iterable, too: over their fields.
    if not isinstance(given, Iterable) or isinstance(given, bytes | Mapping | BaseModel):
        raise ValueError(_unsupported(given))  # noqa: TRY004 - ValueError for all unsupported inputs
    listed = list(given)
    runs = groupby(enumerate(listed), key=lambda pair: _kind(pair[1], pair[0]))
    return _join([_of_run(kind, [item for _, item in run]) for kind, run in runs])


def _is_one(given: Any) -> bool:
    if isinstance(given, tuple):  # a message, or two texts
        return is_message(given) and str(given[0]).strip().casefold() in KNOWN
    return isinstance(given, str) or (
        isinstance(given, Mapping | BaseModel) and not isinstance(given, PromptValue)
    )


def _kind(item: Any, position: int | None = None) -> str:
    kind = "transcript"
    match item:
        case str():
            kind = "text"
        case Document():
            kind = "documents"
        case Transcript() | Transcription():
            pass
        case Conversation():
            raise ValueError(
                "A Conversation has no messages: fetch them with `telnyx.conversations.transcript`"
                " and use `Transcript.from_conversation`."
            )
        case _ if is_message(item):
            kind = "messages"
        case Mapping() if "page_content" in item:
            kind = "documents"
        case _ if _has_turns(item):
            pass
        case _:
            raise ValueError(_unsupported(item, position))
    return kind


def _has_turns(item: Any) -> bool:
    """Return whether an item is an event with messages, or a JSON object with turns."""
    if isinstance(item, BaseModel):
        return isinstance(getattr(item, "messages", None), list)
    if not isinstance(item, Mapping):
        return False
    listed = any(isinstance(item.get(name), list) for name in ("segments", "words"))
    return listed or any(
        name in item for name in ("turns", "messages", *(_TIMED if "text" in item else ()))
    )


def _of_run(kind: str, items: Sequence[Any]) -> Transcript:
    match kind:
        case "documents":
            return of_documents([_document(item) for item in items])
        case "messages":
            return of_messages(items)
        case "text":
            return _join([Transcript.from_text(item) for item in items])
        case _:
            return _join([_single(item) for item in items])


def _single(item: Any) -> Transcript:
    match item:
        case Transcript():
            return item
        case Mapping() if "turns" in item:
            return Transcript.model_validate(dict(item))
        case Mapping() if "messages" in item:
            return of(item["messages"])
        case BaseModel() if not isinstance(item, Transcription):
            ended = Transcript.from_messages(item.messages)  # type: ignore[attr-defined]  # as `_kind`
            return ended.model_copy(update={"source": getattr(item, "conversation_id", None)})
        case _:
            return of_transcription(item)


def _document(item: Any) -> Document:
    if isinstance(item, Document):
        return item
    metadata = item.get("metadata")
    return Document(
        str(item["page_content"]), metadata=dict(metadata) if isinstance(metadata, Mapping) else {}
    )


def _join(parts: Sequence[Transcript]) -> Transcript:
    if len(parts) == 1:
        return parts[0]
    sources = {part.source for part in parts if part.turns}
    several = len(sources) > 1
    names = parts[0].speakers if parts else {}
    same = all(part.speakers == names for part in parts)
    turns = []
    for part in parts:
        for turn in part.turns:
            changed: dict[str, Any] = {}
            if several:
                changed["source"] = turn.source or part.source
            if not same:  # the numbers stand for different speakers
                named = given_name(turn.channel, turn.speaker, part.speakers)
                changed["speaker"] = turn.speaker if named is None else named
            turns.append(turn.model_copy(update=changed))
    return Transcript(
        turns=turns,
        source=None if several else next(iter(sources), None),
        speakers=names if same else {},
        defects=[defect for part in parts for defect in part.defects],
    )


def _unsupported(item: Any, position: int | None = None) -> str:
    what = type(item).__name__
    if isinstance(item, Mapping):
        what = f"dict with {', '.join(map(repr, list(item)[:5])) or 'nothing'}"
    where = "" if position is None else f"Item {position}: "
    return f"{where}A {what} is not a transcript: pass {_SUPPORTED}."
