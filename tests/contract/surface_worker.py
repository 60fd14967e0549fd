"""Print the public names of the packages to compare with, as JSON.

It runs in an environment with langchain, langchain-openai and langchain-anthropic.
`python surface_worker.py` prints, for each class of `_CLASSES`, the names of its options and the
parameters of its methods; for each package of `_PACKAGES` the public names of its modules; and the
kinds of content block of langchain-core and of the providers' SDKs.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from typing import Any, get_args, get_type_hints

import history_worker

_CLASSES = {
    "langchain_core": {"BaseChatModel": "langchain_core.language_models", "Embeddings": ""},
    "langchain_openai": {"ChatOpenAI": "", "OpenAIEmbeddings": ""},
    "langchain_anthropic": {"ChatAnthropic": ""},
}
_MODULES = {"Embeddings": "langchain_core.embeddings"}
_PACKAGES = ("langchain_openai", "langchain_anthropic", "langchain.agents")
# Methods of every pydantic class.
_PYDANTIC = {"construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj"} | {
    "parse_raw", "schema", "schema_json", "update_forward_refs", "validate"
}  # fmt: skip


def _model(package: str, module: str, name: str) -> dict[str, Any]:
    model: Any = getattr(importlib.import_module(module or _MODULES.get(name, package)), name)
    own = [kind for kind in model.__mro__ if kind.__module__.partition(".")[0] == package]
    fields = {
        field: about.alias
        for field, about in getattr(model, "model_fields", {}).items()
        if any(field in inspect.get_annotations(kind) for kind in own)
    }
    methods = {each for kind in own for each in vars(kind) if _is_public(each)}
    methods -= {*fields, *_PYDANTIC}
    return {
        "options": sorted({*fields, *filter(None, fields.values())}),
        "methods": {each: _parameters(getattr(model, each)) for each in sorted(methods)},
    }


def _is_public(name: str) -> bool:
    return not name.startswith(("_", "model_"))


def _parameters(method: Any) -> list[str]:
    if not callable(method) or isinstance(method, type):
        return []
    found = inspect.signature(method).parameters.values()
    named = [each for each in found if each.kind not in {each.VAR_KEYWORD, each.VAR_POSITIONAL}]
    return [each.name for each in named if each.name not in {"self", "cls"}]


def _names(package: str) -> dict[str, list[str]]:
    """Return the public names of each module of a package, its own module first."""
    home: Any = importlib.import_module(package)
    inside = (info.name for info in pkgutil.walk_packages(home.__path__, f"{package}."))
    public = (name for name in inside if "._" not in name)
    modules = [home, *map(importlib.import_module, public)]
    return {module.__name__: names for module in modules if (names := _public(module))}


def _public(module: Any) -> list[str]:
    exported = getattr(module, "__all__", None)
    if exported is not None:
        return sorted({*exported} - {"__version__"})
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    )


def _blocks() -> dict[str, list[str]]:
    content: Any = importlib.import_module("langchain_core.messages.content")
    unions = [*get_args(content.ContentBlock), *get_args(content.Annotation)]
    kinds = {get_args(get_type_hints(each)["type"])[0] for each in unions}
    openai, _ = history_worker._openai()  # noqa: SLF001 - a script of the same folder
    anthropic, _ = history_worker._anthropic()  # noqa: SLF001
    return {
        "langchain-core": sorted(kinds),
        "OpenAI": sorted(openai),
        "Anthropic": sorted(anthropic),
    }


if __name__ == "__main__":
    classes = {
        name: _model(package, module, name)
        for package, found in _CLASSES.items()
        for name, module in found.items()
    }
    names = {package: _names(package) for package in _PACKAGES}
    print(json.dumps({"classes": classes, "names": names, "blocks": _blocks()}))
