"""From what a user wants to what the service is asked; what it would refuse is refused here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from langchain_telnyx.client.audio_files import AUDIO_EXTENSIONS, extension_of, with_known_extension
from langchain_telnyx.client.call import JSON
from langchain_telnyx.client.errors import ConfigurationError
from langchain_telnyx.transcription.models import (
    DEFAULT_MODEL,
    DEFAULT_TIMED_MODEL,
    FORMATS,
    MODELS,
    Detail,
    that_tell,
)
from langchain_telnyx.transcripts.speakers import names_of

Mode = Literal["text", "transcript", "segments", "sentences", "words", "speakers", "srt", "vtt"]

_MOST_SPEAKERS = 8
_NEEDS: dict[Mode, Detail] = {
    "text": Detail.TEXT,
    "transcript": Detail.TEXT,
    "segments": Detail.SEGMENTS,
    "sentences": Detail.SEGMENTS,
    "words": Detail.WORDS,
    "speakers": Detail.SPEAKERS,
    "srt": Detail.SEGMENTS,
    "vtt": Detail.SEGMENTS,
}


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What is to be made of recordings, checked.

    Attributes:
        mode: What documents hold.
        model: The model to ask.
        language: The language it is told.
        options: The arguments of `telnyx.audio.transcribe` beside the recording.
        timeout: Seconds of silence to bear.
        names: Names of speakers, as `transcripts.speakers.names_of` returns them.
    """

    mode: Mode
    model: str
    language: str | None
    options: JSON = field(repr=False)
    timeout: float
    names: Mapping[str, str] = field(default_factory=dict)

    def check(self, name: str) -> None:
        """Refuse a recording whose format the model does not take.

        Args:
            name: The recording's file name.

        Raises:
            ValueError: Its extension is none that the model takes.
        """
        known = MODELS.get(self.model)
        extension = extension_of(name)
        if known is None or not extension or extension in known.formats:
            return
        remedy = "Convert it, to mp3 for instance"
        if extension in FORMATS:
            need = _NEEDS[self.mode]
            others = [
                f"`{other}`"
                for other, model in MODELS.items()
                if extension in model.formats and model.detail >= need
            ]
            remedy += f", or ask one that does: {', '.join(others)}"
        raise ValueError(
            f"`{self.model}` takes {', '.join(sorted(known.formats))}, and {name!r} is none of "
            f"them. {remedy}."
        )

    def check_address(self, name: str) -> None:
        """Refuse an address whose name tells a format that the model does not take.

        Args:
            name: The last part of the address's path. One that tells no format is left to the
                service, which sees the bytes.

        Raises:
            ValueError: Its extension is of a format that the model does not take.
        """
        name = with_known_extension(name)
        if extension_of(name) in AUDIO_EXTENSIONS:
            self.check(name)


def request(
    mode: Mode,
    *,
    model: str | None,
    language: str | None,
    diarize: bool | None,
    model_config: Mapping[str, Any] | None,
    timeout: float,
    speakers: Mapping[Any, str] | None = None,
) -> TranscriptionRequest:
    """Return what is to be asked for a mode.

    Raises:
        ConfigurationError: The model does not tell what the mode needs, or would refuse an option.
    """
    if mode not in get_args(Mode):
        raise ConfigurationError(
            f"There is no mode {mode!r}: use one of {_listed(get_args(Mode))}."
        )
    model_name = model or (DEFAULT_MODEL if mode == "text" and not diarize else DEFAULT_TIMED_MODEL)
    _check_detail(mode, model_name)
    _check_language(model_name, language)
    if model_config is not None:
        _check_config(model_name, model_config)
    options: JSON = {"model": model_name}
    if language is not None:
        options["language"] = language
    known = MODELS.get(model_name)
    # Also where the text alone is wanted: the length comes along, and a manifest serves all modes.
    timed = known is not None and known.detail > Detail.TEXT
    if timed or mode == "transcript" or _NEEDS[mode] > Detail.TEXT:
        options["response_format"] = "verbose_json"
        options["timestamp_granularities"] = ["segment"]
    if config := _config(mode, model_name, dict(model_config or {}), diarize=diarize):
        options["model_config"] = config
    try:
        names = names_of(speakers)
    except ValueError as error:
        raise ConfigurationError(f"`speakers` cannot be used: {error}") from error
    return TranscriptionRequest(mode, model_name, language, options, timeout, names)


def missing(mode: Mode, model: str) -> str:
    """Return what to say where an answer does not hold what the mode needs."""
    what = {Detail.SEGMENTS: "times", Detail.WORDS: "times of words", Detail.SPEAKERS: "speakers"}
    need = _NEEDS[mode]
    return (
        f"`{model}` tells no {what[need]}, which the mode {mode!r} needs: ask one of "
        f"{that_tell(need)}."
    )


def _check_detail(mode: Mode, model: str) -> None:
    known = MODELS.get(model)
    if known is not None and known.detail < _NEEDS[mode]:
        raise ConfigurationError(missing(mode, model))


def _check_language(model: str, language: str | None) -> None:
    known = MODELS.get(model)
    if language is None or known is None or known.languages is None:
        return
    if not known.languages:
        raise ConfigurationError(
            f"`{model}` refuses `language`: leave it out (it knows English), or ask another model."
        )
    if language.partition("-")[0].lower() not in known.languages:
        raise ConfigurationError(
            f"`{model}` knows {_listed(sorted(known.languages))} only, not {language!r}: ask "
            f"`{DEFAULT_MODEL}` for text, or `{DEFAULT_TIMED_MODEL}` for times too."
        )


def _check_config(model: str, config: Mapping[str, Any]) -> None:
    known = MODELS.get(model)
    if known is None or known.options is None:
        return
    if not known.options:
        takers = [f"`{name}`" for name, other in MODELS.items() if other.options != frozenset()]
        raise ConfigurationError(
            f"`{model}` takes no `model_config`: leave it out, or ask one of {', '.join(takers)}."
        )
    if unknown := config.keys() - known.options:
        raise ConfigurationError(
            f"The `model_config` of `{model}` knows {_listed(sorted(known.options))}, not "
            f"{_listed(sorted(unknown))}."
        )
    most = config.get("max_speakers", 1)
    if not isinstance(most, int) or not 1 <= most <= _MOST_SPEAKERS:
        raise ConfigurationError(f"`max_speakers` is from 1 to {_MOST_SPEAKERS}, not {most!r}.")


def _config(mode: Mode, model: str, given: JSON, *, diarize: bool | None) -> JSON:
    """Return the model's options: what the mode needs, and over it what the user gives."""
    needed: JSON = {}
    if model.startswith("deepgram/"):
        needed["punctuate"] = True  # without it a text has no sentences
    # A channel is a voice of its own: with these a mode of turns needs no more.
    apart = mode == "speakers" and not given.get("multichannel")
    known = MODELS.get(model)
    if mode == "transcript" and diarize is None and not given.get("multichannel"):
        diarize = known is not None and known.detail >= Detail.SPEAKERS
    if apart or diarize:
        if known is not None and known.detail < Detail.SPEAKERS:
            raise ConfigurationError(
                f"`{model}` tells no speakers: leave `diarize` off, or ask one of "
                f"{that_tell(Detail.SPEAKERS)}."
            )
        needed["diarize"] = True
    if apart and not (diarize is not False and given.get("diarize", True)):
        raise ConfigurationError(
            "The mode 'speakers' needs `diarize`, which was switched off: leave it out, ask for "
            "`multichannel`, or use another mode."
        )
    return {**needed, **given}


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)
