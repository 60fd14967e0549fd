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
from langchain_telnyx.cli.console import (
    UsageError,
    confirm,
    delete_bucket,
    print_status,
    run_command,
    show_progress_bars,
)
from langchain_telnyx.cli.files import collect_files
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, PermissionDeniedError, TaskError

PASSAGES = 8
"""The default number of passages to retrieve."""

# A metadata key that no document has.
_HIT_KEY = "langchain-telnyx ask"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="files and folders")
    parser.add_argument(
        "-q",
        dest="more",
        metavar="QUESTION",
        action="append",
        default=[],
        help="an additional question",
    )
    parser.add_argument("--model", help="the chat model")
    parser.add_argument(
        "-k", type=_positive, default=PASSAGES, help="number of passages to retrieve (%(default)s)"
    )
    parser.add_argument("--bucket", help="the bucket to use; one that exists is never deleted")
    parser.add_argument("--keep", action="store_true", help="keep the bucket for later questions")
    parser.add_argument("--yes", action="store_true", help="create the bucket without confirmation")


def run(options: argparse.Namespace) -> int:
    """Answer the questions, and return the exit status."""
    return run_command("ask", partial(_ask, options))


def _ask(options: argparse.Namespace, backend: Backend, stack: ExitStack) -> int:
    if not options.paths and not options.bucket:
        raise UsageError("pass files or folders to read, or the `--bucket` of an earlier call.")
    files, skipped = collect_files(options.paths)
    print_status(f"Backend: {backend.name}.")
    telnyx = Telnyx(**backend.options)
    telnyx.bucket_embeddings.buckets()  # fails early with a wrong key or without network
    bucket = options.bucket or f"langchain-telnyx-{uuid.uuid4().hex[:12]}"
    exists = bool(options.bucket) and _exists(telnyx, bucket)
    if files:
        if not exists:
            _confirm(bucket, len(files), backend, options)
        if skipped:
            print_status(f"Skipped {len(skipped)} files without text, such as {str(skipped[0])!r}.")
        _index(
            telnyx,
            bucket,
            files,
            stack,
            delete=not exists and not options.keep and not backend.emulated,
        )
    elif not exists:
        raise UsageError(f"the bucket {bucket!r} does not exist: pass the files to upload.")
    # Async, so that Ctrl-C also ends a stream without data. In sync code, a thread of
    # langchain-core would continue to wait for it.
    results = [
        asyncio.run(_answer(question, telnyx, bucket, options)) for question in _questions(options)
    ]
    if options.keep and not backend.emulated:
        print_status(
            f"Bucket {bucket!r} was not deleted: pass `--bucket {bucket}` without files to use it "
            f"again."
        )
    return 0 if all(results) else 1


def _questions(options: argparse.Namespace) -> list[str]:
    return [options.question, *options.more]


def _exists(telnyx: Telnyx, bucket: str) -> bool:
    try:
        telnyx.storage.head_bucket(bucket)
    except NotFoundError:
        return False
    except PermissionDeniedError as error:
        raise UsageError(
            f"bucket {bucket!r} belongs to another account: choose another name."
        ) from error
    return True


def _confirm(bucket: str, files: int, backend: Backend, options: argparse.Namespace) -> None:
    ending = "keep it" if options.keep else "delete it afterwards"
    question = f"Create bucket {bucket!r}, upload {files} files to it, embed them, and {ending}?"
    confirm(question, backend, yes=options.yes)


def _index(
    telnyx: Telnyx, bucket: str, files: dict[str, Path], stack: ExitStack, *, delete: bool
) -> None:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.vectorstores import TelnyxVectorStore  # noqa: PLC0415

    began = time.perf_counter()
    store = TelnyxVectorStore(bucket, client=telnyx, show_progress=show_progress_bars())
    if delete:
        stack.callback(delete_bucket, store, telnyx)
    failed: dict[str, str] = {}
    try:
        store.add_files(files)
    except TaskError as error:
        failed = {name: reason for name, reason in error.reasons.items() if name in files}
        if not error.reasons or len(failed) == len(files):
            raise
        for name, reason in failed.items():
            print_status(f"Not indexed: {name!r}: {reason}")
    count = len(files) - len(failed)
    print_status(f"Indexed {count} files in {time.perf_counter() - began:.1f} s.")


async def _answer(question: str, telnyx: Telnyx, bucket: str, options: argparse.Namespace) -> bool:
    """Print an answer while it streams, and its sources. Return whether there was an answer."""
    from langchain_telnyx.chat_models import ChatTelnyx  # noqa: PLC0415 - as above
    from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL  # noqa: PLC0415 - as above
    from langchain_telnyx.cli.chain import answer_chain, document_source  # noqa: PLC0415
    from langchain_telnyx.retrievers import TelnyxRetriever  # noqa: PLC0415

    chain = answer_chain(
        TelnyxRetriever(bucket=bucket, k=options.k, hit_metadata_key=_HIT_KEY, client=telnyx),
        ChatTelnyx(model=options.model or DEFAULT_MODEL, client=telnyx),
    )
    began = time.perf_counter()
    times: dict[str, float] = {}
    documents: list[Any] = []
    answer = ""
    print(f"\n{question}\n")
    async for part in chain.astream(question):
        times.setdefault(next(iter(part)), time.perf_counter() - began)
        documents += part.get("documents", [])
        answer += part.get("answer", "")
        print(part.get("answer", ""), end="", flush=True)
    print("\n\nSources")
    for number, document in enumerate(documents, 1):
        print(
            f"  [{number}] {document_source(document)}  {document.metadata[_HIT_KEY]['score']:.3f}"
        )
    print_status(
        f"\nFound {len(documents)} passages in {times.get('documents', 0):.2f} s, "
        f"first token after {times.get('answer', 0):.2f} s, "
        f"full answer after {time.perf_counter() - began:.2f} s."
    )
    if not answer.strip():
        print_status("The model returned no text: try another `--model`.")
    return bool(answer.strip())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)
