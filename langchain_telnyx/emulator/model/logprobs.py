"""Log probabilities for an answer: made up, since nothing was sampled, yet always the same.

The tokens add up to the content, and the chosen token is always the most likely of its list, so
that whatever reads or sums them works.
"""

import zlib
from typing import Any

from langchain_telnyx.emulator.model import tokens, words

_RIVALS = tuple(
    f" {word}"
    for word in words.word_list(
        "the a and of to in is it that for on as with was at by or an be not"
    )
)


def logprobs(content: str, top: int) -> list[dict[str, Any]]:
    """Describe each token of `content`, with `top` alternatives."""
    return [_entry(token, at, top) for at, token in enumerate(tokens.tokenise(content))]


def _entry(token: str, at: int, top: int) -> dict[str, Any]:
    chance = zlib.crc32(f"{at}:{token}".encode()) % 1000
    logprob = -round(0.0005 + chance / 4000, 6)
    ranked = [token, *(rival for rival in _RIVALS if rival != token)]
    alternatives = [
        {
            "token": rival,
            "logprob": logprob if rank == 0 else round(logprob - 1.5 - rank * 0.25, 6),
            "bytes": list(rival.encode()),
        }
        for rank, rival in enumerate(ranked[:top])
    ]
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": alternatives,
    }
