"""`langchain-telnyx ask`: upload files, embed them, and answer questions from them."""

import argparse
import asyncio
import time
import uuid
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from langchain_telnyx.cli.backends import Backend
from langchain_telnyx.cli.console import UsageError, agree, bars, conduct, drop, say
from langchain_telnyx.cli.files import gather
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, PermissionDeniedError, TaskError

# No document has a key of that name, which it would keep.
_HIT = "langchain-telnyx ask"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="files and folders")
    parser.add_argument(
        "-q", dest="more", metavar="QUESTION", action="append", default=[], help="ask this too"
    )
    parser.add_argument("--model", help="the chat model to ask")
    parser.add_argument("-k", type=_positive, default=4, help="passages to answer from (4)")
    parser.add_argument("--bucket", help="the bucket to use; one that exists is never deleted")
    parser.add_argument("--keep", action="store_true", help="keep the bucket for later questions")
    parser.add_argument("--yes", action="store_true", help="create the bucket without asking")


def run(options: argparse.Namespace) -> int:
    """Answer, and return the exit status: 0, or 1 for a failure, or 2 for a wrong call."""
    return conduct("ask", partial(_ask, options))


def _ask(options: argparse.Namespace, who: Backend, stack: ExitStack) -> int:
    if not options.paths and not options.bucket:
        raise UsageError("name the files or folders to read, or a `--bucket` kept earlier.")
    files, skipped = gather(options.paths)
    say(f"Backend: {who.name}.")
    telnyx = Telnyx(**who.options)
    telnyx.bucket_embeddings.buckets()  # a wrong key or no network shows before anything is made
    bucket = options.bucket or f"langchain-telnyx-{uuid.uuid4().hex[:12]}"
    exists = bool(options.bucket) and _exists(telnyx, bucket)
    if files:
        if not exists:
            _agree(bucket, len(files), who, options)
        if skipped:
            say(f"Skipped what holds no text: {len(skipped)}, such as {str(skipped[0])!r}.")
        _index(telnyx, bucket, files, stack, delete=not exists and not options.keep)
    elif not exists:
        raise UsageError(f"there is no bucket {bucket!r}: name the files to put into it.")
    # Awaited, so that Ctrl-C ends even a stream that is silent: on the blocking face a thread of
    # langchain-core's would go on waiting for it.
    answered = [
        asyncio.run(_answer(question, telnyx, bucket, options)) for question in _questions(options)
    ]
    if options.keep and not who.emulated:
        say(f"Kept bucket {bucket!r}: ask again with `--bucket {bucket}` and no files.")
    return 0 if all(answered) else 1


def _questions(options: argparse.Namespace) -> list[str]:
    return [options.question, *options.more]


def _exists(telnyx: Telnyx, bucket: str) -> bool:
    try:
        telnyx.storage.head_bucket(bucket)
    except NotFoundError:
        return False
    except PermissionDeniedError as error:
        raise UsageError(f"bucket {bucket!r} belongs to someone else: choose another.") from error
    return True


def _agree(bucket: str, files: int, who: Backend, options: argparse.Namespace) -> None:
    fate = "keep it" if options.keep else "delete it afterwards"
    question = f"Create bucket {bucket!r}, upload {files} files to it, embed them, and {fate}?"
    agree(question, who, yes=options.yes)


def _index(
    telnyx: Telnyx, bucket: str, files: dict[str, Path], stack: ExitStack, *, delete: bool
) -> None:
    # Imported here, as langchain-core takes a second: a wrong call should be told at once.
    from langchain_telnyx.vectorstores import TelnyxVectorStore  # noqa: PLC0415

    began = time.perf_counter()
    store = TelnyxVectorStore(bucket, client=telnyx, show_progress=bars())
    if delete:
        stack.callback(drop, store, telnyx)
    unread: dict[str, str] = {}
    try:
        store.add_files(files)
    except TaskError as error:
        unread = {name: reason for name, reason in error.reasons.items() if name in files}
        if not error.reasons or len(unread) == len(files):
            raise
        for name, reason in unread.items():
            say(f"Not indexed: {name!r}: {reason}")
    count = len(files) - len(unread)
    say(f"Indexed {count} files in {time.perf_counter() - began:.1f} s.")


async def _answer(question: str, telnyx: Telnyx, bucket: str, options: argparse.Namespace) -> bool:
    """Print an answer as it is made, and its sources; whether there was one."""
    from langchain_telnyx.chat_models import ChatTelnyx  # noqa: PLC0415 - as above
    from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL  # noqa: PLC0415 - as above
    from langchain_telnyx.cli.chain import answering, source  # noqa: PLC0415
    from langchain_telnyx.retrievers import TelnyxRetriever  # noqa: PLC0415

    chain = answering(
        TelnyxRetriever(bucket=bucket, k=options.k, hit_metadata_key=_HIT, client=telnyx),
        ChatTelnyx(model=options.model or DEFAULT_MODEL, client=telnyx),
    )
    began = time.perf_counter()
    moments: dict[str, float] = {}
    documents: list[Any] = []
    answer = ""
    print(f"\n{question}\n")
    async for part in chain.astream(question):
        moments.setdefault(next(iter(part)), time.perf_counter() - began)
        documents += part.get("documents", [])
        answer += part.get("answer", "")
        print(part.get("answer", ""), end="", flush=True)
    print("\n\nSources")
    for number, document in enumerate(documents, 1):
        print(f"  [{number}] {source(document)}  {document.metadata[_HIT]['score']:.3f}")
    say(
        f"\nFound {len(documents)} passages in {moments.get('documents', 0):.2f} s, "
        f"first words after {moments.get('answer', 0):.2f} s, "
        f"whole answer after {time.perf_counter() - began:.2f} s."
    )
    if not answer.strip():
        say("The model gave no text: try another `--model`.")
    return bool(answer.strip())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)
