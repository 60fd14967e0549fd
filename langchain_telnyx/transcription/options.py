"""Checks the options of a transcription, and converts them to arguments of the API."""

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
    models_with,
)
from langchain_telnyx.transcripts.speakers import names_of

Mode = Literal["text", "transcript", "segments", "sentences", "words", "speakers", "srt", "vtt"]

_MAX_SPEAKERS = 8
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
    """The checked options of a transcription.

    Attributes:
        mode: The content of documents.
        model: The model.
        language: The language of the recordings.
        options: The arguments of `telnyx.audio.transcribe` other than the recording.
        timeout: Read timeout in seconds.
        names: Names of speakers, from `transcripts.speakers.names_of`.
    """

    mode: Mode
    model: str
    language: str | None
    options: JSON = field(repr=False)
    timeout: float
    names: Mapping[str, str] = field(default_factory=dict)

    def check(self, name: str) -> None:
        """Check that the model supports the format of a recording.

        Args:
            name: The recording's file name.

        Raises:
            ValueError: The model does not support the extension.
        """
        known = MODELS.get(self.model)
        extension = extension_of(name)
        if known is None or not extension or extension in known.formats:
            return
        remedy = "Convert it, for example to mp3"
        if extension in FORMATS:
            need = _NEEDS[self.mode]
            others = [
                f"`{other}`"
                for other, model in MODELS.items()
                if extension in model.formats and model.detail >= need
            ]
            remedy += f", or use another model: {', '.join(others)}"
        raise ValueError(
            f"`{self.model}` supports {', '.join(sorted(known.formats))}, but not {name!r}. "
            f"{remedy}."
        )

    def check_address(self, name: str) -> None:
        """Check that the model supports the format of an address.

        Args:
            name: The last part of the address's path. If it has no known extension, the service
                checks the content.

        Raises:
            ValueError: The model does not support the extension.
        """
        name = with_known_extension(name)
        if extension_of(name) in AUDIO_EXTENSIONS:
            self.check(name)


def transcription_request(
    mode: Mode,
    *,
    model: str | None,
    language: str | None,
    diarize: bool | None,
    model_config: Mapping[str, Any] | None,
    timeout: float,
    speakers: Mapping[Any, str] | None = None,
) -> TranscriptionRequest:
    """Check the options of a transcription.

    Raises:
        ConfigurationError: The model does not return the details that the mode needs, or does not
            support an option.
    """
    if mode not in get_args(Mode):
        raise ConfigurationError(f"Unknown mode {mode!r}: use one of {_listed(get_args(Mode))}.")
    model_name = model or (DEFAULT_MODEL if mode == "text" and not diarize else DEFAULT_TIMED_MODEL)
    _check_detail(mode, model_name)
    _check_language(model_name, language)
    if model_config is not None:
        _check_config(model_name, model_config)
    options: JSON = {"model": model_name}
    if language is not None:
        options["language"] = language
    known = MODELS.get(model_name)
    # For text, too: the response includes the duration, and the manifest works for all modes.
    timed = known is not None and known.detail > Detail.TEXT
    if timed or mode == "transcript" or _NEEDS[mode] > Detail.TEXT:
        options["response_format"] = "verbose_json"
        options["timestamp_granularities"] = ["segment"]
    if config := _config(mode, model_name, dict(model_config or {}), diarize=diarize):
        options["model_config"] = config
    try:
        names = names_of(speakers)
    except ValueError as error:
        raise ConfigurationError(f"Invalid `speakers`: {error}") from error
    return TranscriptionRequest(mode, model_name, language, options, timeout, names)


def missing_detail_error(mode: Mode, model: str) -> str:
    """Return the error text for a result without the details that the mode needs."""
    details = {
        Detail.SEGMENTS: "times",
        Detail.WORDS: "times of words",
        Detail.SPEAKERS: "speakers",
    }
    need = _NEEDS[mode]
    return (
        f"`{model}` returns no {details[need]}, which the mode {mode!r} needs. Use one of "
        f"{models_with(need)}."
    )


def _check_detail(mode: Mode, model: str) -> None:
    known = MODELS.get(model)
    if known is not None and known.detail < _NEEDS[mode]:
        raise ConfigurationError(missing_detail_error(mode, model))


def _check_language(model: str, language: str | None) -> None:
    known = MODELS.get(model)
    if language is None or known is None or known.languages is None:
        return
    if not known.languages:
        raise ConfigurationError(
            f"`{model}` does not accept `language`: leave it out, or use another model."
        )
    if language.partition("-")[0].lower() not in known.languages:
        raise ConfigurationError(
            f"`{model}` supports only {_listed(sorted(known.languages))}, not {language!r}. Use "
            f"`{DEFAULT_MODEL}` for text, or `{DEFAULT_TIMED_MODEL}` for text with times."
        )


def _check_config(model: str, config: Mapping[str, Any]) -> None:
    known = MODELS.get(model)
    if known is None or known.options is None:
        return
    if not known.options:
        others = [f"`{name}`" for name, other in MODELS.items() if other.options != frozenset()]
        raise ConfigurationError(
            f"`{model}` has no `model_config`: leave it out, or use one of {', '.join(others)}."
        )
    if unknown := config.keys() - known.options:
        raise ConfigurationError(
            f"The `model_config` of `{model}` supports {_listed(sorted(known.options))}, not "
            f"{_listed(sorted(unknown))}."
        )
    max_speakers = config.get("max_speakers", 1)
    if not isinstance(max_speakers, int) or not 1 <= max_speakers <= _MAX_SPEAKERS:
        raise ConfigurationError(
            f"`max_speakers` must be 1 to {_MAX_SPEAKERS}, not {max_speakers!r}."
        )


def _config(mode: Mode, model: str, options: JSON, *, diarize: bool | None) -> JSON:
    """Return the model's options: those that the mode needs, overridden by the user's."""
    needed: JSON = {}
    if model.startswith("deepgram/"):
        needed["punctuate"] = True  # without it a text has no sentences
    # With `multichannel`, each channel is a speaker, so the mode needs no diarization.
    needs_diarization = mode == "speakers" and not options.get("multichannel")
    known = MODELS.get(model)
    if mode == "transcript" and diarize is None and not options.get("multichannel"):
        diarize = known is not None and known.detail >= Detail.SPEAKERS
    if needs_diarization or diarize:
        if known is not None and known.detail < Detail.SPEAKERS:
            raise ConfigurationError(
                f"`{model}` returns no speakers: leave `diarize` out, or use one of "
                f"{models_with(Detail.SPEAKERS)}."
            )
        needed["diarize"] = True
    if needs_diarization and not (diarize is not False and options.get("diarize", True)):
        raise ConfigurationError(
            "The mode 'speakers' needs `diarize`, but it is off: leave it out, set "
            "`multichannel`, or use another mode."
        )
    return {**needed, **options}


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)
