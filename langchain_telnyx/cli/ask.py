"""`langchain-telnyx ask`: upload files, embed them, and answer questions from them."""

import argparse
import asyncio
import json
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from langchain_telnyx.cli.backends import Backend
from langchain_telnyx.cli.console import (
    UsageError,
    confirm,
    delete_bucket,
    print_status,
    progress_lines,
    run_command,
    show_progress_bars,
)
from langchain_telnyx.cli.documents import Documents, skipped_lines
from langchain_telnyx.cli.upstreams import UpstreamChoice, offer
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.errors import NotFoundError, PermissionDeniedError, TaskError

if TYPE_CHECKING:
    from langchain_telnyx.cli.answers import Answer

PASSAGES = 8
"""The default number of passages to retrieve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRequest:
    """The questions of one command, and how to answer them.

    Attributes:
        questions: The questions.
        paths: Files and folders to upload.
        model: The chat model; by default that of `ChatTelnyx`.
        k: The number of passages to retrieve for each question.
        bucket: The bucket to use; one that exists is never deleted.
        keep: Whether a new bucket is kept.
        yes: Whether a bucket is created without confirmation.
        as_json: Whether the result is printed as JSON.
        upstream: The server whose model answers, behind the emulator.
    """

    questions: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    model: str | None = None
    k: int = PASSAGES
    bucket: str | None = None
    keep: bool = False
    yes: bool = False
    as_json: bool = False
    upstream: UpstreamChoice | None = None


EXAMPLES = """
langchain-telnyx ask "Which errors are retried?" docs/ README.md
langchain-telnyx ask "Who is on call?" handbook/ -q "Since when?" -k 8
"""


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
    parser.add_argument(
        "--json",
        action="store_true",
        help="print answers, sources, skipped files, tokens and cost as JSON",
    )
    parser.add_argument(
        "--upstream",
        metavar="URL",
        help="let a model of an OpenAI-compatible server answer, without Telnyx; `auto` finds a "
        "local Ollama, llama.cpp, vLLM or LM Studio",
    )
    parser.add_argument("--upstream-model", metavar="M", help="the model of that server")
    parser.add_argument("--upstream-api-key", metavar="KEY", help="the API key of that server")


def run(options: argparse.Namespace) -> int:
    """Answer the questions, and return the exit status."""
    return ask(
        AskRequest(
            questions=(options.question, *options.more),
            paths=tuple(options.paths),
            model=options.model,
            k=options.k,
            bucket=options.bucket,
            keep=options.keep,
            yes=options.yes,
            as_json=options.json,
            upstream=UpstreamChoice(
                url=options.upstream,
                model=options.upstream_model,
                api_key=options.upstream_api_key,
            ),
        )
    )


def ask(request: AskRequest) -> int:
    """Answer questions, and return the exit status: 0, 1 for a failure, 2 for a usage error."""
    return run_command("ask", partial(_ask, request), request.upstream)


def _ask(request: AskRequest, backend: Backend, stack: ExitStack) -> int:
    if not request.paths and not request.bucket:
        raise UsageError("pass files or folders to read, or the `--bucket` of an earlier call.")
    stack.enter_context(progress_lines())
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="langchain-telnyx-")))
    documents = Documents(request.paths, folder)
    print_status(f"Backend: {backend.name}.")
    if backend.quotes and (line := offer()):
        print_status(line)
    telnyx = Telnyx(**backend.options)
    telnyx.bucket_embeddings.buckets()  # fails early with a wrong key or without network
    bucket = request.bucket or f"langchain-telnyx-{uuid.uuid4().hex[:12]}"
    exists = bool(request.bucket) and _exists(telnyx, bucket)
    if documents.files:
        if not exists:
            _confirm(bucket, len(documents.files), backend, request)
        # The emulator forgets the bucket when it stops.
        is_deleted = not exists and not request.keep and not backend.emulated
        _index(telnyx, bucket, documents, stack, delete=is_deleted)
    elif not exists:
        raise UsageError(f"the bucket {bucket!r} does not exist: pass the files to upload.")
    # Async, so that Ctrl-C also ends a stream without data. In sync code, a thread of
    # langchain-core would continue to wait for it.
    answers = [
        asyncio.run(
            _answer(
                question,
                telnyx=telnyx,
                bucket=bucket,
                documents=documents,
                backend=backend,
                request=request,
            )
        )
        for question in request.questions
    ]
    if request.as_json:
        print(
            json.dumps(_result(answers, documents, backend, bucket), ensure_ascii=False, indent=2)
        )
    for line in skipped_lines(documents.skipped):
        print_status(line)
    if request.keep and not backend.emulated:
        print_status(
            f"Bucket {bucket!r} was not deleted: pass `--bucket {bucket}` without files to use it "
            f"again."
        )
    return 0 if all(answer.answer for answer in answers) else 1


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


def _confirm(bucket: str, files: int, backend: Backend, request: AskRequest) -> None:
    ending = "keep it" if request.keep else "delete it afterwards"
    question = f"Create bucket {bucket!r}, upload {files} files to it, embed them, and {ending}?"
    confirm(question, backend, yes=request.yes)


def _index(
    telnyx: Telnyx, bucket: str, documents: Documents, stack: ExitStack, *, delete: bool
) -> None:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.vectorstores import TelnyxVectorStore  # noqa: PLC0415

    began = time.perf_counter()
    store = TelnyxVectorStore(bucket, client=telnyx, show_progress=show_progress_bars())
    if delete:
        stack.callback(delete_bucket, store, telnyx)
    files = documents.files
    failed: dict[str, str] = {}
    try:
        store.add_files(files)
    except TaskError as error:
        failed = {name: reason for name, reason in error.reasons.items() if name in files}
        if not error.reasons or len(failed) == len(files):
            raise
        for name, reason in failed.items():
            documents.skip(name, f"not indexed: {reason}")
    count = len(files) - len(failed)
    noun = "file" if count == 1 else "files"
    print_status(f"Indexed {count} {noun} in {time.perf_counter() - began:.1f} s.")


async def _answer(
    question: str,
    *,
    telnyx: Telnyx,
    bucket: str,
    documents: Documents,
    backend: Backend,
    request: AskRequest,
) -> "Answer":
    """Print an answer while it streams, its sources, and what it took."""
    from langchain_telnyx.chat_models.profiles.catalogue import DEFAULT_MODEL  # noqa: PLC0415 - as above
    from langchain_telnyx.cli.answers import answer, source_lines  # noqa: PLC0415 - as above

    def write(text: str) -> None:
        if not request.as_json:
            print(text, end="", flush=True)

    write(f"\n{question}\n\n")
    found = await answer(
        question,
        telnyx=telnyx,
        bucket=bucket,
        model=request.model or DEFAULT_MODEL,
        k=request.k,
        emulated=backend.emulated,
        place=documents.place,
        write=write,
    )
    write("\n\n" + "\n".join(source_lines(found)) + "\n")
    noun = "passage" if found.passages == 1 else "passages"
    print_status(
        f"\nFound {found.passages} {noun} in {found.seconds.get('documents', 0):.2f} s, "
        f"first token after {found.seconds.get('answer', 0):.2f} s, "
        f"full answer after {found.seconds['total']:.2f} s; "
        f"{_tokens(found.tokens)}, {_price(found.cost, backend)}."
    )
    if not found.answer:
        print_status("The model returned no text: try another `--model`.")
    return found


def _tokens(tokens: dict[str, int] | None) -> str:
    return "tokens unknown" if tokens is None else f"{tokens['input']} + {tokens['output']} tokens"


def _price(cost: Decimal | None, backend: Backend) -> str:
    if backend.emulated:
        return "no cost"
    return "cost unknown" if cost is None else f"${cost.normalize():f}"


def _result(
    answers: "list[Answer]", documents: Documents, backend: Backend, bucket: str
) -> dict[str, Any]:
    costs = [answer.cost for answer in answers]
    known = [cost for cost in costs if cost is not None]
    tokens = [answer.tokens for answer in answers if answer.tokens is not None]
    return {
        "backend": backend.name,
        "bucket": bucket,
        "answers": [answer.as_json() for answer in answers],
        "skipped": [{"file": each.file, "reason": each.reason} for each in documents.skipped],
        "tokens": {name: sum(each[name] for each in tokens) for name in ("input", "output")}
        if len(tokens) == len(answers)
        else None,
        "cost": f"{sum(known, Decimal(0)).normalize():f}" if len(known) == len(costs) else None,
    }


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)
