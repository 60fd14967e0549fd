"""Methods whose signature is computed once.

langchain-core inspects the signatures of some methods at every call. For an ordinary method, that
takes 3 % of the time of a call of a chat model.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any


class _Method:
    """A method that `inspect.signature` reads without computing it, on the class and bound."""

    def __init__(self, method: Callable[..., Any]) -> None:
        signature = inspect.signature(method)
        vars(method)["__signature__"] = signature
        _, *parameters = signature.parameters.values()
        of_bound = {"__signature__": signature.replace(parameters=parameters)}
        self._method = method
        self._bound: Any = type(method.__name__, (partial,), of_bound)

    def __get__(self, instance: object | None, owner: type) -> Any:
        return self._method if instance is None else self._bound(self._method, instance)


def compute_signatures(cls: type, *names: str) -> None:
    """Compute the signatures of methods in advance.

    Args:
        cls: The class that defines the methods.
        *names: Their names.
    """
    for name in names:
        setattr(cls, name, _Method(vars(cls)[name]))
