"""Insights into transcripts, by any chat model."""

from langchain_telnyx.insights.base import (
    InsightsOptions,
    TelnyxInsights,
    TranscriptInsights,
    aanalyze,
    analyze,
)

__all__ = [
    "InsightsOptions",
    "TelnyxInsights",
    "TranscriptInsights",
    "aanalyze",
    "analyze",
]
