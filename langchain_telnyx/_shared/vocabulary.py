"""Counts tokens of a text without network access: with tiktoken if its data is available locally.

tiktoken downloads a vocabulary on first use, which hangs or fails without network access. This
module uses tiktoken only if the vocabulary is loaded, or in tiktoken's cache with the right hash;
else it estimates the number of tokens.
"""

import hashlib
import os
import re
import sys
import tempfile
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from langchain_telnyx.client.call import JSON

# A piece of a text that is one token in most byte-pair vocabularies: a short word with the space
# before it, up to three digits, a punctuation mark, white space. In other scripts: each character.
_PIECE = re.compile(
    r" ?[A-Za-z]{1,8}| ?[\u00aa-\u058f]{1,3}|\d{1,3}|[\u0590-\u1fff]{1,2}|\s+| ?[^\sA-Za-z\d]"
)


class _Vocabulary(NamedTuple):
    """A vocabulary of tiktoken: its name, its URL, and the hash of its file."""

    name: str
    source: str
    sha256: str


# The newest first: the models behind the API have vocabularies of this size and larger.
_SOURCE = "https://openaipublic.blob.core.windows.net/encodings"
_VOCABULARIES: Sequence[_Vocabulary] = (
    _Vocabulary(
        "o200k_base",
        f"{_SOURCE}/o200k_base.tiktoken",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    _Vocabulary(
        "cl100k_base",
        f"{_SOURCE}/cl100k_base.tiktoken",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
)


def count(text: str) -> int:
    """Return the approximate number of tokens of a text."""
    encoding = _encoding()
    if encoding is None:
        return len(pieces(text))
    return len(encoding.encode_ordinary(text))


def pieces(text: str) -> list[str]:
    """Split a text into about as many pieces as it has tokens; joined, they are the text."""
    return _PIECE.findall(text)


def token_ids(text: str) -> list[int]:
    """Return the token ids of a text; for an estimate, the hashes of its pieces."""
    encoding = _encoding()
    if encoding is None:
        return [zlib.crc32(piece.encode("utf-8", "replace")) for piece in pieces(text)]
    ids: list[int] = encoding.encode_ordinary(text)
    return ids


def _encoding() -> Any:
    """Return tiktoken's encoding; `None` if it is not available without network access."""
    name = _available(_cache_folder())
    if name is None:
        return None
    import tiktoken  # noqa: PLC0415 - slow to import

    return tiktoken.get_encoding(name)


def _cache_folder() -> str:
    """Return tiktoken's cache folder; empty if caching is off."""
    for name in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if name in os.environ:
            return os.environ[name]
    return str(Path(tempfile.gettempdir()) / "data-gym-cache")


def _available(folder: str) -> str | None:
    for vocabulary in _VOCABULARIES:
        if vocabulary.name in _loaded() or (folder and _is_cached(folder, vocabulary)):
            return vocabulary.name
    return None


def _loaded() -> JSON:
    registry: Any = sys.modules.get("tiktoken.registry")
    return {} if registry is None else registry.ENCODINGS


@cache
def _is_cached(folder: str, vocabulary: _Vocabulary) -> bool:
    # tiktoken names the file by this hash, and downloads it again if its content is wrong.
    name = hashlib.sha1(vocabulary.source.encode(), usedforsecurity=False).hexdigest()
    try:
        data = (Path(folder) / name).read_bytes()
    except OSError:
        return False
    return hashlib.sha256(data).hexdigest() == vocabulary.sha256
