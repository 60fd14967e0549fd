"""The files of the page, with headers that restrict what it may load and run."""

from functools import cache
from importlib.resources import files

from starlette.responses import Response

_FOLDER = files("langchain_telnyx") / "data" / "console"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    # Text of requests never becomes markup: assigning it to `innerHTML` is an error.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
HEADERS = {
    "content-security-policy": "; ".join(_DIRECTIVES),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # Another version of the package may run at the same address tomorrow.
    "cache-control": "no-cache",
}


def page() -> Response:
    """Return the page."""
    return Response(_read("index.html"), headers=HEADERS, media_type=_TYPES["html"])


def static(name: str) -> Response | None:
    """Return a file of the page; `None` if it does not exist."""
    content = _files().get(name)
    if content is None:
        return None
    return Response(content, headers=HEADERS, media_type=_TYPES[name.rpartition(".")[2]])


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@cache
def _files() -> dict[str, bytes]:
    return {
        file.name: file.read_bytes()
        for file in _FOLDER.iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }
