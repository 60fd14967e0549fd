"""The error of a model that is built without a key."""

import sys
from functools import cache

from langchain_telnyx.client.config import NO_KEY
from langchain_telnyx.client.errors import ConfigurationError


def missing_key() -> ConfigurationError:
    """Return the error; it is the openai package's too, where a program has that loaded.

    1.0.0 raised that one, and programs may catch it.
    """
    kind = getattr(sys.modules.get("openai"), "OpenAIError", None)
    return ConfigurationError(NO_KEY) if kind is None else _of_both(kind)(NO_KEY)


@cache
def _of_both(kind: type[Exception]) -> type[ConfigurationError]:
    def reduced(_: object) -> tuple[object, ...]:
        return missing_key, ()  # this class cannot be imported

    theirs = {"__module__": ConfigurationError.__module__, "__reduce__": reduced}
    return type(ConfigurationError.__name__, (ConfigurationError, kind), theirs)
