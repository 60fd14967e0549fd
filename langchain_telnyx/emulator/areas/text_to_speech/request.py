"""The request body of speech, and the voice and audio format that it requests."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from langchain_telnyx.emulator.areas.text_to_speech.voices import PROVIDERS, TELNYX_MODELS
from langchain_telnyx.emulator.serving.envelopes import ApiError
from langchain_telnyx.emulator.serving.request_body import RequestBody, invalid, must_be_one_of

RATES = (8000, 16000, 22050, 24000, 44100, 48000)
_DEFAULT_RATE = 24_000
_BAYAN_RATE = 16_000
# The names of format and rate in the object of each provider.
_NAMES = {
    "telnyx": ("response_format", "sampling_rate"),
    "aws": ("output_format", "sample_rate"),
    "azure": ("output_format", None),
    "minimax": ("response_format", None),
    "resemble": ("format", "sample_rate"),
    "soniox": ("audio_format", "sample_rate"),
    "xai": ("output_format", "sample_rate"),
}
_KINDS = {"mp3": "mp3", "wav": "wav", "pcm": "pcm", "pcm_s16le": "pcm"}
_AZURE_KINDS = {"riff": "wav", "raw": "pcm", "audio": "mp3"}
# Documented ranges of the speed and the volume, by Telnyx model.
_RANGES = {
    ("Ultra", "voice_speed"): (0.6, 1.5),
    ("Ultra", "volume"): (0.5, 2.0),
    ("Bayan", "voice_speed"): (0.5, 2.0),
}
_NEEDS_VOICE = ("humain", "soniox", "xai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The format of the audio.

    Attributes:
        kind: `mp3`, `wav`, or `pcm`: 16-bit little-endian mono samples without a header.
        rate: Samples per second.
    """

    kind: str
    rate: int


class SpeechRequest(RequestBody):
    """The body of `POST /text-to-speech/speech`."""

    nullable: ClassVar = ()

    text: str = ""
    voice: str | None = None
    provider: (
        Literal[
            "aws", "telnyx", "azure", "elevenlabs", "minimax", "resemble", "xai", "humain", "soniox"
        ]
        | None
    ) = None
    language: str | None = None
    text_type: Literal["text", "ssml"] | None = None
    output_type: Literal["binary_output", "base64_output"] = "binary_output"
    disable_cache: bool | None = None
    voice_settings: dict[str, Any] | None = None
    aws: dict[str, Any] | None = None
    azure: dict[str, Any] | None = None
    elevenlabs: dict[str, Any] | None = None
    humain: dict[str, Any] | None = None
    minimax: dict[str, Any] | None = None
    resemble: dict[str, Any] | None = None
    soniox: dict[str, Any] | None = None
    telnyx: dict[str, Any] | None = None
    xai: dict[str, Any] | None = None

    @property
    def provider_name(self) -> str:
        """The provider, from the voice or the field."""
        if self.voice is None:
            return self.provider or ""
        return self.voice.partition(".")[0].lower()

    @property
    def model(self) -> str:
        """The Telnyx model in the voice; empty for another provider."""
        parts = (self.voice or "").split(".")
        return parts[1] if self.provider_name == "telnyx" and len(parts) > 1 else ""

    @property
    def options(self) -> dict[str, Any]:
        """The object with the options of the provider."""
        given: dict[str, Any] | None = getattr(self, self.provider_name, None)
        return {**(self.voice_settings or {}), **(given or {})}

    @property
    def speed(self) -> float:
        """How fast to speak; 1 is normal."""
        options = self.options
        value = options.get("voice_speed", options.get("speed", 1.0))
        usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        return float(value) if usable else 1.0

    def check(self) -> Format:
        """Return the format, if the request can be served.

        Raises:
            ApiError: It cannot; the error names the field.
        """
        if not self.text.strip():
            raise invalid("text", "`text` must not be blank.", code="10004")
        self._check_voice()
        self._check_ranges()
        if self.text_type == "ssml" and self.provider_name not in {"aws", "azure"}:
            raise invalid("text_type", "SSML needs a voice of AWS or Azure.")
        return self._format()

    def _check_voice(self) -> None:
        if self.voice is None and self.provider is None:
            raise invalid("voice", "`voice` or `provider` is required.", code="10004")
        provider = self.provider_name
        if provider not in PROVIDERS:
            detail = must_be_one_of("voice", [f"{each}.…" for each in PROVIDERS])
            raise invalid("voice", detail, status=422, code="10027")
        if self.voice is not None and (not all(self.voice.split(".")) or "." not in self.voice):
            raise invalid("voice", f"The voice {self.voice!r} does not exist.", status=422)
        if self.model and self.model not in TELNYX_MODELS:
            raise invalid(
                "voice", f"The model {self.model!r} does not exist.", status=422, code="10027"
            )
        given = getattr(self, provider)
        if provider in _NEEDS_VOICE and given is not None and "voice_id" not in given:
            raise invalid(f"{provider}/voice_id", "`voice_id` is required.", code="10004")

    def _check_ranges(self) -> None:
        for (model, name), (lowest, highest) in _RANGES.items():
            value = self.options.get(name)
            if model != self.model or value is None:
                continue
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not lowest <= value <= highest:
                detail = f"`{name}` of {model} must be a number from {lowest:g} to {highest:g}."
                raise invalid(f"telnyx/{name}", detail, status=422, code="10033")

    def _format(self) -> Format:
        provider = self.provider_name
        if provider == "humain":
            return Format(kind="pcm", rate=_DEFAULT_RATE)
        kind_name, rate_name = _NAMES.get(provider, (None, None))
        named = self.options.get(kind_name) if kind_name else None
        if provider == "azure" and named is not None:
            return _azure_format(named)
        kind = _KINDS.get("mp3" if named is None else named) if _is_text(named) else None
        if kind is None:
            raise _not_encodable(f"{provider}/{kind_name}", named)
        given = self.options.get(rate_name) if rate_name else None
        default = _BAYAN_RATE if self.model == "Bayan" else _DEFAULT_RATE
        rate = default if given is None else _number(given)
        if rate not in RATES:
            detail = must_be_one_of(rate_name or "", [str(each) for each in RATES])
            raise invalid(f"{provider}/{rate_name}", detail, status=422, code="10033")
        if self.model == "Sukhan" and kind == "wav":
            raise invalid("telnyx/response_format", "Sukhan has mp3 and pcm only.", status=422)
        if self.model == "Bayan" and kind != "pcm" and given is not None and rate != _BAYAN_RATE:
            raise invalid("telnyx/sampling_rate", "Bayan resamples pcm only.", status=422)
        return Format(kind=kind, rate=rate)


def _azure_format(named: object) -> Format:
    found = re.fullmatch(r"(riff|raw|audio)-(\d+)khz-.*(pcm|mp3)", str(named))
    rate = _DEFAULT_RATE if found is None else {22: 22050, 44: 44100}.get(int(found[2]), 0)
    rate = rate or int(found[2] if found else 0) * 1000
    if found is None or rate not in RATES or (found[1] == "audio") != (found[3] == "mp3"):
        raise _not_encodable("azure/output_format", named)
    return Format(kind=_AZURE_KINDS[found[1]], rate=rate)


def _not_encodable(field: str, named: object) -> ApiError:
    detail = f"The emulator makes mp3, wav and pcm, and not {named!r}."
    return invalid(field, detail, status=422, code="10027")


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _number(value: object) -> int:
    # AWS and Resemble have the rate as text.
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0
