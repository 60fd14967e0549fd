"""Unknown options of a model: refused if they may be secret, else sent as request fields."""

import warnings
from typing import Any

from pydantic import BaseModel, model_validator

from langchain_telnyx._shared.refused_options import field_names, refuse
from langchain_telnyx._shared.warnings import to_the_caller


class UnknownOptionsMixin(BaseModel):
    """Moves unknown options to `model_kwargs`, with a warning; a pydantic mixin.

    The vendor may have added them since. Options that look like a credential, a connection setting
    or a misspelling are refused: see `_shared/refused_options.py`.
    """

    @model_validator(mode="before")
    @classmethod
    def _move_unknown_options(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        unknown = values.keys() - field_names(cls)
        extra = {name: values[name] for name in unknown}
        refuse(extra, cls, "option")
        for name in ("model_kwargs", "extra_body"):
            if isinstance(given := values.get(name), dict):
                refuse(given, cls, "field")
        if not unknown:
            return values
        names = ", ".join(f"`{name}`" for name in sorted(unknown))
        warnings.warn(
            f"{names} is not an option of {cls.__name__}; it is moved to `model_kwargs` and sent "
            f"unchanged. Check the spelling, or pass it in `model_kwargs`.",
            stacklevel=to_the_caller(),
        )
        known = {name: value for name, value in values.items() if name not in unknown}
        return {**known, "model_kwargs": {**extra, **(values.get("model_kwargs") or {})}}
