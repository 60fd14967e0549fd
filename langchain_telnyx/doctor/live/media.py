"""Probes of transcriptions, summaries, and a bucket that another model embeds."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from langchain_telnyx.client.call import JSON, Reply
from langchain_telnyx.client.multipart import FilePart, Multipart
from langchain_telnyx.doctor.live.outcomes import Outcome, holds_if, shown, unknown
from langchain_telnyx.doctor.live.probes import Models, Probe
from langchain_telnyx.doctor.live.searching import hits_of
from langchain_telnyx.doctor.live.session import Session

_BAD_REQUEST = 400
_TEXT = (
    "The lighthouse keeper of Utsira counts seven herring gulls every morning. He writes the "
    "number into a green book. In winter there are fewer gulls, and the keeper counts seals."
)
# The models, with whether their segments and words have times.
_WORDS = "deepgram/nova-3"
_SEGMENTS = "distil-whisper/distil-large-v2"
_PLAIN = "openai/whisper-large-v3-turbo"


def speech() -> bytes:
    """Return three seconds of synthesized speech as a WAV file."""
    return files("langchain_telnyx.doctor.live").joinpath("speech.wav").read_bytes()


def _transcribe(session: Session, model: str, **fields: str) -> Reply:
    form = Multipart(
        [("model", model), ("response_format", "verbose_json"), *fields.items()],
        [FilePart("file", "speech.wav", speech(), "audio/wav")],
    )
    return session.request("POST", "/ai/audio/transcriptions", body=form)


def _body(reply: Reply) -> JSON:
    try:
        body = reply.json() if reply.ok else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _rows(value: Any) -> list[JSON]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _transcriptions(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    replies = {model: _transcribe(session, model) for model in (_WORDS, _SEGMENTS, _PLAIN)}
    bodies = {model: _body(reply) for model, reply in replies.items()}
    evidence = "; ".join(
        f"{model}: {shown(replies[model])} {sorted(body)}" for model, body in bodies.items()
    )
    if not all(reply.ok for reply in replies.values()):
        # No speech in it, or no recognizer: then there is nothing to compare.
        for name in ("text", "segments", "words", "turbo"):
            yield unknown(f"audio.{name}", evidence)
    else:
        texts = [body.get("text") for body in bodies.values()]
        yield holds_if(all(isinstance(text, str) for text in texts), "audio.text", evidence)
        segments = _rows(bodies[_SEGMENTS].get("segments"))
        timed = segments and all({"id", "start", "end", "text"} <= {*row} for row in segments)
        yield holds_if(timed, "audio.segments", f"{segments[:1]}")
        words = [word for row in _rows(bodies[_WORDS].get("segments")) for word in _rows_of(row)]
        timed = words and all({"word", "start", "end"} <= {*word} for word in words)
        yield holds_if(timed, "audio.words", f"{len(words)} words in segments: {words[:1]}")
        extra = sorted(bodies[_PLAIN].keys() & {"segments", "words"})
        yield holds_if(not extra, "audio.turbo", f"{extra}")
    bare = _transcribe(session, _SEGMENTS, timestamp_granularities="segment")
    yield holds_if(not bare.ok, "audio.bare_granularities", shown(bare))
    language = _transcribe(session, _SEGMENTS, language="en")
    is_refused = language.status_code == _BAD_REQUEST
    yield holds_if(is_refused, "audio.language", shown(language))


def _rows_of(segment: JSON) -> list[JSON]:
    return _rows(segment.get("words"))


def _summaries(session: Session, models: Models) -> Iterator[Outcome]:
    del models
    bucket = session.create_bucket()
    session.put(bucket, "text.txt", _TEXT)
    session.put(bucket, "speech.wav", speech())

    def summarize(name: str) -> Reply:
        return session.request("POST", "/ai/summarize", {"bucket": bucket, "filename": name})

    text = summarize("text.txt")
    summary = (_body(text).get("data") or {}).get("summary")
    yield holds_if(isinstance(summary, str) and summary, "summarize.text", shown(text))
    audio = summarize("speech.wav")
    summary = (_body(audio).get("data") or {}).get("summary")
    if audio.status_code == _BAD_REQUEST:
        yield unknown("summarize.audio", shown(audio))
    else:
        yield holds_if(isinstance(summary, str), "summarize.audio", shown(audio))
    missing = summarize("no-such-file.txt")
    yield holds_if(missing.status_code == 404, "summarize.missing", shown(missing))  # noqa: PLR2004


def _other_model(session: Session, models: Models) -> Iterator[Outcome]:
    bucket = session.create_bucket()
    session.put(bucket, "text.txt", _TEXT)
    session.embed(bucket, embedding_model=models.other_embedding)

    def embedded() -> bool:
        return any(row.get("last_embedded_at") for row in session.files(bucket))

    if session.wait(embedded) is None:
        yield unknown("other_model.search", "It is not embedded.")
        return
    hits: list[JSON] = []
    for share in (0.0, 0.1, 0.5):
        session.pause(share * session.patience)
        if hits := hits_of(session.search(bucket, "Who counts gulls?")):
            break
    names = {str(hit["metadata"].get("embedding")) for hit in hits}
    evidence = f"{len(hits)} hits of {sorted(names)}."
    yield holds_if(names == {models.other_embedding}, "other_model.search", evidence)


PROBES = [
    Probe(
        "audio",
        {
            "audio.text": "Three models transcribe a WAV file.",
            "audio.segments": "Segments of distil-whisper have `id`, `start`, `end` and `text`.",
            "audio.words": "Segments of nova-3 have words with `start` and `end`.",
            "audio.turbo": "whisper-large-v3-turbo returns text only.",
            "audio.bare_granularities": "`timestamp_granularities` without brackets is refused.",
            "audio.language": "distil-whisper refuses `language`.",
        },
        "5 transcriptions of 3 seconds",
        0.002,
        _transcriptions,
    ),
    Probe(
        "summarize",
        {
            "summarize.text": "A text file is summarized in `data.summary`.",
            "summarize.audio": "So is a recording.",
            "summarize.missing": "A file that does not exist is 404.",
        },
        "1 bucket, 2 uploads, 3 summaries",
        0.004,
        _summaries,
    ),
    Probe(
        "buckets.other_model",
        {"other_model.search": "A bucket that another model embeds is searched with that model."},
        "1 bucket, 1 upload, 1 embedding",
        0.0005,
        _other_model,
        searches=3,
    ),
]
