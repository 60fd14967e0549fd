"""`register_provider`: makes `init_chat_model("telnyx:…")` and `init_embeddings("telnyx:…")` work.

LangChain keeps a closed table of the providers it can build by name, and has no way to add one. So
this adds to the table itself: only when it is called, and it says so where the table has changed.
"""

import importlib
from typing import Any

from langchain_telnyx.client.errors import ConfigurationError

PROVIDER = "telnyx"
_TABLE = "_BUILTIN_PROVIDERS"
_CLASSES = {
    "langchain.chat_models.base": "ChatTelnyx",
    "langchain.embeddings.base": "TelnyxEmbeddings",
}
# Module, class, and what builds the class.
_ROW = 3


def register_provider() -> None:
    """Let LangChain build our models by name; calling it again does no harm.

    Example:
        ```python
        import langchain_telnyx
        from langchain.chat_models import init_chat_model

        langchain_telnyx.register_provider()
        model = init_chat_model("telnyx:moonshotai/Kimi-K2.6", temperature=0)
        ```

    Raises:
        ConfigurationError: The `langchain` package is not installed, or keeps its providers
            otherwise than this version of ours knows. Nothing is registered then; build
            `ChatTelnyx(model=…)` and `TelnyxEmbeddings(model=…)` by their classes.
    """
    tables = {module: _table(module) for module in _CLASSES}
    for module, name in _CLASSES.items():
        # A LangChain that knows us by itself is left alone.
        tables[module].setdefault(PROVIDER, ("langchain_telnyx", name, _build))


def _build(cls: Any, **options: Any) -> Any:
    return cls(**options)


def _table(module: str) -> dict[str, Any]:
    try:
        table = getattr(importlib.import_module(module), _TABLE, None)
    except ImportError as error:
        raise ConfigurationError(
            "`register_provider()` needs the `langchain` package: pip install langchain."
        ) from error
    known = table.get("openai") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(known, tuple) or len(known) != _ROW:
        raise ConfigurationError(
            f"The `langchain` package that is installed keeps its providers otherwise than in "
            f"`{module}.{_TABLE}`: build `ChatTelnyx(model=…)` or `TelnyxEmbeddings(model=…)` "
            f"instead."
        )
    return table
