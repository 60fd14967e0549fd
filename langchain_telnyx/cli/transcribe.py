"""`langchain-telnyx transcribe`: what recordings say, as text, subtitles or JSON lines."""

import argparse
import asyncio
import json
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePath
from typing import IO, Any

from langchain_telnyx.cli.backends import Backend
from langchain_telnyx.cli.console import UsageError, bars, conduct, say
from langchain_telnyx.client import Telnyx
from langchain_telnyx.transcripts.speakers import names_of

_SUBTITLES = ("srt", "vtt")
_MODES = ("text", "transcript", "segments", "sentences", "words", "speakers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="recordings, folders, patterns and addresses"
    )
    parser.add_argument(
        "--format", choices=("text", *_SUBTITLES, "jsonl"), default="text", help="(%(default)s)"
    )
    parser.add_argument(
        "--mode", choices=_MODES, help="what a line of jsonl holds (text, the whole recording)"
    )
    parser.add_argument(
        "-o", dest="output", metavar="PATH", help="a file to write to, or a folder: end it with /"
    )
    parser.add_argument("--model", help="the speech model to ask")
    parser.add_argument("--language", help="the language that is spoken, such as en-US")
    parser.add_argument(
        "--diarize", action="store_true", help="tell speakers apart; text then says who speaks"
    )
    parser.add_argument(
        "--multichannel",
        action="store_true",
        help="transcribe each channel by itself; text then says which one speaks",
    )
    parser.add_argument(
        "--speaker",
        metavar="WHO=NAME",
        action="append",
        default=[],
        help="name a speaker, such as 0=Agent or channel-1=Caller; may be repeated",
    )
    parser.add_argument(
        "--resume", metavar="FILE", help="keep answers there, and ask for none a second time"
    )


def run(options: argparse.Namespace) -> int:
    """Transcribe, and return the exit status: 0, or 1 for a failure, or 2 for a wrong call."""
    return conduct("transcribe", partial(_transcribe, options))


def _transcribe(options: argparse.Namespace, who: Backend, stack: ExitStack) -> int:
    if options.mode and options.format != "jsonl":
        raise UsageError("`--mode` is what a line of `--format jsonl` holds: give both.")
    names = _names(options.speaker)
    # Imported here, as langchain-core takes a second: a wrong call should be told at once.
    from langchain_telnyx.document_loaders import TelnyxTranscriptionLoader  # noqa: PLC0415
    from langchain_telnyx.transcription.recordings import found  # noqa: PLC0415

    recordings = found(options.paths)
    _check(options.paths, recordings)
    output = _Output(options, several=len(recordings) > 1, stack=stack)
    loader = TelnyxTranscriptionLoader(
        options.paths,
        mode=_mode(options),
        model=options.model,
        language=options.language,
        diarize=options.diarize or None,
        model_config={"multichannel": True} if options.multichannel else None,
        speakers=names,
        manifest=options.resume,
        on_error="document",
        show_progress=bars(),
        client=Telnyx(**who.options),
    )
    say(f"Backend: {who.name}.")
    began = time.perf_counter()
    # Awaited, so that Ctrl-C ends it at once: on the blocking face a request cannot be ended.
    failed = asyncio.run(_write(loader, output))
    done = len(recordings) - failed
    say(
        f"Transcribed {done} of {len(recordings)} recordings in "
        f"{time.perf_counter() - began:.1f} s."
    )
    return 1 if failed else 0


def _mode(options: argparse.Namespace) -> Any:
    """Return the loader's mode: text is a transcript where it is to say who speaks."""
    if options.format == "jsonl":
        return options.mode or "text"
    if options.format == "text" and (options.diarize or options.multichannel or options.speaker):
        return "transcript"
    return options.format


def _names(given: list[str]) -> dict[str, str]:
    """Return the names of speakers.

    Raises:
        UsageError: One is not written as `WHO=NAME`, or two are for the same speaker.
    """
    names: dict[str, str] = {}
    for each in given:
        who, sign, name = each.partition("=")
        try:
            [(key, name)] = names_of({who: name}).items()
        except ValueError as error:
            raise UsageError(f"`--speaker {each}` cannot be used: {error}") from error
        if not sign or key in names:
            reason = "it names the same speaker again" if sign else "it has no `=`"
            raise UsageError(f"`--speaker {each}` cannot be used: {reason}.")
        names[key] = name
    return names


def _check(paths: list[str], recordings: list[Any]) -> None:
    for recording in recordings:
        content = recording.content
        missing = isinstance(content, Path) and not content.exists()
        if missing or isinstance(getattr(content, "error", None), FileNotFoundError):
            raise UsageError(f"{recording.source!r} is not there.")
    if not recordings:
        where = ", ".join(map(repr, paths))
        raise UsageError(f"There is nothing to transcribe in {where}: no recordings.")


async def _write(loader: Any, output: "_Output") -> int:
    """Write what comes as it comes, and return how many recordings failed."""
    failed = 0
    async for document in loader.alazy_load():
        if "error" in document.metadata:
            failed += 1
            say(f"Not transcribed: {document.metadata['source']!r}: {document.metadata['error']}")
        else:
            output.write(document)
    return failed


class _Output:
    """Where transcripts go: standard output, a file, or a file each in a folder.

    Args:
        options: The command's.
        several: Whether there are several recordings.
        stack: Closes what is opened.

    Raises:
        UsageError: Several files of subtitles have no folder to go to.
    """

    def __init__(self, options: argparse.Namespace, *, several: bool, stack: ExitStack) -> None:
        self._format: str = options.format
        self._several = several
        self._stack = stack
        self._taken: dict[Path, str] = {}
        self._file: IO[str] | None = None
        given: str | None = options.output
        self._path = None if given is None else Path(given)
        self._is_folder = given is not None and (given.endswith("/") or Path(given).is_dir())
        if several and self._format in _SUBTITLES and not self._is_folder:
            raise UsageError(
                f"each recording makes a file of {self._format}: name a folder for them, such as "
                f"`-o subtitles/`."
            )

    def write(self, document: Any) -> None:
        """Write one document."""
        source: str = document.metadata["source"]
        text: str = document.page_content.rstrip("\n")
        if self._format == "jsonl":
            line = {"page_content": document.page_content, "metadata": document.metadata}
            text = json.dumps(line, ensure_ascii=False)
        elif self._several and not self._is_folder:
            text = f"{source}\n\n{text}\n"
        if self._path is not None and self._is_folder:
            file = self._beside(self._path, source)
            # Of JSON lines there are several for a recording.
            with file.open("a" if self._started(file, source) else "w", encoding="utf-8") as handle:
                print(text, file=handle)
            return
        if self._path is not None and self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._stack.enter_context(self._path.open("w", encoding="utf-8"))
        print(text, file=self._file or sys.stdout, flush=True)

    def _beside(self, folder: Path, source: str) -> Path:
        """Return the file of a recording: of its name, numbered where another has that name."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = PurePath(source.partition("?")[0]).stem
        extension = "txt" if self._format == "text" else self._format
        number = 1
        file = folder / f"{stem}.{extension}"
        while self._taken.get(file, source) != source:
            number += 1
            file = folder / f"{stem}-{number}.{extension}"
        return file

    def _started(self, file: Path, source: str) -> bool:
        started = file in self._taken
        self._taken[file] = source
        return started
