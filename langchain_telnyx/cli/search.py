"""`langchain-telnyx search`: passages of a bucket, or web pages, with scores."""

import argparse
import os
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_telnyx.cli.colors import paint
from langchain_telnyx.cli.console import print_json, print_status, run_command
from langchain_telnyx.cli.failures import FAILURE, UsageError
from langchain_telnyx.cli.parser import positive

if TYPE_CHECKING:
    from langchain_telnyx.cli.backends import Backend
    from langchain_telnyx.client import Telnyx

EXAMPLES = """
langchain-telnyx search "How many days of leave do I have?" --bucket handbook
langchain-telnyx search "leave" --bucket handbook --bucket faq -k 10 --json
langchain-telnyx search "moons of Saturn" --web --freshness month
"""
# A metadata key that no document has.
_HIT_KEY = "langchain-telnyx search"
_WEB_OPTIONS = ("country", "freshness", "include_domains", "exclude_domains")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("query", metavar="QUERY", help="a question, or a few words")
    parser.add_argument(
        "--bucket",
        dest="buckets",
        metavar="NAME",
        action="append",
        default=[],
        help="the embedded bucket to search; may be repeated",
    )
    parser.add_argument("-k", type=positive, default=4, help="number of results (%(default)s)")
    parser.add_argument(
        "--min-score", type=_share, metavar="S", help="leave out passages below it, from 0 to 1"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    web = parser.add_argument_group("the web")
    web.add_argument("--web", action="store_true", help="search the web, and no bucket")
    web.add_argument("--country", metavar="CODE", help="a country, such as DE")
    web.add_argument("--freshness", metavar="AGE", help="day, week, month, year or FROMtoTO")
    web.add_argument(
        "--domain",
        dest="include_domains",
        metavar="HOST",
        action="append",
        help="use pages of this host only; may be repeated",
    )
    web.add_argument(
        "--without-domain",
        dest="exclude_domains",
        metavar="HOST",
        action="append",
        help="use no pages of this host; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Search, and return the exit status.

    Raises:
        UsageError: There is nothing to search, or an option does not apply.
    """
    web = [name for name in _WEB_OPTIONS if getattr(options, name)]
    if options.web and (options.buckets or options.min_score is not None):
        raise UsageError("`--web` searches no bucket: leave out `--bucket` and `--min-score`.")
    if not options.web and web:
        raise UsageError(f"`{web[0]}` is for the web: pass `--web`.")
    if not options.web and not options.buckets:
        raise UsageError("pass the `--bucket` to search, or `--web`.")
    if not options.web and not os.environ.get("TELNYX_API_KEY"):
        raise UsageError(
            "set TELNYX_API_KEY: buckets are at Telnyx, or in an emulator that is running. "
            "`langchain-telnyx ask` searches files."
        )
    return run_command("search", partial(_search, options))


def _search(options: argparse.Namespace, backend: "Backend", stack: ExitStack) -> int:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415

    telnyx = stack.enter_context(Telnyx(**backend.options))
    print_status(f"Backend: {backend.name}.")
    results = _web_pages(options, telnyx) if options.web else _passages(options, telnyx)
    if options.json:
        print_json({"query": options.query, "results": results}, indent=2)
    else:
        _print(results)
    if not results:
        print_status("Nothing was found.")
    return 0 if results else FAILURE


def _passages(options: argparse.Namespace, telnyx: "Telnyx") -> list[dict[str, Any]]:
    from langchain_telnyx.retrievers import TelnyxRetriever  # noqa: PLC0415 - as above

    retriever = TelnyxRetriever(
        bucket=options.buckets,
        k=options.k,
        score_threshold=options.min_score,
        hit_metadata_key=_HIT_KEY,
        client=telnyx,
    )
    results = []
    for number, document in enumerate(retriever.invoke(options.query), 1):
        hit = document.metadata.pop(_HIT_KEY)
        results.append(
            {
                "rank": number,
                "score": hit["score"],
                "bucket": hit["bucket"],
                "source": str(document.metadata.get("source") or document.id),
                "text": document.page_content,
                "metadata": document.metadata,
            }
        )
    return results


def _web_pages(options: argparse.Namespace, telnyx: "Telnyx") -> list[dict[str, Any]]:
    from langchain_telnyx.retrievers import TelnyxWebSearchRetriever  # noqa: PLC0415 - as above

    chosen = {name: value for name in _WEB_OPTIONS if (value := getattr(options, name))}
    retriever = TelnyxWebSearchRetriever(k=options.k, client=telnyx, **chosen)
    # The service gives pages an order, but no score.
    return [
        {
            "rank": document.metadata["rank"],
            "score": None,
            "url": document.metadata["url"],
            "title": document.metadata.get("title"),
            "text": document.page_content,
            "metadata": document.metadata,
        }
        for document in retriever.invoke(options.query)
    ]


def _print(results: list[dict[str, Any]]) -> None:
    for result in results:
        name = result.get("url") or f"{result['bucket']}/{result['source']}"
        score = "" if result["score"] is None else f"  {result['score']:.3f}"
        print(paint(f"[{result['rank']}] {name}{score}", "bold", sys.stdout))
        if result.get("title"):
            print(result["title"])
        print(f"{result['text'].strip()}\n")


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value
