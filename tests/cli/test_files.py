"""Which files below the passed paths are read, and under which keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from langchain_telnyx.cli.files import NoFilesError, collect_files

JUNK = bytes(range(256)) * 10


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "notes" / "titan.md").write_text("Titan is a moon of Saturn.", "utf-8")
    (tmp_path / "notes" / "deep" / "europa.txt").write_text("Europa is a moon.", "utf-8")
    monkeypatch.chdir(tmp_path)


def test_keys_are_paths_below_the_passed_folder() -> None:
    files, skipped = collect_files([Path("notes"), Path("notes/titan.md")])
    assert list(files) == ["notes/deep/europa.txt", "notes/titan.md", "titan.md"]
    assert skipped == []
    assert list(collect_files([Path()])[0]) == [
        f"{Path.cwd().name}/{name}" for name in list(files)[:2]
    ]


def test_files_with_the_same_path_in_folders_of_the_same_name_are_both_read() -> None:
    for parent in ("a", "b"):
        Path(parent, "docs").mkdir(parents=True)
        Path(parent, "docs", "readme.md").write_text(parent, "utf-8")
    files, _ = collect_files([Path("a/docs"), Path("b/docs"), Path("a/docs")])
    assert sorted(file.as_posix() for file in files.values()) == [
        "a/docs/readme.md",
        "b/docs/readme.md",
    ]


@pytest.mark.parametrize("name", [".git/config.txt", "__pycache__/a.txt", "node_modules/a.txt"])
def test_hidden_and_generated_folders_are_left_out_unless_named(name: str) -> None:
    path = Path("tree", name)
    path.parent.mkdir(parents=True)
    path.write_text("words", "utf-8")
    with pytest.raises(NoFilesError, match="no files"):
        collect_files([Path("tree")])
    assert list(collect_files([path])[0].values()) == [path]


@pytest.mark.parametrize("content", [b"", b" \n", JUNK], ids=["empty", "blank", "binary"])
def test_a_file_without_text_is_skipped_but_documents_and_recordings_are_not(
    content: bytes,
) -> None:
    Path("notes/thing.dat").write_bytes(content)
    Path("notes/paper.pdf").write_bytes(content)
    Path("notes/talk.MP3").write_bytes(content)
    files, skipped = collect_files([Path("notes")])
    assert skipped == [Path("notes/thing.dat")]
    assert {"notes/paper.pdf", "notes/talk.MP3"} <= files.keys()
