"""`register_provider`: makes `init_chat_model("telnyx:…")` and `init_embeddings("telnyx:…")` work.

LangChain has a private table of the providers that it can build by name, and no function to add
one. `register_provider` adds a row to that table when it is called, and raises an error if the
table has changed.
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
# Module, class, constructor function.
_ROW = 3


def register_provider() -> None:
    """Register the provider `telnyx` with LangChain; further calls have no effect.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/chat.md#by-name

    Example:
        ```python
        import langchain_telnyx
        from langchain.chat_models import init_chat_model

        langchain_telnyx.register_provider()
        model = init_chat_model("telnyx:moonshotai/Kimi-K2.6", temperature=0)
        ```

    Raises:
        ConfigurationError: The `langchain` package is not installed, or this version does not
            support its table of providers. Nothing is registered then; use `ChatTelnyx(model=…)`
            and `TelnyxEmbeddings(model=…)`.
    """
    tables = {module: _table(module) for module in _CLASSES}
    for module, name in _CLASSES.items():
        # A future LangChain may have its own entry.
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
            f"The installed `langchain` package does not have the expected table of providers, "
            f"`{module}.{_TABLE}`: use `ChatTelnyx(model=…)` or `TelnyxEmbeddings(model=…)` "
            f"instead."
        )
    return table
