"""Downloads to files: streamed, complete or not at all."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from langchain_telnyx.client import Telnyx
from langchain_telnyx.client.call import Call
from langchain_telnyx.client.decode import check_empty
from langchain_telnyx.client.errors import APIConnectionError, NotFoundError

BYTES = bytes(range(256)) * 20_000
Reply = tuple[int, dict[str, str], bytes]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def fetch(as_async: Callable[[Telnyx], Any], serve: Callable[..., str]) -> Callable[..., Any]:
    """Download a server's responses, one after the other, into a file."""

    def start(file: Path, *replies: Reply) -> Any:
        ready = list(replies)
        api = as_async(
            Telnyx(api_key="KEY", base_url=serve(lambda *_: ready.pop(0)), max_retries=1)
        )
        return api.send(Call("GET", "/file", check_empty, into=file))

    return start


async def test_a_response_is_written_to_the_file(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "graph.png"
    file.write_bytes(b"an older one")
    await fetch(file, (200, {}, BYTES))
    assert file.read_bytes() == BYTES
    assert names_in(tmp_path) == [file.name]


async def test_a_compressed_response_is_written_decompressed(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "text"
    await fetch(file, (200, {"content-encoding": "gzip"}, gzip.compress(BYTES)))
    assert file.read_bytes() == BYTES


async def test_an_error_is_raised_and_creates_no_file(fetch: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such thing"):
        await fetch(tmp_path / "file", (404, {}, b"no such thing"))
    assert names_in(tmp_path) == []


async def test_a_broken_download_is_fetched_again(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    cut: Reply = (200, {"content-length": str(len(BYTES)), "connection": "close"}, BYTES[:-1])
    await fetch(file, cut, (200, {}, BYTES))
    assert file.read_bytes() == BYTES
    assert names_in(tmp_path) == [file.name]


async def test_a_failed_download_does_not_change_an_existing_file(
    fetch: Any, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"an older one")
    cut: Reply = (200, {"content-length": str(len(BYTES)), "connection": "close"}, BYTES[:-1])
    with pytest.raises(APIConnectionError):
        await fetch(file, cut, cut)
    assert file.read_bytes() == b"an older one"
    assert names_in(tmp_path) == [file.name]


async def test_a_missing_folder_is_reported(fetch: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await fetch(tmp_path / "missing" / "file", (200, {}, BYTES))
