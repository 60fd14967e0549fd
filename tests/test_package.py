"""The package as a whole: light imports, and names of 1.0.0."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import langchain_telnyx
from langchain_telnyx import ChatTelnyx, TelnyxEmbeddings

if TYPE_CHECKING:
    from langchain_telnyx.emulator import TelnyxEmulator

HEAVY = {
    "cryptography",
    "fastapi",
    "httpx",
    "jsonschema",
    "langchain_core",
    "langgraph",
    "networkx",
    "numpy",
    "PIL",
    "pocketsphinx",
    "pydantic",
    "soundfile",
    "starlette",
    "tiktoken",
    "tqdm",
    "uvicorn",
}


def loaded_by(module: str) -> set[str]:
    """Return the heavy packages that importing a module loads into a fresh Python."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    return HEAVY & set(done.stdout.split())


def test_importing_the_package_loads_nothing_else() -> None:
    folder = Path(langchain_telnyx.__file__).parents[1]
    program = (
        f"import importlib, sys; sys.path.insert(0, {str(folder)!r}); before = {{*sys.modules}}\n"
        "import langchain_telnyx; print(*sorted({*sys.modules} - before))"
    )
    # Without `site`, which may load other modules first.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "__future__",
        "langchain_telnyx",
        "langchain_telnyx._shared",
        "langchain_telnyx._shared.lazy_exports",
    ]


@pytest.mark.parametrize(
    "module",
    [
        "langchain_telnyx",
        "langchain_telnyx.cli",
        "langchain_telnyx.emulator",
        "langchain_telnyx.emulator.pytest_plugin",
    ],
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert loaded_by(module) == set()


def test_the_client_does_not_import_langchain() -> None:
    assert loaded_by("langchain_telnyx.client") == {
        "pydantic"
    }  # httpx is imported by the first call


def test_ten_models_are_built_in_less_than_5_ms_after_the_first() -> None:
    def ten() -> float:
        begun = time.perf_counter()
        for _ in range(10):
            ChatTelnyx(api_key="KEY1")
        return time.perf_counter() - begun

    ten()
    assert min(ten() for _ in range(20)) < 0.005


def test_the_public_names_are_those_of_the_stub() -> None:
    public = set(langchain_telnyx.__all__)
    stub = ast.parse(Path(langchain_telnyx.__file__).with_suffix(".pyi").read_text("utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    assert public == {alias.asname for node in imports for alias in node.names}
    assert all(len(node.names) == 1 for node in imports)  # the loader parses this form only
    assert dir(langchain_telnyx) == sorted(langchain_telnyx.__all__)
    for name in public:
        assert getattr(langchain_telnyx, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'ChatTelynx'"):
        _ = langchain_telnyx.ChatTelynx  # type: ignore[attr-defined]  # misspelt on purpose


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("langchain_telnyx.chat_models", "ChatTelnyx"),
        ("langchain_telnyx.embeddings", "TelnyxEmbeddings"),
    ],
)
def test_the_modules_of_1_0_0_exist(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is getattr(langchain_telnyx, name)


@pytest.mark.parametrize("key", ["api_key", "telnyx_api_key"])
@pytest.mark.parametrize("base", ["base_url", "telnyx_api_base"])
@pytest.mark.parametrize("model", ["model", "model_name"])
def test_the_option_names_of_1_0_0_work(
    telnyx_emulator: TelnyxEmulator, key: str, base: str, model: str
) -> None:
    options: dict[str, Any] = {key: telnyx_emulator.api_key, base: telnyx_emulator.base_url}
    named: dict[str, Any] = {model: "zai-org/GLM-5.3"}
    chat = ChatTelnyx(**options, **named)
    assert (chat.model, chat.model_name) == ("zai-org/GLM-5.3", "zai-org/GLM-5.3")
    assert chat.invoke("Hi").text
    assert len(TelnyxEmbeddings(**options).embed_query("Hi")) == 1024


@pytest.mark.telnyx_emulator(set_environment=False)
@pytest.mark.parametrize("base", ["TELNYX_API_BASE", "TELNYX_BASE_URL"])
@pytest.mark.parametrize("ending", ["", "/ai", "/ai/openai"])
def test_the_environment_variables_of_1_0_0_work(
    telnyx_emulator: TelnyxEmulator, monkeypatch: pytest.MonkeyPatch, base: str, ending: str
) -> None:
    monkeypatch.setenv("TELNYX_API_KEY", telnyx_emulator.api_key)
    monkeypatch.setenv(base, telnyx_emulator.base_url + ending)
    assert ChatTelnyx().invoke("Hi").text
