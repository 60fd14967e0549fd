"""Every input that fuzzing ever found worth keeping, read again."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.fuzzing.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.filterwarnings("ignore")  # of what is read, not of how
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_was_found_is_read_or_a_typed_error(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs != []
    for file in inputs:
        try:
            TARGETS[name](file.read_bytes())
        except Exception as error:
            raise AssertionError(f"{name} fails on {file.name}: {error!r}") from error


def test_each_folder_of_the_corpus_is_of_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
