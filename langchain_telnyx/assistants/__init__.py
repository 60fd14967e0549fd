"""Telnyx's assistants as a Runnable."""

from langchain_telnyx.assistants.base import TelnyxAssistant

__all__ = ["TelnyxAssistant"]
