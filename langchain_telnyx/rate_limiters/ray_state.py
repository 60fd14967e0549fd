"""The state of a rate limiter in a Ray actor, for the workers of a cluster."""

import importlib
from typing import Any


class RayRateLimitState:
    """The state in a Ray actor, shared by all workers that have its handle.

    Args:
        actor: The handle of an actor of the class `LocalRateLimitState`:
            `ray.remote(num_cpus=0)(LocalRateLimitState).remote()`. If the actor ends, calls fail
            with Ray's error; a new actor begins with an empty minute.
    """

    is_local = False

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def apply(self, command: str, arguments: dict[str, Any], /) -> Any:
        """Run a method of the actor's ledger.

        Args:
            command: The name of the method.
            arguments: Its keyword arguments but `now`.
        """
        ray = importlib.import_module("ray")  # optional, and slow to import
        return ray.get(self._actor.apply.remote(command, arguments))
