from __future__ import annotations

import pytest

from langchain_telnyx.emulator.model import units

MARKDOWN = """\
# Guide

Install it first. Then run it, e.g. from a shell.

## Run

- one item
  that goes on
- another item

```python
run()
```

| a | b |
|---|---|
| 1 | 2 |
"""


def test_markdown_is_split_into_sentences_items_code_and_rows() -> None:
    assert [(unit.kind, unit.text) for unit in units.split(MARKDOWN)] == [
        ("prose", "Install it first."),
        ("prose", "Then run it, e.g. from a shell."),
        ("item", "- one item that goes on"),
        ("item", "- another item"),
        ("code", "```python\nrun()\n```"),
        ("row", "| a | b |"),
        ("row", "| 1 | 2 |"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["2026-11-29T07:00:01 INFO worker started", "2026-11-29T07:00:02 WARN disk is nearly full"],
        ["[2026-11-29 07:00] started", "[2026-11-29 07:01] the disk is full"],
        ["Nov 29 07:00:01 host sshd: accepted", "Nov  2 07:00:02 host sshd: closed"],
        ["07:00:01 started", "07:00:02 stopped"],
    ],
)
def test_each_line_of_a_log_is_a_unit(lines: list[str]) -> None:
    assert [unit.text for unit in units.split("\n".join(lines))] == [
        " ".join(line.split()) for line in lines
    ]


def test_a_time_at_the_beginning_of_a_wrapped_line_is_not_a_record() -> None:
    text = "The train leaves the station at\n07:30."
    assert [unit.text for unit in units.split(text)] == ["The train leaves the station at 07:30."]


def test_a_unit_has_the_headings_above_it() -> None:
    found = units.split(MARKDOWN)
    assert found[0].headings == "Guide"
    assert found[-1].headings == "Guide > Run"


def test_underlined_headings_are_headings_too() -> None:
    assert units.split("Title\n=====\n\nPart\n----\n\nText.")[0].headings == "Title > Part"


def test_a_passage_may_begin_inside_a_code_block() -> None:
    found = units.split("run()\n```\n\nProse after it.\n")
    assert [(unit.kind, unit.text) for unit in found] == [
        ("code", "```\nrun()\n```"),
        ("prose", "Prose after it."),
    ]


def test_a_passage_that_ends_inside_a_code_block_closes_it() -> None:
    assert units.split("```sh\nls\n")[0].text == "```sh\nls\n```"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Use a tool, e.g. Make. Done.", ["Use a tool, e.g. Make.", "Done."]),
        ("Version 3.11 is out. It works.", ["Version 3.11 is out.", "It works."]),
        ("Dr. Lee came. She left.", ["Dr. Lee came.", "She left."]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
    ],
)
def test_sentences_are_split_at_their_ends(text: str, expected: list[str]) -> None:
    assert units.sentences(text) == expected
