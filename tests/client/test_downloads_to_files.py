"""Answers that go to a file: streamed there, whole or not at all."""

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
    """Fetch what a server answers, one reply after the other, into a file."""

    def start(file: Path, *replies: Reply) -> Any:
        ready = list(replies)
        api = as_async(
            Telnyx(api_key="KEY", base_url=serve(lambda *_: ready.pop(0)), max_retries=1)
        )
        return api.send(Call("GET", "/file", check_empty, into=file))

    return start


async def test_an_answer_is_written_to_the_file(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "graph.png"
    file.write_bytes(b"an older one")
    await fetch(file, (200, {}, BYTES))
    assert file.read_bytes() == BYTES
    assert names_in(tmp_path) == [file.name]


async def test_a_compressed_answer_is_written_as_it_was(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "text"
    await fetch(file, (200, {"content-encoding": "gzip"}, gzip.compress(BYTES)))
    assert file.read_bytes() == BYTES


async def test_an_error_is_raised_and_no_file_made(fetch: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such thing"):
        await fetch(tmp_path / "file", (404, {}, b"no such thing"))
    assert names_in(tmp_path) == []


async def test_an_answer_that_breaks_off_is_fetched_anew(fetch: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    cut: Reply = (200, {"content-length": str(len(BYTES)), "connection": "close"}, BYTES[:-1])
    await fetch(file, cut, (200, {}, BYTES))
    assert file.read_bytes() == BYTES
    assert names_in(tmp_path) == [file.name]


async def test_an_answer_that_breaks_off_for_good_leaves_the_older_file(
    fetch: Any, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"an older one")
    cut: Reply = (200, {"content-length": str(len(BYTES)), "connection": "close"}, BYTES[:-1])
    with pytest.raises(APIConnectionError):
        await fetch(file, cut, cut)
    assert file.read_bytes() == b"an older one"
    assert names_in(tmp_path) == [file.name]


async def test_a_folder_that_is_not_there_is_told(fetch: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await fetch(tmp_path / "missing" / "file", (200, {}, BYTES))
