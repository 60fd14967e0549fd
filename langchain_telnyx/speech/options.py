"""The options of speech, and the fields of a request that they become."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from langchain_telnyx.client.api.text_to_speech import PROVIDERS
from langchain_telnyx.client.errors import ConfigurationError

DEFAULT_VOICE = "Telnyx.KokoroTTS.af_heart"

# The names of format and sampling rate in the object of each provider, and the type of the rate.
_FORMAT_NAMES: dict[str, tuple[str | None, str | None, type]] = {
    "telnyx": ("response_format", "sampling_rate", int),
    "aws": ("output_format", "sample_rate", str),
    "azure": ("output_format", None, int),
    "minimax": ("response_format", None, int),
    "resemble": ("format", "sample_rate", str),
    "soniox": ("audio_format", "sample_rate", int),
    "xai": ("output_format", "sample_rate", int),
}
# Their objects need the voice again.
_REPEAT_VOICE = ("humain", "soniox", "xai")


class SpeechOptions(BaseModel):
    """The options of speech; a pydantic mixin."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    voice: str = Field(default=DEFAULT_VOICE, min_length=1)
    """The voice, as `provider.model_id.voice_id` or `provider.voice_id`, such as
    `Telnyx.KokoroTTS.af_heart` or `azure.en-US-AvaMultilingualNeural`.
    `Telnyx().text_to_speech.list_voices()` lists voices."""

    language: str | None = None
    """Language code, such as `en-US`. Default: the voice's."""

    audio_format: str | None = None
    """The format, by the provider's name for it: `mp3`, `wav` or `pcm` for Telnyx. Default: the
    provider's, `mp3` for Telnyx."""

    sample_rate: int | None = Field(default=None, gt=0)
    """Samples per second. Default: the provider's."""

    text_type: Literal["text", "ssml"] | None = None
    """`ssml` for marked-up text, with voices of AWS and Azure."""

    voice_settings: Mapping[str, Any] | None = None
    """Settings of the voice; they depend on the provider."""

    provider_options: Mapping[str, Any] | None = None
    """Further options of the voice's provider, such as `{"voice_speed": 1.2}` for Telnyx."""

    disable_cache: bool | None = None
    """Whether the service synthesizes again what it has in its cache. Default: false."""

    @field_validator("voice")
    @classmethod
    def _check_voice(cls, voice: str) -> str:
        provider_of(voice)
        return voice

    @field_validator("provider_options")
    @classmethod
    def _check_options(cls, options: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        refuse_key(options)
        return options

    def parameters(self, overrides: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a request.

        Args:
            overrides: Options of one call, which replace those of the object.

        Raises:
            TypeError: An option is unknown.
            ValueError: The provider has no such option.
        """
        if unknown := sorted(overrides.keys() - SpeechOptions.model_fields.keys()):
            raise TypeError(
                f"Unknown option: {', '.join(unknown)}. The options of a call are: "
                f"{', '.join(SpeechOptions.model_fields)}."
            )
        options = {name: getattr(self, name) for name in SpeechOptions.model_fields}
        options.update(overrides)
        refuse_key(options["provider_options"])
        provider = provider_of(options["voice"])
        own = {**_format(provider, options), **(options["provider_options"] or {})}
        if own and provider in _REPEAT_VOICE:
            own = {"voice_id": options["voice"].rpartition(".")[2], **own}
        return {
            "voice": options["voice"],
            "language": options["language"],
            "text_type": options["text_type"],
            "voice_settings": options["voice_settings"],
            "disable_cache": options["disable_cache"],
            provider: own or None,
        }


def provider_of(voice: str) -> str:
    """Return the provider of a voice.

    Raises:
        ValueError: It has none.
    """
    provider, _, name = voice.partition(".")
    if provider.lower() not in PROVIDERS or not name:
        raise ValueError(
            f"The voice {voice!r} does not begin with its provider and a dot: write it as in "
            f"{DEFAULT_VOICE!r}. The providers are: {', '.join(PROVIDERS)}."
        )
    return provider.lower()


def refuse_key(options: Mapping[str, Any] | None) -> None:
    """Refuse a provider's key, which traces and serialization would show.

    Raises:
        ConfigurationError: There is one.
    """
    if options and "api_key" in options:
        raise ConfigurationError(
            "`provider_options` cannot have an `api_key`, which traces would show. Leave it out to "
            "use Telnyx's, or call `Telnyx().text_to_speech.stream(…)` with it."
        )


def _format(provider: str, options: Mapping[str, Any]) -> dict[str, Any]:
    format_name, rate_name, number = _FORMAT_NAMES.get(provider, (None, None, int))
    fields: dict[str, Any] = {}
    for option, name in (("audio_format", format_name), ("sample_rate", rate_name)):
        value = options[option]
        if value is None:
            continue
        if name is None:
            raise ConfigurationError(f"Voices of {provider} have no option `{option}`.")
        fields[name] = number(value) if option == "sample_rate" else value
    return fields
