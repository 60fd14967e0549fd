"""Rules for options of 1.0.0's `ChatTelnyx`, `ChatOpenAI` and `ChatAnthropic`."""

from typing import Any

from langchain_telnyx._shared.migration.anthropic import ANTHROPIC
from langchain_telnyx._shared.migration.connections import CONNECTIONS
from langchain_telnyx._shared.migration.rules import OldNames, Refused, Renamed, Sent, WithoutEffect
from langchain_telnyx.client.errors import ConfigurationError

_OF_RESPONSES = Sent("It belongs to the Responses API, which a call with it then uses.")
_COUNTS = WithoutEffect(
    "Tokens are counted alike for all models; `custom_get_token_ids` counts otherwise."
)


def _is_effort(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and value.keys() <= {"effort"})


def _effort(_: str, value: Any) -> Any:
    return value.get("effort")


def _idle(name: str, value: Any) -> Any:
    if value == 0:
        raise ConfigurationError(
            f"`{name}=0` would wait for ever: give seconds as `stream_idle_timeout`, or leave it "
            f"out, and `timeout` holds."
        )
    return value


CHAT: OldNames = {
    **CONNECTIONS,
    **ANTHROPIC,
    "tiktoken_enabled": WithoutEffect(_COUNTS.why, value=False),
    "tiktoken_model_name": _COUNTS,
    "http_socket_options": Refused(
        "Pass clients of httpx whose transports have them, as `http_client` and "
        "`http_async_client`."
    ),
    "stream_chunk_timeout": Renamed("stream_idle_timeout", _idle),
    "disabled_params": Refused(
        "Leave it out: nothing is sent that was not given, and what a server is found to refuse "
        "is not sent again."
    ),
    # Gateways know it as a field of the request, with entries of their own.
    "reasoning": Renamed(
        "reasoning_effort",
        _effort,
        note="Only of `effort` alone; with other entries it is sent as it is.",
        applies=_is_effort,
    ),
    "verbosity": Sent(),
    "store": Sent(),
    "prompt_cache_options": Sent(),
    "context_management": _OF_RESPONSES,
    "include": _OF_RESPONSES,
    "truncation": _OF_RESPONSES,
}
