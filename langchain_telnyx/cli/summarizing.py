"""The work of `langchain-telnyx summarize`: upload files, print their summaries, clean up."""

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
from langchain_telnyx.cli.console import (
    confirm,
    delete_bucket,
    print_json,
    print_status,
    show_progress_bars,
)
from langchain_telnyx.cli.failures import hide_secrets
from langchain_telnyx.cli.files import collect_files
from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.audio_files import local_path
from langchain_telnyx.client.call import Flow
from langchain_telnyx.client.errors import AuthenticationError, ConfigurationError, TelnyxError
from langchain_telnyx.client.flows import run_external

# Additional extensions that can be summarized, but not embedded.
_ALSO_SUPPORTED = frozenset({".flac", ".ogg"})
_WIDTH = 4


def summarize(options: argparse.Namespace, backend: Backend, stack: ExitStack) -> int:
    """Summarize the files, and return the exit status."""
    files: Mapping[str, Path | None]
    if options.bucket:
        files = dict.fromkeys(options.paths)
    else:
        manifest_file = local_path(options.resume) if options.resume else None
        paths = [local_path(path) for path in options.paths]
        files, skipped = collect_files(paths, also=_ALSO_SUPPORTED, manifest=manifest_file)
        if skipped:
            print_status(f"Skipped {len(skipped)} files without text, such as {str(skipped[0])!r}.")
    print_status(f"Backend: {backend.name}.")
    telnyx = Telnyx(**backend.options)
    telnyx.bucket_embeddings.buckets()  # fails early with a wrong key or without network
    bucket = options.bucket or f"langchain-telnyx-{uuid.uuid4().hex[:12]}"
    manifest = Manifest(local_path(options.resume)) if options.resume else None
    summarizer = _Summarizer(telnyx, bucket, options.prompt, manifest)
    began = time.perf_counter()
    stored = asyncio.run(summarizer.stored(files))
    missing = {key: file for key, file in files.items() if key not in stored}
    if missing and not options.bucket:
        question = (
            f"Create bucket {bucket!r}, upload {len(missing)} files to it, summarize them, and "
            f"delete it afterwards?"
        )
        confirm(question, backend, yes=options.yes)
        _create_bucket(telnyx, bucket, stack)
    failed = asyncio.run(_print(summarizer, files, stored, as_json=options.json))
    done = len(files) - failed
    print_status(f"Summarized {done} of {len(files)} files in {time.perf_counter() - began:.1f} s.")
    return 1 if failed else 0


def _create_bucket(telnyx: Telnyx, bucket: str, stack: ExitStack) -> None:
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.vectorstores import TelnyxVectorStore  # noqa: PLC0415

    stack.callback(delete_bucket, TelnyxVectorStore(bucket, client=telnyx), telnyx)
    telnyx.storage.create_bucket(bucket)


@dataclass(frozen=True, slots=True)
class _Summarizer:
    telnyx: Telnyx
    bucket: str
    prompt: str | None
    manifest: Manifest | None

    async def stored(self, files: Mapping[str, Path | None]) -> dict[str, str]:
        """Return the stored summaries of earlier runs, by key."""
        if self.manifest is None:
            return {}
        found: dict[str, str] = {}
        for key, file in files.items():
            summary = await self.telnyx.aio.send(self._stored(key, file))
            if summary is not None:
                found[key] = summary
        return found

    def attempt(self, key: str, file: Path | None) -> Flow[str | Exception]:
        """Return a file's summary, or an error of this file."""
        request = partial(self._request, key, file)
        try:
            if self.manifest is None:
                return (yield from request())
            name = yield from self._manifest_key(key, file)
            summary: str = yield from self.manifest.get_or_request(
                name, key, request, is_valid=bool
            )
        except (AuthenticationError, ConfigurationError):
            raise
        except (TelnyxError, OSError, ValueError) as error:
            return error
        return summary

    def _request(self, key: str, file: Path | None) -> Flow[str]:
        if file is not None:
            yield from self.telnyx.calls.storage.put_object(self.bucket, key, file)
        result = yield from self.telnyx.calls.summaries.create(
            self.bucket, key, system_prompt=self.prompt
        )
        return result.summary

    def _stored(self, key: str, file: Path | None) -> Flow[str | None]:
        assert self.manifest is not None  # noqa: S101 - narrows the type
        try:
            name = yield from self._manifest_key(key, file)
        except TelnyxError:
            return None  # the request for the summary reports the error
        found: str | None = yield from run_external(partial(self.manifest.find, name))
        return found

    def _manifest_key(self, key: str, file: Path | None) -> Flow[str]:
        """Return the manifest's key of a summary, from the file's content and the prompt."""
        if file is None:
            found = yield from self.telnyx.calls.storage.head_object(self.bucket, key)
            content_id = (
                f"etag:{found.etag or (self.bucket, key, str(found.last_modified))}:{found.size}"
            )
        else:
            content_id = yield from run_external(partial(digest, file))
        return manifest_key(content_id, {"summarize": self.prompt})


async def _print(
    summarizer: _Summarizer,
    files: Mapping[str, Path | None],
    stored: Mapping[str, str],
    *,
    as_json: bool,
) -> int:
    """Print summaries in order, and return the number of files that failed."""

    def flow(key: str, file: Path | None) -> Callable[[], Any]:
        return (
            partial(_return, stored[key])
            if key in stored
            else partial(summarizer.attempt, key, file)
        )

    keys = list(files)
    failed = 0
    each = summarizer.telnyx.aio.send_each([flow(*item) for item in files.items()], width=_WIDTH)
    with progress("Summarizing", len(files), show=show_progress_bars()) as bar:
        async with aclosing(each) as results:
            number = 0
            async for result in results:
                key = keys[number]
                number += 1
                bar.to(number)
                if isinstance(result, Exception):
                    failed += 1
                    print_status(f"Not summarized: {key!r}: {result}")
                    if as_json:
                        print_json({"path": key, "error": hide_secrets(str(result))})
                elif as_json:
                    print_json({"path": key, "summary": result})
                else:
                    print(f"{key}\n\n{result}\n" if len(files) > 1 else result, flush=True)
    return failed


def _return(summary: str) -> Flow[str]:
    yield from ()
    return summary
