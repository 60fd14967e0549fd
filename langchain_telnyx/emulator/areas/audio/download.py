"""Fetching the recording behind a `file_url`: loopback hosts by default, and as choosy as Telnyx.

No key goes along, the server has to say how long the recording is, and all must be over in 15 s.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPMessage
from pathlib import PurePosixPath
from typing import IO
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit

from langchain_telnyx.emulator.areas.audio.recording import MAX_SIZE, Recording, assembled
from langchain_telnyx.emulator.model.refusal import Refusal
from langchain_telnyx.emulator.reading.crawl import may_crawl
from langchain_telnyx.emulator.reading.fetching import opener

_PATIENCE = 15.0
_PIECE = 1 << 20


def name_of(url: str) -> str:
    """Return the last part of an address's path, which tells the format.

    Raises:
        Refusal: It is no address of the web.
    """
    if not may_crawl(url, anywhere=True):
        raise Refusal(f"`file_url` must be the address of a recording, not {url!r}.")
    return PurePosixPath(unquote(urlsplit(url).path)).name


@contextmanager
def downloaded(url: str, allowed: Callable[[str], bool]) -> Iterator[Recording]:
    """Lend the recording at an address.

    Args:
        url: The address.
        allowed: Tells whether the emulator may fetch from an address.

    Raises:
        Refusal: It may not or cannot be fetched, or is too large.
    """
    if not allowed(url):
        raise Refusal(
            f"The emulator fetches from loopback addresses only, and {url!r} is none. Start it "
            "with `--crawl-host HOST` (or `crawl_hosts=[…]`) to fetch from that one, or with "
            "`--allow-crawl` (or `allow_crawl=True`) to fetch from any host."
        )
    deadline = time.monotonic() + _PATIENCE
    with ExitStack() as stack:
        with _faults_told(url):
            answer = stack.enter_context(opener(allowed).open(url, timeout=_PATIENCE))
            _check_length(url, answer.headers)
            pieces = _pieces(answer, deadline)
            recording = stack.enter_context(assembled(name_of(url), pieces))
        yield recording


@contextmanager
def _faults_told(url: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise Refusal(f"Fetching {url!r} took longer than {_PATIENCE:g} s.") from error
    except HTTPError as error:
        error.close()
        raise Refusal(f"{url!r} cannot be fetched: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Refusal(f"{url!r} cannot be fetched: {error}") from error


def _check_length(url: str, headers: HTTPMessage) -> None:
    told = headers.get("content-length")
    if told is None or not told.isdigit():
        raise Refusal(f"content-length not found in the answer of {url!r}.")
    if int(told) > MAX_SIZE:
        raise Refusal(f"The recording at {url!r} is larger than 100 MB.", status=413)


def _pieces(answer: IO[bytes], deadline: float) -> Iterator[bytes]:
    while piece := answer.read(_PIECE):
        if time.monotonic() > deadline:
            raise TimeoutError
        yield piece
