"""A crawler for embed-URL: one site, breadth first, five links deep, loopback hosts by default."""

import ipaddress
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import quote, unquote, urlsplit

from langchain_telnyx.emulator.reading import html as text_html
from langchain_telnyx.emulator.reading.fetching import opener
from langchain_telnyx.emulator.reading.text import UnreadableError
from langchain_telnyx.emulator.storage.objects import MAX_KEY_BYTES

MAX_DEPTH = 5
MAX_PAGES = 500
_MAX_PAGE = 10 * 1024 * 1024
_TIMEOUT = 10.0
_READABLE = ("text/", "application/json", "application/pdf", "application/xhtml+xml")


@dataclass(frozen=True)
class Page:
    """A fetched page and its object key."""

    url: str
    key: str
    content_type: str
    body: bytes


def may_crawl(url: str, *, anywhere: bool, hosts: Collection[str] = ()) -> bool:
    """Return whether the emulator fetches an address: HTTP, and an allowed host.

    Args:
        url: The address.
        anywhere: Whether any host is allowed.
        hosts: The allowed hosts, besides loopback; names in lower case.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host:
        return False
    return anywhere or host == "localhost" or host in hosts or _is_loopback(host)


def crawl(url: str, *, anywhere: bool, hosts: Collection[str] = ()) -> Iterator[Page]:
    """Fetch a page and the pages of the same host that it links to.

    Pages that cannot be fetched are skipped.

    Args:
        url: The first page.
        anywhere: Fetch from any host.
        hosts: Fetch from these hosts, besides loopback.
    """
    url = _canonical(url)
    host = urlsplit(url).netloc
    seen = {url}
    queue = deque([(url, 0)])
    fetched = 0
    while queue and fetched < MAX_PAGES:
        address, depth = queue.popleft()
        allowed = may_crawl(address, anywhere=anywhere, hosts=hosts)
        page = _fetch(address, host) if allowed else None
        if page is None:
            continue
        fetched += 1
        yield page
        if depth < MAX_DEPTH and "html" in page.content_type:
            for found in _links(page):
                link = _canonical(found)
                if urlsplit(link).netloc == host and link not in seen:
                    seen.add(link)
                    queue.append((link, depth + 1))


def fetch(
    url: str, *, anywhere: bool, hosts: Collection[str] = (), timeout: float = _TIMEOUT
) -> Page | None:
    """Fetch one page; `None` if that is not allowed, or fails.

    Args:
        url: The page.
        anywhere: Fetch from any host.
        hosts: Fetch from these hosts, besides loopback.
        timeout: The most seconds to wait for data.
    """
    if not may_crawl(url, anywhere=anywhere, hosts=hosts):
        return None
    url = _canonical(url)
    return _fetch(url, urlsplit(url).netloc, timeout)


def _fetch(url: str, host: str, timeout: float = _TIMEOUT) -> Page | None:
    same_host = opener(lambda target: urlsplit(target).netloc == host)
    try:
        with same_host.open(url, timeout=timeout) as response:
            content_type = str(response.headers.get("content-type") or "text/html")
            if not content_type.startswith(_READABLE):
                return None
            return Page(url, _key(url), content_type, response.read(_MAX_PAGE))
    except (OSError, HTTPException, ValueError):
        return None


def _links(page: Page) -> list[str]:
    try:
        return text_html.links(page.body, page.url)
    except UnreadableError:
        return []


def _canonical(url: str) -> str:
    """Return an address without its fragment, and with a path."""
    parts = urlsplit(url)
    return parts._replace(path=parts.path or "/", fragment="").geturl()


def _key(url: str) -> str:
    """Return a readable object key for a page: `example.com/docs/install`."""
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/") or "/index"
    query = f"?{parts.query}" if parts.query else ""
    key = f"{parts.netloc}{path}{query}"
    if len(key.encode()) > MAX_KEY_BYTES:
        key = quote(key)[:MAX_KEY_BYTES]
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
