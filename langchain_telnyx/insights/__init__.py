"""Insights into transcripts, by any chat model."""

from langchain_telnyx.insights.base import (
    InsightsOptions,
    TelnyxInsights,
    TranscriptInsights,
    aanalyze_transcript,
    analyze_transcript,
)

__all__ = [
    "InsightsOptions",
    "TelnyxInsights",
    "TranscriptInsights",
    "aanalyze_transcript",
    "analyze_transcript",
]
