"""The library that our own connections are made of: httpcore2 where it is installed, else httpcore.

httpcore is what httpx stands on, and always there. httpcore2 is its maintained fork with the same
names; langchain-core brings it with langsmith. This is the one file that imports either.
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
