"""The voices of the emulator: a few of each provider."""

from typing import Any

PROVIDERS = (
    "aws",
    "telnyx",
    "azure",
    "elevenlabs",
    "minimax",
    "resemble",
    "xai",
    "humain",
    "soniox",
)
TELNYX_MODELS = ("Natural", "NaturalHD", "KokoroTTS", "Qwen3TTS", "Ultra", "Bayan", "Sukhan")

# provider, identifier, name, language, gender
_VOICES = (
    ("telnyx", "Telnyx.KokoroTTS.af_heart", "Heart", "en-US", "female"),
    ("telnyx", "Telnyx.KokoroTTS.am_adam", "Adam", "en-US", "male"),
    ("telnyx", "Telnyx.Natural.abbie", "Abbie", "en-US", "female"),
    ("telnyx", "Telnyx.Bayan.Ahmed", "Ahmed", "ar", "male"),
    ("telnyx", "Telnyx.Sukhan.urdu-professor", "Professor", "ur", "male"),
    ("aws", "Polly.Generative.Lucia", "Lucia", "es-ES", "female"),
    ("azure", "en-US-AvaMultilingualNeural", "Ava", "en-US", "female"),
    ("humain", "sara-en", "Sara", "en", "female"),
    ("soniox", "Emma", "Emma", "en", "female"),
    ("xai", "eve", "Eve", "en", "female"),
    ("xai", "rex", "Rex", "en", "male"),
)


def listed(provider: str | None) -> list[dict[str, Any]]:
    """Return the voices of one provider, or of all, as the API lists them."""
    return [
        {
            "voice_id": voice,
            "name": name,
            "provider": owner,
            "language": language,
            "gender": gender,
            "hosted": owner == "telnyx",
        }
        for owner, voice, name, language, gender in _VOICES
        if provider in {None, owner}
    ]
