"""`langchain-telnyx transcribe`: recordings to text, subtitles or JSON lines."""

import argparse
import asyncio
import json
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path, PurePath
from typing import IO, TYPE_CHECKING, Any

from langchain_telnyx.cli.console import UsageError, print_status, run_command, show_progress_bars

if TYPE_CHECKING:
    from langchain_telnyx.cli.backends import Backend

EXAMPLES = """
langchain-telnyx transcribe call.mp3
langchain-telnyx transcribe calls/ --resume calls.jsonl --json
langchain-telnyx transcribe talk.mp3 --format vtt --diarize --speaker 0=Ada
"""

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
        "--json", action="store_const", dest="format", const="jsonl", help="as `--format jsonl`"
    )
    parser.add_argument(
        "--mode",
        choices=_MODES,
        help="content of a line of jsonl (default: text, the whole recording)",
    )
    parser.add_argument(
        "-o", dest="output", metavar="PATH", help="output file, or a folder with a trailing /"
    )
    parser.add_argument("--model", help="the speech model")
    parser.add_argument("--language", help="the spoken language, such as en-US")
    parser.add_argument(
        "--diarize", action="store_true", help="identify speakers; text then shows them"
    )
    parser.add_argument(
        "--multichannel",
        action="store_true",
        help="transcribe each channel separately; text then shows the channels",
    )
    parser.add_argument(
        "--speaker",
        metavar="SPEAKER=NAME",
        action="append",
        default=[],
        help="name a speaker, such as 0=Agent or channel-1=Caller; may be repeated",
    )
    parser.add_argument(
        "--resume",
        metavar="FILE",
        help="file for results, so that a rerun does not request them again",
    )


def run(options: argparse.Namespace) -> int:
    """Transcribe the recordings, and return the exit status."""
    return run_command("transcribe", partial(_transcribe, options))


def _transcribe(options: argparse.Namespace, backend: "Backend", stack: ExitStack) -> int:
    if options.mode and options.format != "jsonl":
        raise UsageError("`--mode` requires `--format jsonl`: pass both.")
    names = _names(options.speaker)
    # Imported here, because langchain-core takes a second, and usage errors should be fast.
    from langchain_telnyx.client import Telnyx  # noqa: PLC0415
    from langchain_telnyx.document_loaders import TelnyxTranscriptionLoader  # noqa: PLC0415
    from langchain_telnyx.transcription.recordings import find_recordings  # noqa: PLC0415

    recordings = find_recordings(options.paths)
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
        show_progress=show_progress_bars(),
        client=Telnyx(**backend.options),
    )
    print_status(f"Backend: {backend.name}.")
    began = time.perf_counter()
    # Async, so that Ctrl-C ends it at once: a sync request cannot be cancelled.
    failed = asyncio.run(_write(loader, output))
    done = len(recordings) - failed
    print_status(
        f"Transcribed {done} of {len(recordings)} recordings in "
        f"{time.perf_counter() - began:.1f} s."
    )
    return 1 if failed else 0


def _mode(options: argparse.Namespace) -> Any:
    """Return the loader's mode: a transcript for text with speakers."""
    if options.format == "jsonl":
        return options.mode or "text"
    if options.format == "text" and (options.diarize or options.multichannel or options.speaker):
        return "transcript"
    return options.format


def _names(values: list[str]) -> dict[str, str]:
    """Return the names of speakers.

    Raises:
        UsageError: A value is not `SPEAKER=NAME`, or two values name the same speaker.
    """
    from langchain_telnyx.transcripts.speakers import names_of  # noqa: PLC0415 - as above

    names: dict[str, str] = {}
    for each in values:
        speaker, sign, name = each.partition("=")
        try:
            [(key, name)] = names_of({speaker: name}).items()
        except ValueError as error:
            raise UsageError(f"Invalid `--speaker {each}`: {error}") from error
        if not sign or key in names:
            reason = "the speaker already has a name" if sign else "there is no `=`"
            raise UsageError(f"Invalid `--speaker {each}`: {reason}.")
        names[key] = name
    return names


def _check(paths: list[str], recordings: list[Any]) -> None:
    for recording in recordings:
        content = recording.content
        missing = isinstance(content, Path) and not content.exists()
        if missing or isinstance(getattr(content, "error", None), FileNotFoundError):
            raise UsageError(f"{recording.source!r} does not exist.")
    if not recordings:
        names = ", ".join(map(repr, paths))
        raise UsageError(f"Nothing to transcribe in {names}: no recordings.")


async def _write(loader: Any, output: "_Output") -> int:
    """Write documents as they arrive, and return the number of recordings that failed."""
    failed = 0
    async for document in loader.alazy_load():
        if "error" in document.metadata:
            failed += 1
            print_status(
                f"Not transcribed: {document.metadata['source']!r}: {document.metadata['error']}"
            )
        if "error" not in document.metadata or output.is_jsonl:
            output.write(document)
    return failed


class _Output:
    """The output of transcripts: standard output, a file, or a folder with a file for each.

    Args:
        options: The command's options.
        several: Whether there are several recordings.
        stack: Closes the file.

    Raises:
        UsageError: Several subtitle files need a folder.
    """

    def __init__(self, options: argparse.Namespace, *, several: bool, stack: ExitStack) -> None:
        self._format: str = options.format
        self._several = several
        self._stack = stack
        self._sources: dict[Path, str] = {}
        self._file: IO[str] | None = None
        output: str | None = options.output
        self._path = None if output is None else Path(output)
        self._is_folder = output is not None and (output.endswith("/") or Path(output).is_dir())
        if several and self._format in _SUBTITLES and not self._is_folder:
            raise UsageError(
                f"each recording has its own {self._format} file: pass a folder for them, such as "
                f"`-o subtitles/`."
            )

    @property
    def is_jsonl(self) -> bool:
        """Whether each document is a line of JSON, so that failures have a line, too."""
        return self._format == "jsonl"

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
            file = self._file_in(self._path, source)
            # A recording can have several JSON lines.
            with file.open("a" if self._started(file, source) else "w", encoding="utf-8") as handle:
                print(text, file=handle)
            return
        if self._path is not None and self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._stack.enter_context(self._path.open("w", encoding="utf-8"))
        print(text, file=self._file or sys.stdout, flush=True)

    def _file_in(self, folder: Path, source: str) -> Path:
        """Return the file of a recording, with a number if another one has the same name."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = PurePath(source.partition("?")[0]).stem
        extension = "txt" if self._format == "text" else self._format
        number = 1
        file = folder / f"{stem}.{extension}"
        while self._sources.get(file, source) != source:
            number += 1
            file = folder / f"{stem}-{number}.{extension}"
        return file

    def _started(self, file: Path, source: str) -> bool:
        started = file in self._sources
        self._sources[file] = source
        return started
