"""The manifest: stored results are found again, also after a crash in the middle of a line."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from langchain_telnyx._shared.manifest import Manifest, digest, manifest_key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "m.jsonl"


def test_a_stored_result_is_found_by_this_and_later_manifests(file: Path) -> None:
    manifest = Manifest(file)
    assert manifest.find("k") is None
    manifest.store("j", "a.wav", {"text": "Ä\n"})
    manifest.store("k", "b.wav", {"text": "b"})
    for reader in (manifest, Manifest(file)):
        assert reader.find("j") == {"text": "Ä\n"}
        assert reader.find("k") == {"text": "b"}
        assert reader.find("l") is None


def test_the_file_is_json_lines(file: Path) -> None:
    Manifest(file).store("k", "a.wav", {"text": "a"})
    [line] = file.read_text("utf-8").splitlines()
    assert json.loads(line) == {"key": "k", "source": "a.wav", "answer": {"text": "a"}}


def test_the_last_result_of_a_key_is_valid(file: Path) -> None:
    manifest = Manifest(file)
    manifest.store("k", "a.wav", 1)
    manifest.store("k", "a.wav", 2)
    assert manifest.find("k") == Manifest(file).find("k") == 2


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_an_incomplete_line_after_a_crash_is_skipped_and_terminated(file: Path, cut: int) -> None:
    Manifest(file).store("j", "a.wav", {"text": "a"})
    Manifest(file).store("k", "b.wav", {"text": "b"})
    file.write_bytes(file.read_bytes()[:-1][:-cut])
    manifest = Manifest(file)
    assert manifest.find("k") is None
    manifest.store("l", "c.wav", {"text": "c"})
    for reader in (manifest, Manifest(file)):
        assert (reader.find("j"), reader.find("k")) == ({"text": "a"}, None)
        assert reader.find("l") == {"text": "c"}


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[]", b'{"key": 1, "answer": 1}', b'{"key": "k"}'])
def test_unknown_lines_are_skipped(file: Path, line: bytes) -> None:
    file.write_bytes(line + b"\n")
    Manifest(file).store("j", "a.wav", 1)
    assert Manifest(file).find("j") == 1
    assert Manifest(file).find("k") is None


def test_many_threads_and_two_manifests_lose_nothing(file: Path) -> None:
    manifests = [Manifest(file), Manifest(file)]
    assert manifests[0].find("none") is None

    def store(number: int) -> None:
        manifests[number % 2].store(str(number), f"{number}.wav", number)
        assert manifests[number % 2].find(str(number)) == number

    threads = [threading.Thread(target=store, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = Manifest(file)
    assert [read.find(str(number)) for number in range(20)] == list(range(20))


def test_a_key_depends_on_the_content_and_every_option(file: Path) -> None:
    file.write_bytes(b"sound")
    assert digest(file) == digest(b"sound") != digest(b"noise")
    options = {"model": "m", "language": "en"}
    assert manifest_key("c", options) == manifest_key("c", dict(reversed(options.items())))
    assert (
        len(
            {
                manifest_key("c", options),
                manifest_key("d", options),
                manifest_key("c", {"model": "m"}),
            }
        )
        == 3
    )
