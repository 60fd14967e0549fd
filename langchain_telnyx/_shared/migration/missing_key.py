"""The error of a model without a key."""

import sys
from functools import cache

from langchain_telnyx.client.config import NO_KEY
from langchain_telnyx.client.errors import ConfigurationError


def missing_key() -> ConfigurationError:
    """Return the error. If the openai package is loaded, it is also a subclass of its error.

    1.0.0 raised the openai package's error, and programs may catch it.
    """
    kind = getattr(sys.modules.get("openai"), "OpenAIError", None)
    return ConfigurationError(NO_KEY) if kind is None else _of_both(kind)(NO_KEY)


@cache
def _of_both(kind: type[Exception]) -> type[ConfigurationError]:
    def reduced(_: object) -> tuple[object, ...]:
        return missing_key, ()  # this class cannot be imported

    attributes = {"__module__": ConfigurationError.__module__, "__reduce__": reduced}
    return type(ConfigurationError.__name__, (ConfigurationError, kind), attributes)
