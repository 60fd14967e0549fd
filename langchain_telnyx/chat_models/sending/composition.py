"""Merging of request fields: the last value wins, under any of a field's names."""

from collections.abc import Mapping
from typing import Any

from langchain_telnyx.client.call import JSON

# Names of the same field; a request may have only one of them.
_SYNONYMS = (
    ("max_tokens", "max_completion_tokens"),
    ("stop", "stop_sequences"),
    ("timeout", "request_timeout"),
    ("model", "model_name"),
)
# Names of the answer's format; a request may have only one of them.
_FORMS = ("response_format", "guided_json", "guided_regex", "guided_choice")
_SPECIAL = frozenset({*_FORMS, "extra_body", "model_kwargs"}).union(*_SYNONYMS)
_MODEL = frozenset({"model"})
_RIGHT = {"stop_sequences": "stop", "request_timeout": "timeout", "model_name": "model"}


def merge_fields(fields: Mapping[str, Any], over: Mapping[str, Any]) -> JSON:
    """Merge fields over others; a field also replaces its other names.

    Args:
        fields: Fields of a request body, and options of a call.
        over: Fields that take precedence. Of several names of the same field, the last one wins.
    """
    special = _SPECIAL.intersection(over)
    if not special or (
        special == _MODEL and "model_name" not in fields
    ):  # the case of nearly every call
        return {**fields, **over}
    new = _one_of_each(over)
    names = new.keys() | _names_in(new.get("extra_body"))
    gone = {each for group in _SYNONYMS if names.intersection(group) for each in group}
    if any(new.get(form) is not None for form in _FORMS):
        gone.update(_FORMS)
    return {**{name: value for name, value in fields.items() if name not in gone}, **new}


def _one_of_each(fields: Mapping[str, Any]) -> JSON:
    new = {**fields}
    if isinstance(more := new.pop("model_kwargs", None), Mapping):
        new = {**more, **new}
    # `extra_body` takes precedence over all others.
    last = _names_in(new.get("extra_body"))
    for group in _SYNONYMS:
        given = [name for name in new if name in group]
        for name in given if last.intersection(group) else given[:-1]:
            del new[name]
    for name in [each for each in new if each in _FORMS and new[each] is not None][:-1]:
        del new[name]
    for name, right in _RIGHT.items():
        if name in new:
            new[right] = new.pop(name)
    if (form := new.get("response_format")) is not None:
        from langchain_telnyx.chat_models.structured.bindings import is_format, response_format  # noqa: PLC0415

        if not is_format(form):
            new["response_format"] = response_format(form)
    return new


def _names_in(extra: Any) -> set[str]:
    return set(extra) if isinstance(extra, Mapping) else set()
