"""Examples of web search and of the transcriptions of call recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples import Example, after_creating, arguments, with_created

if TYPE_CHECKING:
    from prerequisites import Account

_PAGE = "https://space.example/moons/titan"


def research(account: Account) -> str:
    """A completed research task."""
    task = account.telnyx.web_search.start_research("Which moon of Saturn has lakes?")
    account.telnyx.web_search.wait_for_research(task.task_id)
    return str(task.task_id)


def recording_transcription(account: Account) -> str:
    """A completed transcription of a recording."""
    return account.emulator.add_recording_transcription("Hello, how can I help?")


_TRANSCRIPTION = "/recording_transcriptions/{recording_transcription_id}"

EXAMPLES = (
    Example(
        "POST /web_search",
        "web_search.search",
        arguments("moons of Saturn", count=2, country="US", safesearch="strict", livecrawl=True),
    ),
    Example(
        "POST /web_search/contents",
        "web_search.contents",
        arguments([_PAGE], formats=["markdown", "metadata"], crawl_timeout=5),
    ),
    Example(
        "POST /web_search/research",
        "web_search.research",
        arguments("Which moon of Saturn has lakes?", max_sources=2, research_effort="lite"),
    ),
    Example(
        "POST /web_search/research",
        "web_search.start_research",
        arguments("Which moon of Saturn has lakes?"),
        case="in the background",
    ),
    Example(
        "GET /web_search/research/{task_id}", "web_search.research_task", with_created(research)
    ),
    Example(
        "GET /recording_transcriptions",
        "recording_transcriptions.list",
        after_creating(recording_transcription, page_size=1, since="2026-01-01T00:00:00Z"),
    ),
    Example(
        f"GET {_TRANSCRIPTION}",
        "recording_transcriptions.get",
        with_created(recording_transcription),
    ),
    Example(
        f"DELETE {_TRANSCRIPTION}",
        "recording_transcriptions.delete",
        with_created(recording_transcription),
    ),
)
