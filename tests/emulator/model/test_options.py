from __future__ import annotations

import pytest

from langchain_telnyx.emulator.model.options import choose


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        (["celsius", "fahrenheit"], "in Fahrenheit please", "fahrenheit"),
        (["New York", "York"], "I live in new york", "New York"),
        (["in_progress", "done"], "It is in progress.", "in_progress"),
        (["billing", "shipping"], "My bill is wrong", "billing"),
        (["positive", "negative"], "The staff went above and beyond!", "positive"),
        (["positive", "negative"], "The room was dirty and the staff rude.", "negative"),
        (["positive", "negative"], "It was not good.", "negative"),
        (["positive", "negative"], "Is this positive or negative? I hate it.", "negative"),
        (["Excellent", "Good", "Fair", "Poor"], "Terrible, rude and slow.", "Poor"),
        (["Excellent", "Good", "Fair", "Poor"], "Great, thanks, I love it!", "Excellent"),
        (["a", "b"], "no hint", "a"),
    ],
)
def test_the_option_that_fits_the_text_is_chosen(
    options: list[str], text: str, expected: str
) -> None:
    assert options[choose(options, text)[0]] == expected
