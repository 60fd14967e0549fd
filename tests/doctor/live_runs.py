"""What the tests of `doctor --live` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_telnyx.doctor.live import Outcome, plan, run
from langchain_telnyx.doctor.live.media import speech

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_telnyx.emulator import TelnyxEmulator

# Embeddings of the emulator take milliseconds, so the bounds matter on a busy machine only.
QUICK: dict[str, Any] = {"poll_interval": 0.02, "wait_timeout": 60, "patience": 30, "soon": 30}


def register_speech(emulator: TelnyxEmulator) -> None:
    """Spare the emulator the recognition of the probes' recording, which takes seconds."""
    emulator.account.transcripts.register(speech(), "The harbour master opens the gate.")


def outcomes(
    emulator: TelnyxEmulator, journal: Path, only: str | None = None, **times: float
) -> list[Outcome]:
    register_speech(emulator)
    options: dict[str, Any] = {**QUICK, **times, **emulator.options()}
    return [*run(plan(only), journal=journal, **options)]


def buckets(emulator: TelnyxEmulator) -> list[str]:
    return [bucket.name for bucket in emulator.account.objects.buckets()]


def resources(emulator: TelnyxEmulator) -> list[str]:
    """Return the names of everything that the probes may create."""
    conversations = emulator.account.conversations
    _, found = conversations.templates.page(limit=1000, offset=0)
    return [
        *buckets(emulator),
        *(row["name"] for row in emulator.account.store.rows("SELECT name FROM conversations")),
        *(template.name for template in found if not template.managed),
    ]
