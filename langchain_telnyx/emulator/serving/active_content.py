"""Stored content that a browser would run: it is offered as a file instead."""

_ACTIVE = ("html", "xml", "xsl", "svg", "script", "flash", "pdf", "related", "wasm", "manifest")


def headers_for(content_type: str) -> dict[str, str]:
    """Return the headers besides its type with which stored content is answered.

    Args:
        content_type: The type that was stored with it, whatever it is.
    """
    kind = content_type.lower()
    known = kind.partition("/")[0].strip() in _FAMILIES
    if known and "," not in kind and not any(word in kind for word in _ACTIVE):
        return {}
    return {"content-disposition": "attachment"}


_FAMILIES = frozenset({"application", "audio", "binary", "font", "image", "model", "text", "video"})
