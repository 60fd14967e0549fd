"""Recordings to send: file paths, file names, and the format of their bytes.

The service detects the format by the extension of the file's name. Many names have none, or another
one (`call.2026-11-28`, `PTT-20261128-WA0001.opus`), so the first bytes decide. The name only counts
where they are unknown.
"""

import inspect
import io
import os
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeAlias
from urllib.parse import unquote_to_bytes

RecordingFile: TypeAlias = (
    bytes
    | bytearray
    | memoryview
    | str
    | os.PathLike[str]
    | IO[bytes]
    | tuple[str, bytes | IO[bytes]]
)
"""Bytes, a path, a file that is open for reading bytes, or a file name with bytes."""

TAKEN = (
    "paths (`str`, `os.PathLike`, `file://` URLs), folders and patterns, `http(s)` addresses, "
    "`bytes`, `bytearray`, `memoryview`, pairs of a file name and bytes, files open for reading "
    "bytes (mode 'rb'), `Blob`, and lists or other iterables of these"
)
"""The inputs that the loader accepts, for messages."""

_ENOUGH = 64
# The first bytes of each format, the special before the general. MP3 is layer II or III of MPEG
# audio; AAC in ADTS has the same first bits, and another layer.
_BEGINNINGS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("wav", re.compile(rb"(?:RIFF|RIFX|RF64|BW64)....WAVE", re.DOTALL)),
    ("flac", re.compile(rb"fLaC")),
    ("ogg", re.compile(rb"OggS")),
    ("mp3", re.compile(rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd][\x00-\xef]", re.DOTALL)),
    ("m4a", re.compile(rb"....ftypM4[AB]", re.DOTALL)),
    ("mp4", re.compile(rb"....ftyp", re.DOTALL)),
    ("webm", re.compile(rb"\x1a\x45\xdf\xa3")),
    ("mpeg", re.compile(rb"\x00\x00\x01[\xba\xb3]")),
    # The service does not accept these; with the right name, they are refused before the upload.
    ("aac", re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")),
    ("aiff", re.compile(rb"FORM....AIF[FC]", re.DOTALL)),
    ("amr", re.compile(rb"#!AMR")),
    ("au", re.compile(rb"\.snd\x00")),
    ("caf", re.compile(rb"caff\x00")),
    ("wma", re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11")),
)
_ID3 = re.compile(rb"ID3[\x02-\x04].[\x00-\xff]([\x00-\x7f]{4})", re.DOTALL)
# Correct extensions of each format, which the service accepts.
_EXTENSIONS: dict[str, frozenset[str]] = {
    "m4a": frozenset({"m4a", "mp4"}),
    "mp3": frozenset({"mp3", "mpeg", "mpga"}),
    "mp4": frozenset({"m4a", "mp4"}),
    "ogg": frozenset({"oga", "ogg"}),
}
# Extensions that the service does not accept, of formats that it does.
_ALIASES = {
    "3g2": "mp4",
    "3gp": "mp4",
    "3gpp": "mp4",
    "m4b": "m4a",
    "m4r": "m4a",
    "mka": "webm",
    "mpg": "mpeg",
    "opus": "ogg",
    "spx": "ogg",
    "wave": "wav",
    "weba": "webm",
}
_NOT_TAKEN = frozenset({"aac", "ac3", "aif", "aifc", "aiff", "amr", "au", "awb", "caf", "wma"})
_TAKEN = frozenset({"flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"})
AUDIO_EXTENSIONS = _TAKEN | _NOT_TAKEN | _ALIASES.keys()
"""A file in a folder with one of these extensions is a recording."""
_DRIVE = re.compile(r"/?([A-Za-z])[:|](?=/|\\|$)")


def extension_of(name: str) -> str:
    """Return a name's extension in lower case, without the dot; empty if there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def format_of(content: bytes | Path) -> str | None:
    """Return the format of a recording's first bytes, as an extension; `None` if it is unknown.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(content, Path):
        with content.open("rb") as handle:
            return _format(handle.read(_ENOUGH), lambda at: _read_at(handle, at))
    return _format(content[:_ENOUGH], lambda at: content[at : at + _ENOUGH])


def filename_for(name: str, content: bytes | Path) -> str:
    """Return a file name with the extension of the format: by the bytes, else by the name.

    Raises:
        OSError: The file cannot be read.
    """
    return _renamed(name, format_of(content))


def with_known_extension(name: str) -> str:
    """Return a name with the extension that the service accepts for its format."""
    return _renamed(name, None)


def utf8_filename(name: str) -> str:
    """Return a file name that UTF-8 can encode; other bytes become hexadecimal escapes."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other halves of surrogate pairs, which Windows allows
        raw = name.encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "backslashreplace")


def is_file_url(given: str) -> bool:
    """Whether a text is a `file:` URL."""
    return given[:6].lower() == "file:/"


def local_path(given: str | os.PathLike[str] | os.PathLike[bytes]) -> Path:
    """Return the path of a path or a `file:` URL; `~` is the home folder.

    Raises:
        ValueError: The URL names another host.
        OSError: The home folder does not exist.
    """
    text = os.fsdecode(os.fspath(given))
    if is_file_url(text):
        return Path(_of_file_url(text, windows=os.name == "nt"))
    path = Path(text)
    if text.startswith("~") and not os.path.lexists(path):
        try:
            return path.expanduser()
        except RuntimeError as error:
            raise FileNotFoundError(f"{text!r} is not there: {error}") from error
    return path


def is_open_file(given: object) -> bool:
    """Whether an object is a file that is open for reading bytes."""
    read = getattr(given, "read", None)
    if not callable(read) or isinstance(given, type) or inspect.iscoroutinefunction(read):
        return False
    # A temporary file in text mode is not a TextIOBase, but has its attributes.
    is_text = isinstance(given, io.TextIOBase) or (
        isinstance(getattr(given, "encoding", None), str) and hasattr(given, "errors")
    )
    return not is_text


def read_file(file: Any, source: str) -> bytes:
    """Return the bytes of an open file, from its beginning if it can be rewound.

    Raises:
        OSError: It cannot be read, or was already read and cannot be rewound.
        TypeError: It returns something other than bytes.
    """
    try:
        can_seek = file.seekable() if hasattr(file, "seekable") else hasattr(file, "seek")
        if can_seek:  # so that a loader can load again
            file.seek(0)
        content = file.read()
    except ValueError as error:  # such as a file that was closed
        raise OSError(f"{source!r} cannot be read: {error}") from error
    if inspect.iscoroutine(content):
        content.close()
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError(
            f"{source!r} is a file that returns {type(content).__name__}, not bytes: open it with "
            f"mode 'rb', or pass its bytes."
        )
    if not content and not can_seek:
        raise OSError(
            f"{source!r} is empty, or already read: an open file that cannot be rewound can be "
            f"loaded once. Pass its bytes instead."
        )
    return bytes(content)


def recording_content(file: RecordingFile) -> tuple[str, bytes | Path]:
    """Return the name, empty if there is none, and the content of an input of `audio.transcribe`.

    Raises:
        TypeError: It has another type; the message lists those that are accepted.
        OSError: An open file cannot be read.
        ValueError: A `file:` URL names another host.
    """
    given: Any = file
    match given:
        case bytes() | bytearray() | memoryview():
            return "", bytes(given)
        case (str() as name, bytes() | bytearray() | memoryview() as content):
            return name, bytes(content)
        case (str() as name, content) if is_open_file(content):
            return name, read_file(content, name)
        case str() | os.PathLike():
            path = local_path(given)
            return path.name, path
    if is_open_file(given):
        known = getattr(given, "name", None)  # of a pipe it is a number
        name = Path(known).name if isinstance(known, str) else ""
        return name, read_file(given, name or "recording")
    raise TypeError(
        f"`file` is a path (`str`, `os.PathLike`, a `file://` URL), `bytes`, `bytearray`, "
        f"`memoryview`, a pair of a file name and bytes, or a file open for reading bytes (mode "
        f"'rb'), not {type(given).__name__}."
    )


def _format(beginning: bytes, at: Callable[[int], bytes]) -> str | None:
    if tag := _ID3.match(beginning):
        size = 0
        for seven_bits in tag[1]:
            size = size << 7 | seven_bits
        beginning = at(10 + size).lstrip(b"\0")
        # An ID3 tag may precede MP3, and sometimes other formats.
        return _known(beginning) or "mp3"
    return _known(beginning) or ("mp3" if beginning.startswith(b"ID3") else None)


def _known(beginning: bytes) -> str | None:
    return next((kind for kind, pattern in _BEGINNINGS if pattern.match(beginning)), None)


def _read_at(handle: Any, at: int) -> bytes:
    handle.seek(at)
    content: bytes = handle.read(_ENOUGH)
    return content


def _renamed(name: str, found: str | None) -> str:
    extension = extension_of(name)
    correct = found or _ALIASES.get(extension)
    if correct is None or extension in _EXTENSIONS.get(correct, {correct}):
        return name
    stem = name[: -len(extension) - 1] if extension in AUDIO_EXTENSIONS else name.rstrip(".")
    return f"{stem or 'recording'}.{correct}"


def _of_file_url(url: str, *, windows: bool) -> str:
    """Return the path of a `file:` URL, by the rules of RFC 8089 and of browsers."""
    rest = url[5:]
    host = ""
    if rest.startswith("//"):
        host, slash, tail = rest[2:].partition("/")
        rest = slash + tail
        if windows and _DRIVE.match(host):  # file://C:/call.wav
            host, rest = "", f"/{host}{rest}"
    path = os.fsdecode(unquote_to_bytes(rest.encode("utf-8", "surrogateescape")))
    if windows:
        if host and host.lower() != "localhost":
            return f"//{host}{path}"
        if path.startswith("//"):  # file:////server/share
            return path
        return _DRIVE.sub(lambda drive: f"{drive[1]}:", path, count=1)
    if host and host.lower() != "localhost":
        raise ValueError(
            f"{url!r} names the host {host!r}, and only files of this machine can be read: write "
            f"`file:///` and the path."
        )
    return path
