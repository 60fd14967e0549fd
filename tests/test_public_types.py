"""Public signatures use public types; fields are documented at run time; errors are exported."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, get_args, get_origin, get_type_hints

import pydantic
import pytest

import langchain_telnyx
from langchain_telnyx import Telnyx, TelnyxInsights, TelnyxVectorStore, errors, types
from langchain_telnyx.client.decode import Model
from langchain_telnyx.client.errors import TelnyxError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(langchain_telnyx.__file__).parent
PUBLIC = ("langchain_telnyx", "langchain_telnyx.client", "langchain_telnyx.emulator")
ADAPTERS = {name: getattr(langchain_telnyx, name) for name in langchain_telnyx.__all__}
MODELS = {
    name: kind
    for name, kind in ADAPTERS.items()
    if inspect.isclass(kind) and issubclass(kind, pydantic.BaseModel)
}


# Packages with public modules: the package itself, and those of public classes.
CAPABILITIES = {
    "assistants",
    "chat_models",
    "conversations",
    "embeddings",
    "fine_tuning",
    "insights",
    "store",
    "transcription",
    "vectorstores",
}
HOMES = {getattr(value, "__module__", "") for value in ADAPTERS.values()}


def is_private(module: str) -> bool:
    """Return whether a module of this package is private."""
    names = module.split(".")
    if names[0] != "langchain_telnyx":
        return False
    inside = len(names) > 2 and names[1] in CAPABILITIES and module not in HOMES
    return inside or "._" in module or ".client.http" in module


def classes_in(annotation: Any) -> Iterator[type]:
    """Return every class in an annotation, at any depth."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        yield annotation
    for argument in get_args(annotation):
        for each in argument if isinstance(argument, list) else [argument]:
            yield from classes_in(each)


def signatures(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Return the functions of a public name: itself, or the public methods of a class."""
    if inspect.isfunction(value):
        yield name, value
    if not inspect.isclass(value):
        return
    for member, found in inspect.getmembers(value):
        function = found.fget if isinstance(found, property) else found
        function = getattr(function, "__func__", function)
        ours = str(getattr(function, "__module__", "")).startswith("langchain_telnyx")
        if inspect.isfunction(function) and ours and (member[0] != "_" or member == "__init__"):
            yield f"{name}.{member}", function


def public_signatures() -> Iterator[tuple[str, Any]]:
    for module in PUBLIC:
        package = importlib.import_module(module)
        for name in package.__all__:
            yield from signatures(name, getattr(package, name))


def test_public_signatures_have_no_class_of_a_private_module() -> None:
    named = {
        f"{where}: {found.__module__}.{found.__name__}"
        for where, function in public_signatures()
        for annotation in get_type_hints(function).values()
        for found in classes_in(annotation)
        if is_private(found.__module__)
    }
    fields = {
        f"{name}.{field}: {found.__module__}.{found.__name__}"
        for name, kind in MODELS.items()
        for field, info in kind.model_fields.items()
        for found in classes_in(info.annotation)
        if is_private(found.__module__)
    }
    assert named | fields == set()


def annotations_in(tree: ast.Module | ast.ClassDef) -> Iterator[ast.expr]:
    """Return the annotations of the public functions, methods and fields of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name[0] == "_" and node.name != "__init__":
                continue
            given = node.args
            arguments = [*given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            yield from (each.annotation for each in arguments if each and each.annotation)
            yield from [node.returns] if node.returns else []
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_":
            yield from annotations_in(node)
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "_")[0] != "_":
            yield node.annotation


def test_types_of_private_modules_in_public_signatures_are_exported() -> None:
    public = [getattr(types, name) for name in types.__all__]
    hidden: set[str] = set()
    seen: set[str] = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = (PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts)
        module = ".".join(parts).removesuffix(".__init__")
        if is_private(module) or parts[1] in {"emulator", "cli"}:
            continue
        tree = ast.parse(file.read_text("utf-8"))
        sources = {
            alias.asname or alias.name: (str(node.module), alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for annotation in annotations_in(tree):
            for node in ast.walk(annotation):
                source = sources.get(node.id) if isinstance(node, ast.Name) else None
                if source is None or not is_private(source[0]):
                    continue
                seen.add(source[1])
                value = getattr(importlib.import_module(source[0]), source[1])
                if not any(value is each or value == each for each in public):
                    hidden.add(f"{module}: {'.'.join(source)}")
    assert {"AnyTranscript", "AnyTool", "Docstore"} <= seen
    # For authors of endpoints only.
    assert {name for name in hidden if "_runner" not in name} == set()


def test_the_types_are_imported_on_first_use() -> None:
    assert dir(types) == sorted(types.__all__)
    for name in types.__all__:
        assert getattr(types, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'TelnyxOption'"):
        _ = types.TelnyxOption  # type: ignore[attr-defined]  # misspelt on purpose
    program = (
        "import sys; from langchain_telnyx.types import TelnyxOptions, SyncHTTPClient; "
        "from langchain_telnyx.errors import RateLimitError; "
        "print('langchain_core' in sys.modules)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "False\n"


def test_telnyx_options_has_the_options_of_the_client() -> None:
    of_client = get_type_hints(Telnyx.__init__)
    del of_client["return"]
    assert get_type_hints(types.TelnyxOptions) == of_client
    untimed = {name: kind for name, kind in of_client.items() if name != "timeout"}
    assert get_type_hints(types.UntimedOptions) == untimed
    assert types.TelnyxOptions.__required_keys__ == frozenset()


def test_the_options_of_analyze_are_the_fields_of_the_insights() -> None:
    fields = {info.alias or name for name, info in TelnyxInsights.model_fields.items()}
    assert types.InsightsOptions.__optional_keys__ == fields - {"insights"}


def test_the_options_of_a_store_are_those_of_its_constructor() -> None:
    of_store = get_type_hints(TelnyxVectorStore.__init__)
    for name in ("return", "bucket", "options"):
        del of_store[name]
    of_client = get_type_hints(types.TelnyxOptions)
    assert get_type_hints(types.VectorStoreOptions) == {**of_client, **of_store}


def test_functions_with_connection_options_declare_them() -> None:
    passed: dict[str, Any] = {}
    for name, function in public_signatures():
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD and parameter.name == "options":
                passed[name] = get_type_hints(function)["options"]
    untyped = {name for name, annotation in passed.items() if get_origin(annotation) is not Unpack}
    assert untyped == set()
    assert len(passed) >= 14


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("TelnyxChatMessageHistory", ("session",)),
        ("TelnyxClustersLoader", ("moons",)),
        ("TelnyxConversationLoader", ()),
        ("TelnyxStore", ("memory",)),
        ("TelnyxTranscriptionLoader", ("call.wav",)),
        ("TelnyxTranscriptionParser", ()),
        ("TelnyxVectorStore", ("moons",)),
    ],
)
def test_the_error_for_a_misspelt_option_has_the_right_name(
    name: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(TypeError) as caught:
        ADAPTERS[name](*arguments, api_kye="KEY0123")
    assert str(caught.value) == "`api_kye` is not an option: did you mean `api_key`?"
    with pytest.raises(
        TypeError,
        match="`zzz` is not an option: the options are `allow_http`, `api_key`, `base_url`",
    ):
        ADAPTERS[name](*arguments, zzz="KEY0123", client=Telnyx(api_key="KEY0123"))


def test_transcription_loaders_have_their_own_default_timeout() -> None:
    hints = get_type_hints(ADAPTERS["TelnyxTranscriptionLoader"].__init__)
    assert hints["timeout"] is float
    assert get_args(hints["options"]) == (types.UntimedOptions,)


def test_bound_models_are_pickled_by_their_public_name() -> None:
    bound = ADAPTERS["ChatTelnyx"](api_key="KEY0123").bind_tools([])
    assert type(bound) is types.BoundModel
    written = pickle.dumps(bound)
    assert b"langchain_telnyx.types" in written
    assert type(pickle.loads(written)) is types.BoundModel  # noqa: S301 - our own


def own_fields(kind: type[pydantic.BaseModel]) -> set[str]:
    """Return the fields of this package, without those of langchain-core."""
    inherited = {
        field
        for base in kind.__mro__
        if not base.__module__.startswith("langchain_telnyx")
        and issubclass(base, pydantic.BaseModel)
        for field in getattr(base, "model_fields", {})
    }
    return set(kind.model_fields) - inherited


@pytest.mark.parametrize("name", MODELS)
def test_every_field_of_an_adapter_has_a_description(name: str) -> None:
    fields = MODELS[name].model_fields
    silent = {field for field in own_fields(MODELS[name]) if not fields[field].description}
    assert silent == set()


def test_a_description_is_the_docstring_below_the_field() -> None:
    fields = ADAPTERS["ChatTelnyx"].model_fields
    assert (
        fields["max_retries"].description
        == "Number of retries after the first attempt. Default: 2."
    )
    assert (
        fields["seed"].description
        == "Seed for sampling; the results are repeatable as far as the model supports it."
    )


def results(kind: type[Model]) -> Iterator[type[Model]]:
    for each in kind.__subclasses__():
        yield each
        yield from results(each)


def test_every_field_of_an_api_result_has_a_description() -> None:
    for module in pkgutil.walk_packages([str(PACKAGE / "client" / "api")]):
        importlib.import_module(f"langchain_telnyx.client.api.{module.name}")
    importlib.import_module("langchain_telnyx.webhooks")
    public = {
        kind
        for kind in results(Model)
        if kind.__module__.startswith("langchain_telnyx") and kind.__name__[0] != "_"
    }
    assert len(public) > 50
    silent = {
        f"{kind.__name__}.{name}"
        for kind in public
        for name, field in kind.model_fields.items()
        if not field.description
    }
    assert silent == set()


def test_a_description_of_several_lines_is_joined() -> None:
    class Moon(Model):
        """A moon.

        Attributes:
            name: Its name, as it was
                given by its finder.
            planet: What it turns around: a planet.

        Raises:
            radius: No field.
        """

        name: str
        planet: str
        radius: int | None = None

    described = {name: field.description for name, field in Moon.model_fields.items()}
    assert described == {
        "name": "Its name, as it was given by its finder.",
        "planet": "What it turns around: a planet.",
        "radius": None,
    }


def test_every_error_is_exported_by_the_errors_module() -> None:
    named = {
        name: value
        for home in (
            "answer_errors",
            "cost_errors",
            "errors",
            "limit_errors",
            "search_errors",
            "speech_errors",
            "webhook_errors",
            "write_errors",
        )
        for name, value in vars(importlib.import_module(f"langchain_telnyx.client.{home}")).items()
        if inspect.isclass(value) and issubclass(value, TelnyxError)
    }
    assert errors.__all__ == sorted(named)
    for name, value in named.items():
        assert getattr(errors, name) is value


def test_the_errors_of_the_package_are_the_same_classes() -> None:
    at_the_top = {name for name in langchain_telnyx.__all__ if name.endswith("Error")}
    assert at_the_top <= set(errors.__all__)
    assert {"TelnyxError", "RateLimitError", "ContextOverflowError", "PartialError"} <= at_the_top
    assert all(getattr(errors, name) is ADAPTERS[name] for name in at_the_top)


def test_classes_in_finds_nested_classes() -> None:
    deep = Callable[[list[types.Retry]], dict[str, int]]
    assert types.Retry in set(classes_in(deep))
