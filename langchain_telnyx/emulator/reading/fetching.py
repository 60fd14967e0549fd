"""Fetching over HTTP: by no proxy, and redirected only to where the emulator may go."""

import urllib.request
from collections.abc import Callable
from http.client import HTTPMessage
from typing import IO


def opener(allowed: Callable[[str], bool]) -> urllib.request.OpenerDirector:
    """Return what opens addresses.

    Args:
        allowed: Tells whether a redirect to an address may be followed.
    """
    # No proxies: a loopback address means this machine.
    opening = urllib.request.build_opener(urllib.request.ProxyHandler({}), _WithinReach(allowed))
    opening.addheaders = [("User-Agent", "langchain-telnyx-emulator")]
    return opening


class _WithinReach(urllib.request.HTTPRedirectHandler):
    """Follows redirects to where the emulator may go."""

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
