"""Options that a class does not know: kept, since the vendor may have added them since."""

import warnings
from functools import cache
from typing import Any

from pydantic import AliasChoices, BaseModel, model_validator

from langchain_telnyx._warnings import to_the_caller


class KeepsUnknown(BaseModel):
    """Moves options that are no fields to `model_kwargs`, with a warning; a pydantic mixin."""

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown_options(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not (unknown := values.keys() - _field_names(cls)):
            return values
        names = ", ".join(f"`{name}`" for name in sorted(unknown))
        warnings.warn(
            f"{names} is no field of {cls.__name__} and goes to `model_kwargs`, from where it is "
            f"sent as it is. Check the spelling, or pass it in `model_kwargs`.",
            stacklevel=to_the_caller(),
        )
        extra = {name: values[name] for name in unknown}
        known = {name: value for name, value in values.items() if name not in unknown}
        return {**known, "model_kwargs": {**extra, **(values.get("model_kwargs") or {})}}


@cache
def _field_names(model: type[BaseModel]) -> frozenset[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names |= {name, field.alias or name}
        if isinstance(field.validation_alias, AliasChoices):
            names |= {
                choice for choice in field.validation_alias.choices if isinstance(choice, str)
            }
    return frozenset(names)
