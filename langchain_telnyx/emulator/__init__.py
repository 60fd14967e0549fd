"""An emulator of the Telnyx AI and Cloud Storage APIs, for work without network or account.

```python
from langchain_telnyx.emulator import TelnyxEmulator

with TelnyxEmulator() as telnyx:
    print(telnyx.base_url)  # for any Telnyx client, OpenAI client or S3 client
```

It needs the extra `emulator`; importing this package does not import the extra's packages.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_telnyx.emulator.quirk_sources import QuirkSource
    from langchain_telnyx.emulator.quirks import Quirks
    from langchain_telnyx.emulator.runtime.pace import after_polls, after_seconds, immediately
    from langchain_telnyx.emulator.server import BeyondLoopbackWarning, TelnyxEmulator
    from langchain_telnyx.emulator.serving.limits import RequestLimits
    from langchain_telnyx.emulator.serving.model_rates import ModelRateLimit, ModelRateLimits
    from langchain_telnyx.emulator.serving.recording import RequestLog
    from langchain_telnyx.emulator.serving.request_record import RequestRecord, ResponseRecord
    from langchain_telnyx.emulator.serving.scripted_queue import NearMiss

__all__ = [
    "BeyondLoopbackWarning",
    "ModelRateLimit",
    "ModelRateLimits",
    "NearMiss",
    "QuirkSource",
    "Quirks",
    "RequestLimits",
    "RequestLog",
    "RequestRecord",
    "ResponseRecord",
    "TelnyxEmulator",
    "after_polls",
    "after_seconds",
    "immediately",
]

_MODULES = {
    "BeyondLoopbackWarning": "server",
    "ModelRateLimit": "serving.model_rates",
    "ModelRateLimits": "serving.model_rates",
    "NearMiss": "serving.scripted_queue",
    "QuirkSource": "quirk_sources",
    "Quirks": "quirks",
    "RequestLimits": "serving.limits",
    "RequestLog": "serving.recording",
    "RequestRecord": "serving.request_record",
    "ResponseRecord": "serving.request_record",
    "TelnyxEmulator": "server",
    "after_polls": "runtime.pace",
    "after_seconds": "runtime.pace",
    "immediately": "runtime.pace",
}

if not TYPE_CHECKING:  # so that type checkers report misspelt names

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("langchain_telnyx"):
                raise
            needed = (error.name or "").partition(".")[0]
            raise ImportError(
                f"The emulator needs {needed!r}, which is not installed. "
                'Install its extra: pip install "langchain-telnyx[emulator]"'
            ) from error
        return getattr(module, name)

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])
