"""Warnings where the service behaves differently than this package assumes.

`langchain-telnyx doctor --live` verifies the same assumptions by requests. A warning is issued once
for each assumption and subject, such as a bucket, in a process.
"""

import logging
import warnings

from langchain_telnyx._shared.warnings import to_the_caller
from langchain_telnyx.client.config import Config
from langchain_telnyx.client.lru import LRU
from langchain_telnyx.client.redaction import redactor
from langchain_telnyx.client.server_state import state_of

logger = logging.getLogger(__name__)

# Names and states of a server are quoted up to this length.
_LONGEST = 80


class AssumptionWarning(UserWarning):
    """The service behaves differently than this package assumes.

    Guide: https://github.com/team-telnyx/langchain-telnyx/blob/main/docs/store-protocol.md#what-the-store-checks-at-run-time

    Args:
        assumption: The name of the assumption, such as `automatic_embedding`.
        subject: What it was observed of, such as `bucket 'moons'`.
        seen: What was observed.
        switch: The option, or the way, that adapts to it.

    Attributes:
        assumption: The name of the assumption.
        subject: What it was observed of.
        seen: What was observed.
        switch: The option, or the way, that adapts to it.
    """

    def __init__(self, assumption: str, subject: str, seen: str, switch: str) -> None:
        super().__init__(assumption, subject, seen, switch)  # all of them, for pickling
        self.assumption = assumption
        self.subject = subject
        self.seen = seen
        self.switch = switch

    def __str__(self) -> str:
        return (
            f"The assumption `{self.assumption}` does not hold for {self.subject}: {self.seen} "
            f"{self.switch}"
        )


class ReportedAssumptions:
    """Which differences of one server were reported; safe for use from many threads.

    Args:
        size: Differences at most; the one reported least recently is dropped first.
    """

    def __init__(self, size: int = 4096) -> None:
        self._reports: LRU[tuple[object, ...], int] = LRU(size)

    def is_first(self, *difference: object) -> bool:
        """Record the report of a difference; return whether it is the first one."""
        return self._reports.update(difference, lambda times: (times or 0) + 1) == 1


def report(config: Config, assumption: str, subject: str, seen: str, switch: str | None) -> None:
    """Warn of a difference, once for each assumption and subject in the process.

    Args:
        config: The configuration of the client, for the server and the key to redact.
        assumption: The name of the assumption.
        subject: What the difference was observed of.
        seen: What was observed.
        switch: The option that adapts to it; `None` where nothing is lost, which is only logged, at
            level debug.
    """
    reported = state_of(config.base_url).get(ReportedAssumptions)
    if not reported.is_first(assumption, subject, switch is None):
        return
    warning = AssumptionWarning(assumption, subject, redacted(config, seen), switch or "")
    if switch is None:
        logger.debug("%s", str(warning).rstrip())
    else:
        warnings.warn(warning, stacklevel=to_the_caller())


def redacted(config: Config, text: str) -> str:
    """Return a text without the key. A key that a function returns is not fetched for this."""
    key = config.api_key
    if key is None or callable(key):
        return text
    return redactor(key.get_secret_value()).text(text)


def quoted(text: object) -> str:
    """Return the repr of a server's text, shortened."""
    shown = str(text)
    return repr(shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…")
