"""Conversion of the loaders' documents to turns."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from langchain_core.documents import Document

from langchain_telnyx.transcripts.messages import of_messages
from langchain_telnyx.transcripts.rendering import parsed
from langchain_telnyx.transcripts.transcript import Transcript
from langchain_telnyx.transcripts.turns import Turn, Word

_TURN_FIELDS = ("speaker", "speakers", "channel", "start", "end", "position")


def of_documents(documents: Sequence[Document]) -> Transcript:
    """Return documents as a transcript. With several sources, each turn has its own.

    Args:
        documents: The documents.

    Raises:
        ValueError: An item is not a document.
    """
    turns: list[Turn] = []
    defects: list[str] = []
    for position, document in enumerate(documents):
        if not isinstance(document, Document):
            raise ValueError(f"Item {position} is a {type(document).__name__}, not a Document.")  # noqa: TRY004
        if error := document.metadata.get("error"):
            where = document.metadata.get("source", f"document {position}")
            defects.append(f"{where}: {error}")
        found, errors = _turns(document)
        turns += found
        defects += [f"Document {position}: {what}" for what in errors]
    turns = _with_words(turns)
    sources = {turn.source for turn in turns}
    one = sources.pop() if len(sources) == 1 else None
    if one is not None:
        turns = [turn.model_copy(update={"source": None}) for turn in turns]
    metadata = documents[0].metadata if documents and one is not None else {}
    language, duration = metadata.get("language"), metadata.get("duration")
    return Transcript(
        turns=turns,
        source=one,
        language=language if isinstance(language, str) else None,
        duration=duration if isinstance(duration, int | float) else None,
        defects=defects,
    )


def _turns(document: Document) -> tuple[list[Turn], list[str]]:
    """Return the turns of one document, and errors of its metadata."""
    metadata = document.metadata
    source = metadata.get("name") if "conversation_id" in metadata else None
    source = source or metadata.get("source")
    source = None if source is None else str(source)
    if "conversation_id" in metadata and "role" in metadata:
        message = {name: metadata.get(name) for name in ("role", "sent_at", "tool_calls")}
        transcript = of_messages([{**message, "text": document.page_content}])
        return [
            turn.model_copy(update={"source": source}) for turn in transcript.turns
        ], transcript.defects
    # The channel of a conversation is not an audio channel.
    fields_of_turn = {} if "conversation_id" in metadata else metadata
    if not any(name in fields_of_turn for name in _TURN_FIELDS if name != "speakers"):
        found = parsed(document.page_content)
        return [turn.model_copy(update={"source": source}) for turn in found], []
    if not document.page_content.strip():
        return [], []
    fields, errors = _fields(fields_of_turn)
    return [Turn(text=document.page_content.strip(), source=source, **fields)], errors


def _fields(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    fields, errors = _voice(metadata)
    for name in ("start", "end", "confidence"):
        value = metadata.get(name)
        try:
            if value is not None:
                fields[name] = Word.model_validate({"text": "", name: value}).model_dump()[name]
        except ValueError:
            errors.append(f"`{name}` is {value!r}, which is not a number.")
    language = metadata.get("language")
    if isinstance(language, str):
        fields["language"] = language
    return fields, errors


def _voice(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    errors: list[str] = []
    fields: dict[str, Any] = {}
    channel = metadata.get("channel")
    if isinstance(channel, int) and not isinstance(channel, bool):
        fields["channel"] = channel
    elif isinstance(channel, str) and channel.isdecimal():
        fields["channel"] = int(channel)
    elif channel is not None:
        errors.append(f"`channel` is {channel!r}, which is not a number.")
    listed = metadata.get("speakers")
    several = [who for who in listed if _is_speaker(who)] if isinstance(listed, list) else []
    speaker = metadata.get("speaker")
    if _is_speaker(speaker):
        fields["speaker"] = speaker
    elif speaker is not None:
        errors.append(f"`speaker` is {speaker!r}, which is neither a number nor a name.")
    elif len(several) == 1:
        fields["speaker"] = several[0]
    else:
        fields["speakers"] = several
    return fields, errors


def _is_speaker(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and value != ""


def _with_words(turns: Sequence[Turn]) -> list[Turn]:
    """Join consecutive documents of the same speaker, such as sentences or single words."""
    found: list[Turn] = []
    for _, group in groupby(turns, lambda turn: (turn.source, turn.role)):
        run = list(group)
        words = len(run) > 1 and all(len(turn.text.split()) == 1 for turn in run)
        if run[0].role is not None or not all(turn.start is not None for turn in run):
            found += run
            continue
        for _, same in groupby(run, lambda t: (t.channel, t.speaker, tuple(t.speakers))):
            spoken = list(same)
            alone = spoken[0].channel is None and spoken[0].speaker is None
            found += [_joined(spoken, words=words)] if words or not alone else spoken
    return found


def _joined(run: Sequence[Turn], *, words: bool) -> Turn:
    # Imported here, because that module imports this package.
    from langchain_telnyx.transcription.segments import joined  # noqa: PLC0415

    if len(run) == 1 and not words:
        return run[0]
    ends = [turn.end for turn in run if turn.end is not None]
    sure = [turn.confidence for turn in run if turn.confidence is not None]
    listed = [
        Word(text=turn.text, start=turn.start, end=turn.end, confidence=turn.confidence)
        for turn in run
    ]
    return run[0].model_copy(
        update={
            "text": joined(turn.text for turn in run),
            "end": max(ends, default=None),
            "confidence": round(sum(sure) / len(sure), 6) if sure else None,
            "words": listed if words else None,
        }
    )
