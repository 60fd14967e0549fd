"""The changelog has the form of Keep a Changelog, and yields the notes of a release."""

from __future__ import annotations

import pytest

from tests.release import changelog

SOUND = """\
# Changelog

## [Unreleased]

### Added

- A thing.

## [2.1.0] - 2027-01-31

### Fixed

- Another thing.

## [2.0.0] - 2026-12-01 [YANKED]

### Removed

- An old thing.

[Unreleased]: https://example.com/compare/v2.1.0...HEAD
[2.1.0]: https://example.com/releases/v2.1.0
[2.0.0]: https://example.com/releases/v2.0.0
"""


def test_the_changelog_has_the_form() -> None:
    text = changelog.FILE.read_text("utf-8")
    assert changelog.problems(text) == []
    assert changelog.sections(text)[0].title == "[Unreleased]"


def test_the_section_of_the_next_version_lists_changes() -> None:
    unreleased = changelog.sections(changelog.FILE.read_text("utf-8"))[0]
    assert "\n### Added\n" in unreleased.body


def test_a_sound_changelog_has_no_problems() -> None:
    assert changelog.problems(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("## [Unreleased]\n", "## [Next]\n", "the first section is '[Next]'"),
        (" - 2027-01-31", "", "'[2.1.0]': a released version is '[1.2.3] - YYYY-MM-DD'"),
        ("2027-01-31", "2027-01-32", "day"),
        ("2027-01-31", "2026-11-30", "2.1.0 (2026-11-30) is listed before 2.0.0 (2026-12-01)"),
        ("[2.1.0]", "[1.9.0]", "1.9.0 (2027-01-31) is listed before 2.0.0"),
        ("[2.1.0]", "[two]", "'two' is not a version"),
        ("[2.1.0]: https://example.com/releases/v2.1.0\n", "", "2.1.0 has no link"),
        ("### Fixed", "### Repaired", "'Repaired' is not one of Added, "),
        ("- Another thing.", "", "'Fixed' lists nothing"),
        ("### Fixed\n\n- Another thing.", "", "'[2.1.0] - 2027-01-31': lists no changes"),
        (
            "- A thing.",
            "- A thing.\n\n### Added\n\n- More.",
            "'[Unreleased]': 'Added' occurs twice",
        ),
    ],
)
def test_a_problem_is_reported(old: str, new: str, problem: str) -> None:
    text = SOUND.replace(old, new)
    assert text != SOUND
    assert any(problem in each for each in changelog.problems(text))


def test_an_empty_changelog_has_problems() -> None:
    assert changelog.problems("") == [
        "the first section is ''",
        "Unreleased has no link",
        "'': lists no changes",
    ]


def test_the_notes_are_the_section_of_the_version() -> None:
    assert changelog.notes(SOUND, "v2.1.0", "2.1.0") == "### Fixed\n\n- Another thing."
    assert changelog.notes(SOUND, "v2.0.0", "2.0.0") == "### Removed\n\n- An old thing."


@pytest.mark.parametrize(
    ("tag", "version", "message"),
    [
        ("v2.1.0", "2.0.0", "the tag is 'v2.1.0', and the version '2.0.0' needs 'v2.0.0'"),
        ("2.1.0", "2.1.0", "needs 'v2.1.0'"),
        ("v2.2.0", "2.2.0", r"no section '\[2.2.0\] - YYYY-MM-DD'"),
    ],
)
def test_a_tag_needs_its_version_and_its_section(tag: str, version: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changelog.notes(SOUND, tag, version)


def test_a_development_version_is_not_released(capsys: pytest.CaptureFixture[str]) -> None:
    assert changelog.main("v0.0.1") == 1
    assert "CHANGELOG.md: the tag is 'v0.0.1'" in capsys.readouterr().err
