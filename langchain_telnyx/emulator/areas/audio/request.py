"""Parsing and validation of a transcription request's form fields."""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from langchain_telnyx.emulator.areas.audio.models import MODELS, SpeechModel
from langchain_telnyx.emulator.areas.audio.recording import FORMATS, extension
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.serving.request_body import RequestBody

_CONFIG = "model_config"
_BARE = "timestamp_granularities"
_BRACKETED = re.compile(r"model_config\[([^\[\]]+)\](\[\])?")
_MOST_SPEAKERS = 8
_FLAGS = {"true": True, "false": False}


class TranscriptionRequest(RequestBody):
    """The text fields of `POST /ai/audio/transcriptions`."""

    model: str
    file_url: str | None = None
    language: str | None = None
    response_format: Literal["json", "verbose_json"] = "json"
    granularities: Annotated[
        list[Literal["segment"]] | None, Field(alias="timestamp_granularities[]")
    ] = None
    config: Annotated[dict[str, Any] | None, Field(alias=_CONFIG)] = None

    @field_validator("model")
    @classmethod
    def _model_is_known(cls, model: str) -> str:
        if model not in MODELS:
            raise ValueError(f"must be one of {', '.join(map(repr, MODELS))}")
        return model

    @property
    def is_verbose(self) -> bool:
        """Whether the response includes more than the text."""
        return self.response_format == "verbose_json"

    def enables(self, *options: str) -> bool:
        """Return whether at least one of these options is on in `model_config`."""
        return any((self.config or {}).get(option) in ("true", True) for option in options)


def read(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of a form; both spellings of `model_config` become a mapping.

    Args:
        fields: Names and values; a name may repeat. Empty values are skipped.

    Raises:
        Refusal: A field's name is a spelling that the service fails on.
    """
    parsed: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for name, value in fields:
        if not value:
            continue
        if name == _BARE:
            # Observed: without brackets this field causes a server error.
            raise Refusal("An unexpected error occurred.", status=500, code="10007")
        if name == f"{_BARE}[]":
            parsed.setdefault(name, []).append(value)
        elif name == _CONFIG:
            config |= _json(value)
        elif bracketed := _BRACKETED.fullmatch(name):
            if bracketed[2]:
                config.setdefault(bracketed[1], []).append(_plain(value))
            else:
                config[bracketed[1]] = _plain(value)
        else:
            parsed[name] = value
    return {**parsed, _CONFIG: config} if config else parsed


def check(request: TranscriptionRequest, name: str) -> None:
    """Check a request against the limits of its model.

    Args:
        request: The request.
        name: The recording's file name, or the last part of its address.

    Raises:
        Refusal: A field is not supported; the message names it.
    """
    model = MODELS[request.model]
    suffix = extension(name)
    formats = FORMATS if model.formats is None else model.formats
    if not suffix:
        raise Refusal(f"The file name {name!r} has no extension, which names its format.")
    if suffix not in formats:
        raise Refusal(f"{request.model!r} takes {', '.join(sorted(formats))}, not {suffix}.")
    if request.granularities and not request.is_verbose:
        raise Refusal("`timestamp_granularities[]` needs `response_format` to be 'verbose_json'.")
    _check_language(request, model)
    if request.config is not None:
        _check_config(request.model, model, request.config)


def _check_language(request: TranscriptionRequest, model: SpeechModel) -> None:
    if request.language is None or model.languages is None:
        return
    if not model.languages:
        raise Refusal(f"{request.model!r} does not support `language`.")
    if request.language.partition("-")[0].lower() not in model.languages:
        raise Refusal(f"{request.model!r} does not support the language {request.language!r}.")


def _check_config(name: str, model: SpeechModel, config: dict[str, Any]) -> None:
    if not model.configurable:
        raise Refusal(f"{name!r} does not take a `model_config`.")
    if model.options is None:
        return  # passed through to Deepgram unchecked
    if unknown := sorted(config.keys() - model.options):
        raise Refusal(f"The `model_config` of {name!r} has no {', '.join(unknown)}.")
    most = config.get("max_speakers", 1)
    if not isinstance(most, int) or not 1 <= most <= _MOST_SPEAKERS:
        raise Refusal(f"`max_speakers` must be from 1 to {_MOST_SPEAKERS}.")


def _json(value: str) -> dict[str, Any]:
    try:
        config = json.loads(value)
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise Refusal("`model_config` must be a JSON object.")
    return config


def _plain(value: str) -> Any:
    """Return the value of a bracketed field: a boolean, a number, or text."""
    if value in _FLAGS:
        return _FLAGS[value]
    return int(value) if re.fullmatch(r"-?\d{1,9}", value) else value
