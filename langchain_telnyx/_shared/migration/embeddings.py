"""Rules for options of 1.0.0's `TelnyxEmbeddings` and of `OpenAIEmbeddings`."""

from langchain_telnyx._shared.migration.connections import CONNECTIONS
from langchain_telnyx._shared.migration.rules import (
    Accepted,
    OldNames,
    Refused,
    Renamed,
    WithoutEffect,
)

_TEXTS = WithoutEffect("Texts are sent as strings: no token ids are made of them.")
_OF_AZURE = Refused("It belongs to Azure; here the model is `model`, and the server `base_url`.")
_PAUSES = Refused(
    "Pauses go by the server's `retry-after`, and grow where it names none; `deadline` and "
    "`max_retries` bound them."
)

EMBEDDINGS: OldNames = {
    **CONNECTIONS,
    "tiktoken_enabled": WithoutEffect(_TEXTS.why, value=False),
    "tiktoken_model_name": _TEXTS,
    "check_embedding_ctx_length": WithoutEffect(
        "Lengths are always checked: `max_input_tokens` is the limit, and `on_long_text` what "
        "becomes of longer texts.",
        value=True,
    ),
    "embedding_ctx_length": Accepted(
        'A longer text is refused; `on_long_text="average"` '
        "embeds its parts, as langchain-openai does."
    ),
    "allowed_special": _TEXTS,
    "disallowed_special": _TEXTS,
    "deployment": _OF_AZURE,
    "openai_api_version": _OF_AZURE,
    "api_version": _OF_AZURE,
    "openai_api_type": _OF_AZURE,
    "headers": Renamed("default_headers"),
    "skip_empty": Refused(
        "Leave blank texts out of the list: each text has its vector, and a blank one is refused "
        "by position."
    ),
    "retry_min_seconds": _PAUSES,
    "retry_max_seconds": _PAUSES,
}
