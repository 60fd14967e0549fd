"""Language codes from the codes and names that models return."""

# Whisper's names of languages with rules of their own.
_NAMES = {
    "arabic": "ar", "armenian": "hy", "bengali": "bn", "burmese": "my", "cantonese": "yue",
    "castilian": "es", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi",
    "flemish": "nl", "french": "fr", "german": "de", "greek": "el", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "icelandic": "is", "indonesian": "id", "italian": "it",
    "japanese": "ja", "khmer": "km", "korean": "ko", "lao": "lo", "latvian": "lv",
    "lithuanian": "lt", "malay": "ms", "mandarin": "zh", "marathi": "mr", "myanmar": "my",
    "nepali": "ne", "norwegian": "no", "nynorsk": "no", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "serbian": "sr", "slovak": "sk",
    "slovenian": "sl", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr",
    "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip
_SAME = {"nb": "no", "nn": "no", "cmn": "zh", "lb": "de", "gsw": "de", "fil": "en", "tl": "en"}
_UNKNOWN = {"", "und", "multi", "multilingual", "auto", "none", "null"}


def language_code(language: str | None) -> str | None:
    """Return the code of a language, with two or three letters.

    Args:
        language: A code (`en`), a locale (`en-US`, `zh_Hant_TW`), a name (`english`), or nothing.

    Returns:
        The code without its region; `None` if the language is unknown, or there are several.
    """
    name = (language or "").strip().lower().replace("_", "-")
    if name in _UNKNOWN:
        return None
    if name in _NAMES:
        return _NAMES[name]
    code = name.partition("-")[0]
    return _SAME.get(code, code)
