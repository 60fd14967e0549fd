"""Print the public names of a package as JSON, in its own environment.

`python peer_worker.py models MODULE CLASS …` prints, for each class, the names under which options
may be given to its constructor, its methods, and the constants of its module. Members from
langchain-core are omitted, since our classes have them too.
`python peer_worker.py sdk` prints the telnyx SDK's options, and its methods of the areas below.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOMES = {"langchain_anthropic", "langchain_openai", "langchain_telnyx"}
_AREAS = (
    "ai",
    "integration_secrets",
    "messages",
    "phone_numbers",
    "recording_transcriptions",
    "storage",
    "texml_applications",
    "text_to_speech",
    "web_search",
)


def _models(module: str, *names: str) -> dict[str, Any]:
    return {name: _model(getattr(importlib.import_module(module), name)) for name in names}


def _model(model: Any) -> dict[str, Any]:
    kinds = [kind for kind in model.__mro__ if kind.__module__.partition(".")[0] in _HOMES]
    fields = {name for kind in kinds for name in inspect.get_annotations(kind)}
    options = {
        option
        for name, field in model.model_fields.items()
        if name in fields
        for option in (name, field.alias or name)
    }
    public = {name for kind in kinds for name in vars(kind) if not name.startswith("_")}
    constants = vars(sys.modules[model.__module__])
    return {
        "module": model.__module__,
        "constants": [name for name in sorted(constants) if name.startswith("DEFAULT_")],
        "own": sorted(inspect.get_annotations(model)),
        "options": sorted(options),
        "methods": sorted(public - fields - {"model_config"}),
    }


def _sdk() -> dict[str, Any]:
    telnyx: Any = importlib.import_module("telnyx")
    client = telnyx.Telnyx(api_key="KEY")
    parameters = inspect.signature(telnyx.Telnyx.__init__).parameters
    return {
        "options": [name for name in parameters if not name.startswith("_") and name != "self"],
        "methods": [
            method for area in _AREAS for method in _methods(getattr(client, area), f"{area}.")
        ],
    }


def _methods(resource: Any, prefix: str) -> Iterator[str]:
    for name, member in sorted(vars(type(resource)).items()):
        if name.startswith(("_", "with_")):
            continue
        if isinstance(member, functools.cached_property):
            yield from _methods(getattr(resource, name), f"{prefix}{name}.")
        elif inspect.isfunction(member):
            yield f"{prefix}{name}"


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    print(json.dumps(_models(*arguments) if kind == "models" else _sdk()))
