"""Token counts, from every field of engines, in LangChain's format."""

from typing import Any

from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from langchain_telnyx.client.call import JSON

# The paths of a count in `usage`: OpenAI's first, then those of the Responses API, Moonshot,
# DeepSeek, Anthropic and gateways.
_PROMPT = (("prompt_tokens",), ("input_tokens",))
_COMPLETION = (("completion_tokens",), ("output_tokens",))
_TOTAL = (("total_tokens",),)
_PLAIN = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})
_CACHE_READ = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("cached_tokens",),
    ("prompt_cache_hit_tokens",),
    ("cache_read_input_tokens",),
    ("prompt_tokens_details", "cache_read_tokens"),
)
_CACHE_CREATION = (
    ("prompt_tokens_details", "cache_creation_tokens"),
    ("prompt_tokens_details", "cache_write_tokens"),
    ("input_tokens_details", "cache_creation_tokens"),
    ("input_tokens_details", "cache_write_tokens"),
    ("cache_creation_input_tokens",),
)
_REASONING = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
    ("reasoning_tokens",),
)
_AUDIO_IN = (("prompt_tokens_details", "audio_tokens"), ("input_tokens_details", "audio_tokens"))
_AUDIO_OUT = (
    ("completion_tokens_details", "audio_tokens"),
    ("output_tokens_details", "audio_tokens"),
)


def usage_metadata(usage: Any) -> UsageMetadata | None:
    """Return token counts in LangChain's format, without those that the server does not send."""
    if not usage or not isinstance(usage, dict):
        return None
    prompt, completion = _count(usage, _PROMPT) or 0, _count(usage, _COMPLETION) or 0
    counts = UsageMetadata(
        input_tokens=prompt,
        output_tokens=completion,
        total_tokens=_count(usage, _TOTAL) or prompt + completion,
    )
    if _PLAIN.issuperset(usage):  # the case of many answers
        return counts
    of_prompt = _details(
        usage, audio=_AUDIO_IN, cache_creation=_CACHE_CREATION, cache_read=_CACHE_READ
    )
    if of_prompt:
        counts["input_token_details"] = InputTokenDetails(**of_prompt)  # type: ignore[typeddict-item]  # the names above
    of_answer = _details(usage, audio=_AUDIO_OUT, reasoning=_REASONING)
    if of_answer:
        counts["output_token_details"] = OutputTokenDetails(**of_answer)  # type: ignore[typeddict-item]  # the names above
    return counts


def latest(before: JSON | None, usage: Any) -> JSON | None:
    """Return the counts of a stream after another event.

    The last counts are the total. A zero or null does not replace a count, because some servers end
    a stream with zeros.
    """
    if not isinstance(usage, dict) or not usage:
        return before
    if before is None:
        return usage
    merged = dict(before)
    for name, value in usage.items():
        held = merged.get(name)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[name] = latest(held, value)
        elif not held or number(value) or (value and number(value) is None):
            merged[name] = value
    return merged


def number(value: Any) -> int | None:
    """Return a count, also from text or a float."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = int(value) if isinstance(value, int) else int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found >= 0 else None


def _count(usage: JSON, places: tuple[tuple[str, ...], ...]) -> int | None:
    """Return the first count other than zero, else zero if there is one."""
    found: int | None = None
    for place in places:
        value: Any = usage
        for name in place:
            value = value.get(name) if isinstance(value, dict) else None
        count = number(value)
        if count:
            return count
        found = count if found is None else found
    return found


def _details(usage: JSON, **places: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    found = {name: _count(usage, where) for name, where in places.items()}
    # Merging chunks fails on None, so absent counts stay absent.
    return {name: count for name, count in found.items() if count is not None}
