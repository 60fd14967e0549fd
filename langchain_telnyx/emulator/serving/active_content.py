"""Serve stored content that a browser would run as an attachment."""

_ACTIVE = ("html", "xml", "xsl", "svg", "script", "flash", "pdf", "related", "wasm", "manifest")


def headers_for(content_type: str) -> dict[str, str]:
    """Return the further response headers of stored content.

    Args:
        content_type: The stored content type; any text.
    """
    kind = content_type.lower()
    is_known = kind.partition("/")[0].strip() in _FAMILIES
    if is_known and "," not in kind and not any(word in kind for word in _ACTIVE):
        return {}
    return {"content-disposition": "attachment"}


_FAMILIES = frozenset({"application", "audio", "binary", "font", "image", "model", "text", "video"})
