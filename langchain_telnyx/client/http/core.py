"""The HTTP library of our own connections: httpcore2 where it is installed, else httpcore.

httpx depends on httpcore. httpcore2 is its maintained fork with the same names; langchain-core
installs it with langsmith. Only this file imports either.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpcore as core
else:
    try:
        import httpcore2 as core
    except ImportError:
        import httpcore as core

__all__ = ["core"]
