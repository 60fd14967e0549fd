"""HTTP requests of the emulator: without proxies, and with redirects to allowed addresses only."""

import urllib.request
from collections.abc import Callable
from http.client import HTTPMessage
from typing import IO


def opener(allowed: Callable[[str], bool]) -> urllib.request.OpenerDirector:
    """Return an opener for URLs.

    Args:
        allowed: Returns whether a redirect to an address may be followed.
    """
    # Without proxies, as a loopback address is on this machine.
    opening = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), _AllowedRedirects(allowed)
    )
    opening.addheaders = [("User-Agent", "langchain-telnyx-emulator")]
    return opening


class _AllowedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to allowed addresses."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed

    def redirect_request(  # noqa: PLR0917 - the standard library's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not self._allowed(newurl):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)
