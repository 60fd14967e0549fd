"""Log probabilities for an answer: invented, as nothing is sampled, but always the same.

The tokens add up to the content, and the chosen token is always the most likely of its list.
"""

import zlib
from typing import Any

from langchain_telnyx.emulator.model import tokens, words

_ALTERNATIVES = tuple(
    f" {word}"
    for word in words.word_list(
        "the a and of to in is it that for on as with was at by or an be not"
    )
)


def logprobs(content: str, top: int) -> list[dict[str, Any]]:
    """Describe each token of `content`, with `top` alternatives."""
    return [_entry(token, at, top) for at, token in enumerate(tokens.tokenise(content))]


def _entry(token: str, at: int, top: int) -> dict[str, Any]:
    number = zlib.crc32(f"{at}:{token}".encode()) % 1000
    logprob = -round(0.0005 + number / 4000, 6)
    ranked = [token, *(other for other in _ALTERNATIVES if other != token)]
    alternatives = [
        {
            "token": other,
            "logprob": logprob if rank == 0 else round(logprob - 1.5 - rank * 0.25, 6),
            "bytes": list(other.encode()),
        }
        for rank, other in enumerate(ranked[:top])
    ]
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": alternatives,
    }
