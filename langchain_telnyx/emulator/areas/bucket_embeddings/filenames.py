"""The forms in which the service returns the name of a file, which is the key of an object."""

from urllib.parse import quote

from langchain_telnyx.emulator.quirks import FilenameForm


def spelt(form: FilenameForm, bucket: str, key: str) -> str:
    """Return an object's key in the form of a filename that the quirks select.

    Args:
        form: See `Quirks.filename_form`.
        bucket: The object's bucket.
        key: Its key.
    """
    folder, slash, name = key.rpartition("/")
    match form:
        case "encoded":
            return quote(key, safe="")
        case "with_bucket":
            return f"{bucket}/{key}"
        case "without_suffix":
            stem, _, _ = name.rpartition(".")
            return f"{folder}{slash}{stem or name}"
        case "lower":
            return key.lower()
        case "basename":
            return name or key
        case _:
            return key
