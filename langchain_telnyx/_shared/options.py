"""Options that a class does not know: refused where they may be secret, else kept and sent."""

import warnings
from typing import Any

from pydantic import BaseModel, model_validator

from langchain_telnyx._shared.refused_options import field_names, refuse
from langchain_telnyx._shared.warnings import to_the_caller


class UnknownOptionsMixin(BaseModel):
    """Moves options that are no fields to `model_kwargs`, with a warning; a pydantic mixin.

    The vendor may have added them since. Those that look like a credential or a connection
    setting are refused, and so are misspellings: see `_models/refused.py`.
    """

    @model_validator(mode="before")
    @classmethod
    def _keep_unknown_options(cls, values: Any) -> Any:
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
            f"{names} is no field of {cls.__name__} and goes to `model_kwargs`, from where it is "
            f"sent as it is. Check the spelling, or pass it in `model_kwargs`.",
            stacklevel=to_the_caller(),
        )
        known = {name: value for name, value in values.items() if name not in unknown}
        return {**known, "model_kwargs": {**extra, **(values.get("model_kwargs") or {})}}
