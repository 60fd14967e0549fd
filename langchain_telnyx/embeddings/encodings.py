"""Request vectors as base64, or as numbers from servers that do not support base64.

Reading base64 takes a quarter of the time of numbers. Whether a server supports it is cached by
base URL and model, for the life of the process.
"""

import re
from collections.abc import Sequence
from typing import Literal, Protocol

from langchain_telnyx._shared.capabilities import CapabilityCache
from langchain_telnyx.client.call import Flow, ResponseBody, Steps
from langchain_telnyx.client.errors import (
    BadRequestError,
    ContextOverflowError,
    UnprocessableEntityError,
)
from langchain_telnyx.embeddings.dimensions import Length
from langchain_telnyx.embeddings.vectors import InvalidVector, Vector, in_base64, read

_ENCODING_FORMAT = re.compile(r"encoding[_ ]?format|base64", re.IGNORECASE)


class Create(Protocol):
    """Describes a request for vectors; with `None` the server returns numbers."""

    def __call__(
        self, texts: Sequence[str], *, encoding_format: Literal["base64"] | None
    ) -> Steps[ResponseBody]:
        """Return the request."""
        ...


def request_vectors(
    create: Create,
    texts: Sequence[str],
    model: str,
    capabilities: CapabilityCache,
    length: Length,
) -> Flow[tuple[list[Vector | InvalidVector], int]]:
    """Embed texts; return a vector for each, and the tokens that the server counted.

    Args:
        create: Describes the request.
        texts: The texts of one request.
        model: The model.
        capabilities: The capabilities of the server's models.
        length: Checks the length of the vectors.

    Returns:
        For each text its vector, or the reason why it has none; and the tokens.

    Raises:
        TelnyxError: The request failed.
    """
    known = capabilities.of(model).gives_base64
    encoding: Literal["base64"] | None = None if known is False else "base64"
    try:
        body = yield from create(texts, encoding_format=encoding)
    except (BadRequestError, UnprocessableEntityError) as error:
        if encoding is None or not _may_be_encoding(error, proven=known is True):
            raise
        # If this fails too, the encoding was not the reason, so this error is raised.
        body = yield from create(texts, encoding_format=None)
    gives = in_base64(body)
    if encoding is not None and gives is not None and gives is not known:
        capabilities.learn(model, gives_base64=gives)
    return length.checked(read(body, len(texts)), body), _tokens(body)


def _tokens(body: ResponseBody) -> int:
    usage = body.get("usage")
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) else 0


def _may_be_encoding(error: BadRequestError | UnprocessableEntityError, *, proven: bool) -> bool:
    if _ENCODING_FORMAT.search(str(error.body)):
        return True
    # Some servers do not name the parameter that they refuse.
    return not (proven or isinstance(error, ContextOverflowError))
