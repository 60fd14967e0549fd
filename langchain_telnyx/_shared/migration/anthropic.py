"""Rules for options of `ChatAnthropic`."""

from typing import Any

from langchain_telnyx._shared.migration.rules import OldNames, Refused, Renamed, Sent, seconds

_THINKS = {"enabled": True, "adaptive": True, "disabled": False}
_NO_CODE = Refused("No model of Telnyx runs code on the server: bind a tool that does.")


def _is_switch(value: Any) -> bool:
    alone = isinstance(value, dict) and value.keys() == {"type"}
    return value is None or (alone and value["type"] in _THINKS)


def _switch(_: str, value: Any) -> Any:
    return _THINKS[value["type"]]


ANTHROPIC: OldNames = {
    "anthropic_api_key": Refused(
        "A key of Anthropic's is not sent to Telnyx: pass a Telnyx key as `api_key`, or set "
        "TELNYX_API_KEY."
    ),
    "anthropic_api_url": Refused(
        "Pass the root of Telnyx, or of another server that speaks OpenAI's chat completions, as "
        "`base_url`."
    ),
    "anthropic_proxy": Renamed("proxy"),
    "default_request_timeout": Renamed("timeout", seconds, "request_timeout"),
    "max_tokens_to_sample": Renamed("max_tokens"),
    "effort": Renamed("reasoning_effort"),
    # Gateways know it as a field of the request, with entries of their own.
    "thinking": Renamed(
        "enable_thinking",
        _switch,
        note="Only of `type` alone; with other entries it is sent as it is. The API has no budget "
        "of thinking: `reasoning_effort` shortens it.",
        applies=_is_switch,
    ),
    "output_config": Refused(
        "Pass `reasoning_effort` for its `effort`, and `response_format` for its `format`."
    ),
    "top_k": Sent("The API does not document it; vLLM and SGLang take it."),
    "betas": Refused("They are versions of Anthropic's own API."),
    "mcp_servers": Refused(
        "A chat of Telnyx calls no MCP servers: load their tools with langchain-mcp-adapters, and "
        "bind them."
    ),
    "container": _NO_CODE,
    "reuse_last_container": _NO_CODE,
    "inference_geo": Refused("Pass `region`, with `mode` where it has to be that one."),
    "user_profile_id": Refused(
        "A request names no user; what a gateway reads goes into `default_headers` or `extra_body`."
    ),
}
