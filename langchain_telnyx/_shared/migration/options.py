"""Options of 1.0.0, and of the base classes of its two models."""

import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.utils import from_env
from pydantic import Field, model_validator

from langchain_telnyx._shared.connect import Connected
from langchain_telnyx._shared.migration.rules import (
    Accepted,
    OldNames,
    Refused,
    Renamed,
    Rule,
    Sent,
    WithoutEffect,
)
from langchain_telnyx._shared.warnings import to_the_caller
from langchain_telnyx.client.config import DEFAULT_BASE_URL, has_environment_key
from langchain_telnyx.client.errors import ConfigurationError

DEFAULT_API_BASE = f"{DEFAULT_BASE_URL}/ai/openai"
_PAGE = "The list: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/migrating.md"


class OldOptionsMixin(Connected):
    """Converts options of 1.0.0 and langchain-openai, or raises for them; a mixin.

    Runs before unknown options are moved to the request fields.
    """

    _old_names: ClassVar[OldNames] = {}
    """The rules by old name, for names that are not fields."""

    # 1.0.0 has a public default value.
    telnyx_api_base: str | None = Field(
        default_factory=from_env(["TELNYX_BASE_URL", "TELNYX_API_BASE"], default=DEFAULT_API_BASE),
        alias="base_url",
    )
    """The API's root. Default: TELNYX_BASE_URL, else TELNYX_API_BASE, else Telnyx."""

    if not TYPE_CHECKING:  # so that type checkers still see the fields, and a misspelt name

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.client is None and self.telnyx_api_key is None and not has_environment_key():
                from langchain_telnyx._shared.migration.missing_key import missing_key  # noqa: PLC0415

                raise missing_key()

        def __getattr__(self, name: str) -> Any:
            rule = self._old_names.get(name)
            if rule is None:  # for example pydantic's private attributes, at every call
                return super().__getattr__(name)
            match rule:
                case Renamed():
                    _deprecate(type(self), name, rule)
                    return getattr(self, rule.field or rule.to)
                case WithoutEffect():
                    _deprecate(type(self), name, rule)
                    return rule.value
                case Refused():
                    raise AttributeError(
                        f"{type(self).__name__!r} object has no attribute {name!r}. {rule.why}"
                    )
            return super().__getattr__(name)

    @model_validator(mode="before")
    @classmethod
    def _convert_old_names(cls, values: Any) -> Any:
        rules = cls._old_names
        if not isinstance(values, dict) or rules.keys().isdisjoint(values):
            return values
        converted = dict(values)
        for name in [name for name in values if name in rules]:
            rule = rules[name]
            # A subclass may have its own field with this name.
            if isinstance(rule, Accepted) or name not in cls.model_fields:
                _apply(cls, converted, name, rule)
        return converted


def _apply(model: type[Connected], values: dict[str, Any], name: str, rule: Rule) -> None:
    """Apply a rule to an option; `values` is changed in place."""
    match rule:
        case Accepted():
            if rule.convert is not None:
                values[name] = rule.convert(name, values[name])
            return
        case Renamed() if rule.applies is not None and not rule.applies(values[name]):
            return
        case Sent():
            return
    value = values.pop(name)
    if isinstance(rule, Refused) and value is not None and value is not False:
        raise ConfigurationError(
            f"`{name}` is not an option of {model.__name__}. {rule.why} {_PAGE}"
        )
    _deprecate(model, name, rule)
    if isinstance(rule, Renamed) and value is not None:
        new_names = {rule.to, rule.field or rule.to}
        if also_set := [each for each in new_names if values.get(each) is not None]:
            raise ConfigurationError(
                f"`{name}` is the old name of `{rule.to}`, and both `{name}` and `{also_set[0]}` "
                f"are set: pass only `{rule.to}`."
            )
        for each in new_names:
            values.pop(each, None)
        values[rule.to] = rule.convert(name, value) if rule.convert else value


def _deprecate(model: type[Connected], name: str, rule: Rule) -> None:
    match rule:
        case Renamed(to=to):
            text = f"`{name}` of {model.__name__} is now `{to}`."
        case WithoutEffect(why=why):
            text = f"`{name}` of {model.__name__} has no effect: leave it out. {why}"
        case _:
            text = f"`{name}` is not an option of {model.__name__}: leave it out."
    warnings.warn(f"{text} {_PAGE}", DeprecationWarning, stacklevel=to_the_caller())
