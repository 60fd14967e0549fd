"""Download of the recording behind a `file_url`, from loopback hosts by default.

Like Telnyx, it sends no key, requires a `content-length`, and stops after 15 s.
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

_TIMEOUT = 15.0
_CHUNK = 1 << 20


def name_of(url: str) -> str:
    """Return the last part of a URL's path; its extension names the format.

    Raises:
        Refusal: It is not an `http` or `https` URL.
    """
    if not may_crawl(url, anywhere=True):
        raise Refusal(f"`file_url` must be the address of a recording, not {url!r}.")
    return PurePosixPath(unquote(urlsplit(url).path)).name


@contextmanager
def downloaded(url: str, allowed: Callable[[str], bool]) -> Iterator[Recording]:
    """Download a recording, for the duration of a `with` block.

    Args:
        url: The URL.
        allowed: Returns whether the emulator may fetch a URL.

    Raises:
        Refusal: The URL is not allowed, the download fails, or the recording is too large.
    """
    if not allowed(url):
        raise Refusal(
            f"The emulator fetches from loopback addresses only, and {url!r} is not one. Start it "
            "with `--crawl-host HOST` (or `crawl_hosts=[…]`) to fetch from that one, or with "
            "`--allow-crawl` (or `allow_crawl=True`) to fetch from any host."
        )
    deadline = time.monotonic() + _TIMEOUT
    with ExitStack() as stack:
        with _errors_as_refusals(url):
            response = stack.enter_context(opener(allowed).open(url, timeout=_TIMEOUT))
            _check_length(url, response.headers)
            pieces = _chunks(response, deadline)
            recording = stack.enter_context(assembled(name_of(url), pieces))
        yield recording


@contextmanager
def _errors_as_refusals(url: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise Refusal(f"Fetching {url!r} took longer than {_TIMEOUT:g} s.") from error
    except HTTPError as error:
        error.close()
        raise Refusal(f"{url!r} cannot be fetched: {error}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Refusal(f"{url!r} cannot be fetched: {error}") from error


def _check_length(url: str, headers: HTTPMessage) -> None:
    length = headers.get("content-length")
    if length is None or not length.isdigit():
        raise Refusal(f"content-length not found in the answer of {url!r}.")
    if int(length) > MAX_SIZE:
        raise Refusal(f"The recording at {url!r} is larger than 100 MB.", status=413)


def _chunks(response: IO[bytes], deadline: float) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK):
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk
