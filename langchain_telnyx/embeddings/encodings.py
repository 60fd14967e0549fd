"""Asking for vectors in the form that costs least to read, on servers that may not know it.

Base64 is a quarter of the work that numbers are. Whether a server gives it is remembered for each
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
from langchain_telnyx.embeddings.vectors import Flaw, Vector, in_base64, read

_OF_THE_FORM = re.compile(r"encoding[_ ]?format|base64", re.IGNORECASE)


class Create(Protocol):
    """Describes a request for vectors; `None` leaves the form to the server: numbers."""

    def __call__(
        self, texts: Sequence[str], *, encoding_format: Literal["base64"] | None
    ) -> Steps[ResponseBody]:
        """Return the request."""
        ...


def ask(
    create: Create,
    texts: Sequence[str],
    model: str,
    capabilities: CapabilityCache,
    length: Length,
) -> Flow[tuple[list[Vector | Flaw], int]]:
    """Have texts embedded, and return a vector for each, and how many tokens the server counted.

    Args:
        create: Describes the request.
        texts: The texts, few enough for one request.
        model: The model.
        capabilities: The capabilities of the server's models.
        length: How long the vectors must be.

    Returns:
        For each text its vector, or what is wrong with what came for it; and the tokens.

    Raises:
        TelnyxError: The request failed.
    """
    known = capabilities.of(model).gives_base64
    asked: Literal["base64"] | None = None if known is False else "base64"
    try:
        body = yield from create(texts, encoding_format=asked)
    except (BadRequestError, UnprocessableEntityError) as error:
        if asked is None or not _may_mean_the_form(error, proven=known is True):
            raise
        # Where this fails too, its error is the one that counts: it was not the form.
        body = yield from create(texts, encoding_format=None)
    gives = in_base64(body)
    if asked is not None and gives is not None and gives is not known:
        capabilities.learn(model, gives_base64=gives)
    return length.checked(read(body, len(texts)), body), _tokens(body)


def _tokens(body: ResponseBody) -> int:
    usage = body.get("usage")
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) else 0


def _may_mean_the_form(error: BadRequestError | UnprocessableEntityError, *, proven: bool) -> bool:
    if _OF_THE_FORM.search(str(error.body)):
        return True
    # Many a server only says that the request is bad.
    return not (proven or isinstance(error, ContextOverflowError))
