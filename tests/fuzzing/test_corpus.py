"""Replay of every input in the fuzzing corpus."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.fuzzing.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.filterwarnings("ignore")  # inputs may cause warnings
@pytest.mark.parametrize("name", TARGETS)
def test_every_input_is_parsed_or_raises_a_typed_error(
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


def test_each_target_has_a_folder_in_the_corpus() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
