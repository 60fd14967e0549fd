"""The manifest: what was paid for is found again, also after a crash in the middle of a line."""

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


def test_an_answer_is_found_by_the_one_who_kept_it_and_by_later_ones(file: Path) -> None:
    manifest = Manifest(file)
    assert manifest.find("k") is None
    manifest.keep("j", "a.wav", {"text": "Ä\n"})
    manifest.keep("k", "b.wav", {"text": "b"})
    for reader in (manifest, Manifest(file)):
        assert reader.find("j") == {"text": "Ä\n"}
        assert reader.find("k") == {"text": "b"}
        assert reader.find("l") is None


def test_the_file_is_json_lines(file: Path) -> None:
    Manifest(file).keep("k", "a.wav", {"text": "a"})
    [line] = file.read_text("utf-8").splitlines()
    assert json.loads(line) == {"key": "k", "source": "a.wav", "answer": {"text": "a"}}


def test_of_two_answers_the_last_one_counts(file: Path) -> None:
    manifest = Manifest(file)
    manifest.keep("k", "a.wav", 1)
    manifest.keep("k", "a.wav", 2)
    assert manifest.find("k") == Manifest(file).find("k") == 2


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_line_that_a_crash_cut_short_is_left_out_and_closed(file: Path, cut: int) -> None:
    Manifest(file).keep("j", "a.wav", {"text": "a"})
    Manifest(file).keep("k", "b.wav", {"text": "b"})
    file.write_bytes(file.read_bytes()[:-1][:-cut])
    manifest = Manifest(file)
    assert manifest.find("k") is None
    manifest.keep("l", "c.wav", {"text": "c"})
    for reader in (manifest, Manifest(file)):
        assert (reader.find("j"), reader.find("k")) == ({"text": "a"}, None)
        assert reader.find("l") == {"text": "c"}


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[]", b'{"key": 1, "answer": 1}', b'{"key": "k"}'])
def test_lines_of_others_are_passed_over(file: Path, line: bytes) -> None:
    file.write_bytes(line + b"\n")
    Manifest(file).keep("j", "a.wav", 1)
    assert Manifest(file).find("j") == 1
    assert Manifest(file).find("k") is None


def test_many_threads_and_two_manifests_lose_nothing(file: Path) -> None:
    manifests = [Manifest(file), Manifest(file)]
    assert manifests[0].find("none") is None

    def keep(number: int) -> None:
        manifests[number % 2].keep(str(number), f"{number}.wav", number)
        assert manifests[number % 2].find(str(number)) == number

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = Manifest(file)
    assert [read.find(str(number)) for number in range(20)] == list(range(20))


def test_a_key_is_the_content_and_every_option(file: Path) -> None:
    file.write_bytes(b"sound")
    assert digest(file) == digest(b"sound") != digest(b"noise")
    asked = {"model": "m", "language": "en"}
    assert manifest_key("c", asked) == manifest_key("c", dict(reversed(asked.items())))
    assert len({manifest_key("c", asked), manifest_key("d", asked), manifest_key("c", {"model": "m"})}) == 3
