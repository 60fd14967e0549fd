"""The form of `filename` in file lists and hits, by the keys that were uploaded."""

from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote


def _without_suffix(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    stem, _, _ = name.rpartition(".")
    return f"{folder}{slash}{stem or name}"


_FORMS: Mapping[str, Callable[[str, str], str]] = {
    "key": lambda _, key: key,
    "encoded": lambda _, key: quote(key, safe=""),
    "with_bucket": lambda bucket, key: f"{bucket}/{key}",
    "without_suffix": lambda _, key: _without_suffix(key),
    "lower": lambda _, key: key.lower(),
    "basename": lambda _, key: key.rpartition("/")[2] or key,
}
"""A function of the bucket and the key, by the name in `Quirks.filename_form`."""


def spell(form: str, bucket: str, key: str) -> str:
    """Return a key in a form.

    Args:
        form: The name of the form.
        bucket: The bucket.
        key: The key.
    """
    return _FORMS[form](bucket, key)


def form_of(bucket: str, keys: Collection[str], names: Collection[str]) -> str | None:
    """Return the form in which a list has all keys; `None` if there is no such form.

    Args:
        bucket: The bucket.
        keys: The keys that were uploaded.
        names: The file names that were returned.
    """
    for form in _FORMS:
        if {spell(form, bucket, key) for key in keys} <= {*names}:
            return form
    return None
