"""`langchain-telnyx summarize`: what documents and recordings hold, in a few sentences."""

import argparse
import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from langchain_telnyx._shared.manifest import Manifest, digest, manifest_key
from langchain_telnyx._shared.progress import progress
from langchain_telnyx.cli.backends import Backend
from langchain_telnyx.cli.console import agree, bars, conduct, drop, say
from langchain_telnyx.cli.files import gather
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.audio_files import local_path
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import AuthenticationError, ConfigurationError, TelnyxError
from langchain_telnyx.client.flows import outside

# Recordings that are summarized, beside those that can be embedded.
_ALSO = frozenset({".flac", ".ogg"})
_WIDTH = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="files and folders; with --bucket, keys in it"
    )
    parser.add_argument("--prompt", help="what to heed, such as 'In three bullet points.'")
    parser.add_argument("--bucket", help="the bucket that holds the files; nothing is uploaded")
    parser.add_argument(
        "--resume", metavar="FILE", help="keep summaries there, and ask for none a second time"
    )
    parser.add_argument("--yes", action="store_true", help="create the bucket without asking")


def run(options: argparse.Namespace) -> int:
    """Summarize, and return the exit status: 0, or 1 for a failure, or 2 for a wrong call."""
    return conduct("summarize", partial(_summarize, options))


def _summarize(options: argparse.Namespace, who: Backend, stack: ExitStack) -> int:
    files: Mapping[str, Path | None]
    if options.bucket:
        files = dict.fromkeys(options.paths)
    else:
        ours = local_path(options.resume) if options.resume else None
        paths = [local_path(path) for path in options.paths]
        files, skipped = gather(paths, also=_ALSO, ours=ours)
        if skipped:
            say(f"Skipped what holds no text: {len(skipped)}, such as {str(skipped[0])!r}.")
    say(f"Backend: {who.name}.")
    telnyx = Telnyx(**who.options)
    telnyx.bucket_embeddings.buckets()  # a wrong key or no network shows before anything is made
    bucket = options.bucket or f"langchain-telnyx-{uuid.uuid4().hex[:12]}"
    manifest = Manifest(local_path(options.resume)) if options.resume else None
    work = _Work(telnyx, bucket, options.prompt, manifest)
    began = time.perf_counter()
    known = asyncio.run(work.known(files))
    left = {key: file for key, file in files.items() if key not in known}
    if left and not options.bucket:
        question = (
            f"Create bucket {bucket!r}, upload {len(left)} files to it, summarize them, and delete "
            f"it afterwards?"
        )
        agree(question, who, yes=options.yes)
        _make(telnyx, bucket, stack)
    failed = asyncio.run(_print(work, files, known))
    done = len(files) - failed
    say(f"Summarized {done} of {len(files)} files in {time.perf_counter() - began:.1f} s.")
    return 1 if failed else 0


def _make(telnyx: Telnyx, bucket: str, stack: ExitStack) -> None:
    # Imported here, as langchain-core takes a second: a wrong call should be told at once.
    from langchain_telnyx.vectorstores import TelnyxVectorStore  # noqa: PLC0415

    stack.callback(drop, TelnyxVectorStore(bucket, client=telnyx), telnyx)
    telnyx.storage.create_bucket(bucket)


@dataclass(frozen=True, slots=True)
class _Work:
    telnyx: Telnyx
    bucket: str
    prompt: str | None
    manifest: Manifest | None

    async def known(self, files: Mapping[str, Path | None]) -> dict[str, str]:
        """Return the summaries that an earlier run paid for, by key."""
        if self.manifest is None:
            return {}
        found: dict[str, str] = {}
        for key, file in files.items():
            summary = await self.telnyx.aio.send(self._known(key, file))
            if summary is not None:
                found[key] = summary
        return found

    def attempt(self, key: str, file: Path | None) -> Flow[str | Exception]:
        """Return a file's summary, or the error that concerns this file alone."""
        ask = partial(self._asked, key, file)
        try:
            if self.manifest is None:
                return (yield from ask())
            name = yield from self._name(key, file)
            summary: str = yield from self.manifest.once(name, key, ask, keeps=bool)
        except (AuthenticationError, ConfigurationError):
            raise
        except (TelnyxError, OSError, ValueError) as error:
            return error
        return summary

    def _asked(self, key: str, file: Path | None) -> Flow[str]:
        if file is not None:
            yield from self.telnyx.calls.storage.put_object(self.bucket, key, file)
        told = yield from self.telnyx.calls.summaries.create(
            self.bucket, key, system_prompt=self.prompt
        )
        return told.summary

    def _known(self, key: str, file: Path | None) -> Flow[str | None]:
        assert self.manifest is not None  # noqa: S101 - narrows the type: asked before
        try:
            name = yield from self._name(key, file)
        except TelnyxError:
            return None  # summarizing it will tell what is wrong
        found: str | None = yield from outside(partial(self.manifest.find, name))
        return found

    def _name(self, key: str, file: Path | None) -> Flow[str]:
        """Return what the manifest calls a file's summary: the file's content, and the prompt."""
        if file is None:
            found = yield from self.telnyx.calls.storage.head_object(self.bucket, key)
            what = f"etag:{found.etag or (self.bucket, key, str(found.last_modified))}:{found.size}"
        else:
            what = yield from outside(partial(digest, file))
        return manifest_key(what, {"summarize": self.prompt})


async def _print(work: _Work, files: Mapping[str, Path | None], known: Mapping[str, str]) -> int:
    """Print summaries as they come, and return how many files failed."""

    def flow(key: str, file: Path | None) -> Callable[[], Any]:
        return partial(_given, known[key]) if key in known else partial(work.attempt, key, file)

    keys = list(files)
    failed = 0
    each = work.telnyx.aio.send_each([flow(*item) for item in files.items()], width=_WIDTH)
    with progress("Summarizing", len(files), show=bars()) as bar:
        async with aclosing(each) as results:
            number = 0
            async for result in results:
                key = keys[number]
                number += 1
                bar.to(number)
                if isinstance(result, Exception):
                    failed += 1
                    say(f"Not summarized: {key!r}: {result}")
                else:
                    print(f"{key}\n\n{result}\n" if len(files) > 1 else result, flush=True)
    return failed


def _given(summary: str) -> Flow[str]:
    yield from ()
    return summary
